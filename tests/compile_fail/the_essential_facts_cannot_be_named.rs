//! They flow whatever is allowed, so only what limits contacts sees them.
use confidant::view::Facts;
//~^ E0603: module `view` is private
