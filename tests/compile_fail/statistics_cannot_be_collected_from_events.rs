//! An event says nothing of whether others may learn from it.
use confidant::{Event, Statistics};

pub fn collected(events: Vec<Event>) -> Statistics {
    events.into_iter().collect()
    //~^ E0277: a value of type `Statistics` cannot be built from an iterator
}
