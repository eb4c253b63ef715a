//! It is told by a sentence, which is checked.
use confidant::Event;

pub fn made_up(event: Event) -> Event {
    Event { channel: None, ..event }
    //~^ E0451: of struct `Event` are private
}
