//! It comes out of a store.
use confidant::Loaded;

pub fn made_up(record: Loaded) -> Loaded {
    Loaded { version: None, ..record }
    //~^ E0451: of struct `Loaded` are private
}
