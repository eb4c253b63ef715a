//! A customer's data are not another's.
use confidant::{Key, Loaded};

pub fn moved(record: &mut Loaded, key: Key) {
    record.key = key;
    //~^ E0616: field `key` of struct `Loaded` is private
}
