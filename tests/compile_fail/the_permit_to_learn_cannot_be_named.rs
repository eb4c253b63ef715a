//! What lets others learn from a customer is asked for in one place.
use confidant::consent::LearningPermit;
//~^ E0603: module `consent` is private
