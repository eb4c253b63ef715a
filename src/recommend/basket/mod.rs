//! What will be in the next basket, and what is due to be bought again.

mod histories;
mod index;
mod mean;
mod tifu;
mod vector;

pub(crate) use histories::Histories;
pub(crate) use tifu::{Scratch, Tifu, TifuKnn};
