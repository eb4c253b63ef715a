//! What is true of one customer after one thing after the other, in plain words: the law
//! that every race is held to.

use std::collections::BTreeSet;

use confidant::*;

use super::{Answer, Op};

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

    pub(crate) fn mails(&self) -> usize {
        self.mailed.len()
    }

    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// How many lines of history there are.
    pub(crate) fn history(&self) -> usize {
        self.bought.len() + self.viewed.len()
    }

    /// The next thing happens, with this answer; says what is wrong with it.
    pub(crate) fn follow(&mut self, op: Op, answer: &Answer, cap: usize) -> Result<(), String> {
        let taken = *answer == Answer::Recorded(Recorded::Accepted);
        match (op, answer) {
            (Op::Give(ms), _) if taken => self.say(ms, true),
            (Op::Withdraw(ms), _) if taken => self.say(ms, false),
            (Op::Buy(ms), _) if taken => self.bought.push(ms),
            (Op::View(ms), _) if taken && self.allowed(ms) => self.viewed.push(ms),
            (Op::View(ms), Answer::Recorded(Recorded::NotAllowed(_))) if !self.allowed(ms) => {
                return Ok(());
            }
            (Op::Web(ms), Answer::Decided(decision)) => return self.shown(ms, decision),
            (Op::Mail(ms) | Op::MailAll(ms), Answer::Decided(decision)) => {
                return self.written(ms, decision, cap);
            }
            (Op::Erase, Answer::Erased(known)) if *known == self.known => {
                *self = Self::default();
                return Ok(());
            }
            (Op::Advance(_), Answer::Advanced) => return Ok(()),
            _ => return Err(format!("{op:?} came to {answer:?} with {self:?}")),
        }
        self.known = true;
        Ok(())
    }

    fn say(&mut self, ms: i64, yes: bool) {
        self.said.push((ms, yes));
    }

    /// A stale decision is one on other choices than were in force, or on other data.
    fn current(&self, ms: i64, decision: &Decision) -> Result<(), String> {
        let receipt = decision.receipt();
        if receipt.consent_epoch() != self.said.len() as u64 {
            return Err(format!("stale: epoch {} with {self:?}", receipt.consent_epoch()));
        }
        let used = !receipt.used().is_empty();
        match used && !self.allowed(ms) {
            true => Err(format!("stale: used {:?} with {self:?}", receipt.used())),
            false => Ok(()),
        }
    }

    fn shown(&mut self, ms: i64, decision: &Decision) -> Result<(), String> {
        self.current(ms, decision)?;
        let buyer = self.allowed(ms) && self.bought.iter().any(|at| *at <= ms);
        let expected = if buyer { "buyers" } else { "anybody" };
        // What is shown is noted where responses may be kept.
        self.known |= self.allowed(ms);
        must_choose(decision, Some(expected), self)
    }

    fn written(&mut self, ms: i64, decision: &Decision, cap: usize) -> Result<(), String> {
        self.current(ms, decision)?;
        let again = self.mailed.contains(&ms);
        let free = self.allowed(ms) && (again || self.mailed.len() < cap);
        must_choose(decision, free.then_some("mail"), self)?;
        if free {
            self.mailed.insert(ms);
            self.known = true;
        }
        Ok(())
    }
}

fn must_choose(decision: &Decision, expected: Option<&str>, truth: &Truth) -> Result<(), String> {
    let action = decision.action().map(ActionId::as_str);
    match action == expected {
        true => Ok(()),
        false => Err(format!("stale: {action:?}, not {expected:?}, with {truth:?}")),
    }
}
