//! Who could name them could make some up, and ask them for a permit.
use confidant::consent::Choices;
//~^ E0603: module `consent` is private
