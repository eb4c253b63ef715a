//! What will be in the next basket, and what is due to be bought again.

mod blend;
mod bought;
mod histories;
mod index;
mod lists;
mod mean;
mod model;
mod recommender;
mod returns;
mod tifu;
mod vector;

use blend::Blend;
pub use blend::NextBasket;
use histories::Histories;
use model::{Scratch, Tifu};
pub(crate) use recommender::Baskets;
pub use tifu::TifuKnn;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;
