//! What lies behind its head is kept like the head.
use confidant::Loaded;

pub fn shown(record: &Loaded) {
    let _ = &record.parts;
    //~^ E0616: field `parts` of struct `Loaded` is private
}
