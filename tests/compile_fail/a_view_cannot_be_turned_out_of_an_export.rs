//! What a customer takes along is for the customer, whatever may be used.
use confidant::{CustomerExport, View};

pub fn turned(one: CustomerExport) -> View {
    one.into()
    //~^ E0277: the trait bound `View: From<CustomerExport>` is not satisfied
}
