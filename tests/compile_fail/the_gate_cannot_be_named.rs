//! Who could hold the gate could open it to a profile of their own.
use confidant::view::Gate;
//~^ E0603: module `view` is private
