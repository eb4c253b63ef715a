//! That somebody was reached holds contacts back, and tells nothing.
use confidant::profile::Contacts;
//~^ E0603: module `profile` is private
