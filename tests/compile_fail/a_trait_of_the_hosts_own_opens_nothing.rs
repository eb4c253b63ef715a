//! A function that a host adds stands outside like the host.
use confidant::View;

pub trait Open {
    fn rows(&self) -> usize;
}

impl Open for View {
    fn rows(&self) -> usize {
        self.rows.at.len()
        //~^ E0616: field `rows` of struct `View` is private
    }
}
