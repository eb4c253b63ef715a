//! Nobody has consented who said nothing.
use confidant::ConsentChange;

pub fn silent() -> ConsentChange {
    Default::default()
    //~^ E0277: the trait bound `ConsentChange: Default` is not satisfied
}
