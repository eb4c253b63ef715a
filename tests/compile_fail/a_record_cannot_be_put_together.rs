//! The whole of it is the engine's to read.
use confidant::Loaded;

pub fn whole(record: &Loaded) {
    let _ = record.whole();
    //~^ E0624: method `whole` is private
}
