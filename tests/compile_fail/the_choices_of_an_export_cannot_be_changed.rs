//! What a customer takes along is what the customer said.
use confidant::CustomerExport;

pub fn changed(export: &mut CustomerExport) {
    export.choices.clear();
    //~^ E0616: field `choices` of struct `CustomerExport` is private
}
