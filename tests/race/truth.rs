//! What is true of one customer after one thing after the other, in plain words: the law
//! that every race is held to.

use std::collections::BTreeSet;

use confidant::*;

use super::{Heard, Op};

/// What is known of a customer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// When, and whether it was a yes.
    said: Vec<(i64, bool)>,
    bought: Vec<i64>,
    viewed: Vec<i64>,
    /// Mails, by the instant that they were asked for.
    mailed: BTreeSet<i64>,
    /// Whether there is a record.
    known: bool,
}

impl Truth {
    /// Whether everything is allowed at an instant, or nothing: the latest word decides, and
    /// a no among those of one instant.
    pub(crate) fn allowed(&self, ms: i64) -> bool {
        let said = self.said.iter().filter(|(at, _)| *at <= ms);
        let Some(latest) = said.clone().map(|(at, _)| *at).max() else { return false };
        said.filter(|(at, _)| *at == latest).all(|(_, yes)| *yes)
    }

    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// How many lines of history there are.
    pub(crate) fn lines(&self) -> usize {
        self.bought.len() + self.viewed.len()
    }

    /// The next thing happens, with this answer; says what is wrong with it.
    pub(crate) fn follow(&mut self, op: Op, heard: &Heard, cap: usize) -> Result<(), String> {
        let taken = *heard == Heard::Recorded(Recorded::Accepted);
        match (op, heard) {
            (Op::Give(ms), _) if taken => self.said.push((ms, true)),
            (Op::Withdraw(ms), _) if taken => self.said.push((ms, false)),
            (Op::Buy(ms), _) if taken => self.bought.push(ms),
            (Op::View(ms), _) if taken && self.allowed(ms) => self.viewed.push(ms),
            (Op::View(ms), Heard::Recorded(Recorded::NotAllowed(_))) if !self.allowed(ms) => {
                return Ok(());
            }
            (Op::Web(ms) | Op::Mail(ms) | Op::MailAll(ms), Heard::Decided { .. }) => {
                return self.decided(op, ms, heard, cap);
            }
            (Op::Erase, Heard::Erased(known)) if *known == self.known => {
                *self = Self::default();
                return Ok(());
            }
            (Op::Advance(_), Heard::Advanced) => return Ok(()),
            _ => return Err(format!("{op:?} came to {heard:?} with {self:?}")),
        }
        self.known = true;
        Ok(())
    }

    /// A decision is stale if it was taken on other choices than are in force as it is
    /// committed, or on data that those do not allow.
    fn decided(&mut self, op: Op, ms: i64, heard: &Heard, cap: usize) -> Result<(), String> {
        let Heard::Decided { epoch, used, action } = heard else { return Ok(()) };
        let allowed = self.allowed(ms);
        let expected = match op {
            Op::Web(_) if allowed && self.bought.iter().any(|at| *at <= ms) => Some("buyers"),
            Op::Web(_) => Some("anybody"),
            // The same question again has the same answer.
            _ if allowed && (self.mailed.contains(&ms) || self.mailed.len() < cap) => Some("mail"),
            _ => None,
        };
        let current = *epoch == self.said.len() as u64 && (allowed || !used);
        if !current || action.as_ref().map(ActionId::as_str) != expected {
            return Err(format!(
                "stale: {op:?} came to {heard:?}, not {expected:?}, with {self:?}"
            ));
        }
        match op {
            // What is shown is noted where responses may be kept.
            Op::Web(_) => self.known |= allowed,
            _ if expected.is_some() => {
                self.mailed.insert(ms);
                self.known = true;
            }
            _ => {}
        }
        Ok(())
    }
}
