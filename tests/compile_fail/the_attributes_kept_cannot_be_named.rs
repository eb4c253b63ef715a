//! Every value that was ever told is kept behind the gate.
use confidant::profile::Attribute;
//~^ E0603: module `profile` is private
