//! A customer's own report is for the customer, whatever may be used.
use confidant::{CustomerReport, View};

pub fn turned(one: CustomerReport) -> View {
    one.into()
    //~^ E0277: the trait bound `View: From<CustomerReport>` is not satisfied
}
