//! What was allowed for one purpose stays with it.
use confidant::View;

pub fn swapped(own: &mut View, other: &mut View) {
    std::mem::swap(&mut own.permit, &mut other.permit);
    //~^ E0616: field `permit` of struct `View` is private
}
