//! What may be seen now is not to be read later.
use confidant::View;

pub fn written(view: &View) -> String {
    serde_json::to_string(view).unwrap()
    //~^ E0277: the trait bound `View: serde::Serialize` is not satisfied
}
