//! Nobody stays in them who asked to be taken out.
use confidant::Statistics;

pub fn changed(learned: &mut Statistics) {
    learned.bought.clear();
    //~^ E0616: field `bought` of struct `Statistics` is private
}
