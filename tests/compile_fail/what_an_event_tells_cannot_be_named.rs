//! An event is told by its sentence, which is checked.
use confidant::event::Detail;
//~^ E0603: module `event` is private
