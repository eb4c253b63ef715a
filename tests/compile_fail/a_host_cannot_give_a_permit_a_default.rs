//! Neither the trait nor the type is the host's.
use confidant::Permit;

impl Default for Permit {
    //~^ E0117: only traits defined in the current crate can be implemented
    fn default() -> Self {
        todo!()
    }
}
