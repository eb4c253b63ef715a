//! A type gets its own functions only where it is at home.
use confidant::Permit;

impl Permit {
    //~^ E0116: cannot define inherent `impl` for a type outside of the crate
    pub fn forged() -> Self {
        todo!()
    }
}
