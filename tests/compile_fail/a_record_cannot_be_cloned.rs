//! A copy would be of before the next withdrawal.
use confidant::Loaded;

pub fn kept(record: &Loaded) -> Loaded {
    Clone::clone(record)
    //~^ E0277: the trait bound `Loaded: Clone` is not satisfied
}
