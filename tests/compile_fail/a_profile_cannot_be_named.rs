//! What is kept of a customer is not what may be seen of them.
use confidant::profile::Profile;
//~^ E0603: module `profile` is private
