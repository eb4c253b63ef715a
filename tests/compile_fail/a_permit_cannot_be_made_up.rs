//! Its fields are private: nobody writes a permit by hand.
use confidant::{Permit, Purpose};

pub fn forged() -> Permit {
    Permit { purpose: Purpose::Personalisation, session: true, epoch: 0, ..todo!() }
    //~^ E0451: of struct `Permit` are private
}
