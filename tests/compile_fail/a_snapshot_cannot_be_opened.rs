//! What was checked stays as it was checked.
use confidant::Snapshot;

pub fn opened(snapshot: Snapshot) {
    let _ = snapshot.0;
    //~^ E0616: field `0` of struct `Snapshot` is private
}
