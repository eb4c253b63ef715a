//! They are sums of what customers allowed to be counted.
use confidant::Statistics;

pub fn made_up(learned: Statistics) -> Statistics {
    Statistics { bought: Default::default(), ..learned }
    //~^ E0451: of struct `Statistics` are private
}
