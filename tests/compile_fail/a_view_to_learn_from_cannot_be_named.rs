//! No learner takes a view that was opened for the customer's own sake.
use confidant::view::LearningView;
//~^ E0603: module `view` is private
