//! What was seen elsewhere is not seen here.
use confidant::View;

pub fn read(text: &str) -> View {
    serde_json::from_str(text).unwrap()
    //~^ E0277: the trait bound `View: serde::Deserialize<'de>` is not satisfied
}
