//! It is written from the record of one customer.
use confidant::{CustomerExport, Identifier};

pub fn moved(export: CustomerExport, other: Identifier) -> CustomerExport {
    CustomerExport { customer: other, ..export }
    //~^ E0451: of struct `CustomerExport` are private
}
