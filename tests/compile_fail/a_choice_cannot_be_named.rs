//! A choice is said in the words of its sentence, each of which can be refused.
use confidant::event::Choice;
//~^ E0603: module `event` is private
