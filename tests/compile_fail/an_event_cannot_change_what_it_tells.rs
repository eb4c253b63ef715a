//! A refusal does not become a consent.
use confidant::Event;

pub fn changed(refusal: &mut Event, consent: Event) {
    refusal.detail = consent.detail;
    //~^ E0616: field `detail` of struct `Event` is private
}
