//! They come out of what was learned, and go nowhere else.
use confidant::decide::Models;
//~^ E0603: module `decide` is private
