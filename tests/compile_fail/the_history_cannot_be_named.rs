//! All that a customer did is kept behind the gate.
use confidant::profile::History;
//~^ E0603: module `profile` is private
