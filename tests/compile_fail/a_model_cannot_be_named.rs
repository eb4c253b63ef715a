//! A model of the host's own would see every view, whatever it was opened for.
use confidant::recommend::Model;
//~^ E0603: module `recommend` is private
