//! A loaded record shows nothing by itself.
use confidant::Loaded;

pub fn shown(record: &Loaded) {
    let _ = &record.profile;
    //~^ E0616: field `profile` of struct `Loaded` is private
}
