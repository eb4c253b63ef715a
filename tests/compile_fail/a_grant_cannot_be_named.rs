//! A grant is said in the words of its sentence, each of which can be refused.
use confidant::event::Grant;
//~^ E0603: module `event` is private
