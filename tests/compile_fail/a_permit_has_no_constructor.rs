//! There is no `new`, not even one that asks for much.
use confidant::Permit;

pub fn made() -> Permit {
    Permit::new()
    //~^ E0599: no function or associated item named `new` found for struct `Permit`
}
