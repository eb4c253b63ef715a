//! What a visitor clicks next, from past sessions like the running one: VMIS-kNN
//! (Kersbergen, Sprangers and Schelter, "Serenade", SIGMOD 2022), and the decays of STAN
//! (Garg et al., SIGIR 2019) and VSTAN (Ludewig, Mauro, Latifi and Jannach, UMUAI 2021).
//!
//! Neighbours are the `neighbours` nearest of the `recent` latest past sessions that share
//! an item with the running session `r`, of which the last few clicks are looked at:
//!
//! ```text
//! near(s)  = sum over shared items j of position(j) / norm(r) * length(s) * 2^(-age(s) / half-life)
//! score(i) = rarity(i) * sum over neighbours s with i of near(s) * matched(l) * distance(i, l)
//! ```
//!
//! where `l` is the item that `r` clicked last of those it shares with `s`, and the distance
//! is the number of clicks between the two in `s`, where they are closest. VMIS-kNN knows no
//! age, length and distance.
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
use scratch::Scratch;
use weights::Weights;
