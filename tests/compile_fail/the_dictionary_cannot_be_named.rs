//! The texts of a record are as private as the record.
use confidant::profile::Dictionary;
//~^ E0603: module `profile` is private
