//! It has no text form.
use confidant::Permit;

pub fn parsed(text: &str) -> Permit {
    text.parse().unwrap()
    //~^ E0277: the trait bound `Permit: FromStr` is not satisfied
}
