//! Only a view to learn from makes one.
use confidant::learn::Contribution;
//~^ E0603: module `learn` is private
