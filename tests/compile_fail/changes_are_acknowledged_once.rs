//! Else a customer would be counted twice.
use confidant::{Changes, Engine};

pub fn twice(engine: &Engine, changes: Changes) {
    engine.acknowledge(changes);
    engine.acknowledge(changes);
    //~^ E0382: use of moved value: `changes`
}
