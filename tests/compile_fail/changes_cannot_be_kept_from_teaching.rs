//! Who withdraws is taken out of what was learned, with the same commit.
use confidant::Changes;

pub fn cut(changes: &mut Changes) {
    changes.effects = None;
    //~^ E0616: field `effects` of struct `Changes` is private
}
