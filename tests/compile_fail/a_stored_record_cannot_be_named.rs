//! What is stored is opened by the engine, and by nobody else.
use confidant::store::Entry;
//~^ E0603: module `store` is private
