//! Who could name it could hold a set that nobody allowed.
use confidant::consent::Categories;
//~^ E0603: module `consent` is private
