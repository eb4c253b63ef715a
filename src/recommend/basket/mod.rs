//! What will be in the next basket, and what is due to be bought again.

mod blend;
mod bought;
mod histories;
mod index;
mod mean;
mod model;
mod returns;
mod tifu;
mod vector;

pub use blend::NextBasket;
pub(crate) use blend::Blend;
pub(crate) use histories::Histories;
pub(crate) use model::{Scratch, Tifu};
pub use tifu::TifuKnn;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;
