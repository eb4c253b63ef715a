//! Who holds one cannot put more into it.
use confidant::Permit;

pub fn widened(permit: &mut Permit, wide: Permit) {
    permit.categories = wide.categories;
    //~^ E0616: field `categories` of struct `Permit` is private
}
