//! What will be in the next basket, and what is due to be bought again.

mod blend;
mod bought;
mod due;
mod histories;
mod index;
mod lists;
mod mean;
mod model;
mod returns;
mod tifu;
mod vector;

pub(crate) use blend::Blend;
pub use blend::NextBasket;
pub(crate) use due::{Due, Purchase, Rhythms};
pub(crate) use histories::Histories;
pub(crate) use model::{Scratch, Tifu};
pub use tifu::TifuKnn;

#[cfg(test)]
mod due_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;
