//! It is opened by the engine, for a customer and a purpose.
use confidant::View;

pub fn made() -> View {
    View::new()
    //~^ E0599: no function or associated item named `new` found for struct `View`
}
