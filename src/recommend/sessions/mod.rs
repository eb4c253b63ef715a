//! What a visitor clicks next, from past sessions like the running one: VMIS-kNN
//! (Kersbergen, Sprangers and Schelter, "Serenade", SIGMOD 2022), and the decays of STAN
//! (Garg et al., SIGIR 2019) and VSTAN (Ludewig, Mauro, Latifi and Jannach, UMUAI 2021).
//!
//! A past session is the time of its last click and its items; whose it was is nowhere.
//! Each item lists the sessions it is in, so a session comes and goes at once, and what
//! is left answers as if the one that went had never been.

mod choose;
#[cfg(test)]
mod edges;
mod index;
mod model;
mod neighbours;
mod params;
mod past;
mod places;
mod rank;
mod row;
mod scratch;
mod seeds;
mod spoken;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;
mod weights;

use index::Sessions;
pub(crate) use model::Clicked;
pub use params::{Fall, Rarity, SessionNeighbours};
use rank::Running;
use scratch::Pool;
use weights::Weights;
