//! The answers of customers who were looked at a short while ago, so that one more behaviour
//! of theirs is looked at alone. They stay in this process, for so many customers at most;
//! what is kept of a customer says which answers it was written with, and no others are used.

use hashbrown::HashMap;

use crate::rule::Slots;
use crate::types::{Identifier, redacted};

/// How many answers the younger half may hold: 16 MB.
const MOST: usize = 2 << 20;

/// What stands for answers, and the answers.
type Answers = (u64, Slots);

/// Answers by customer: when the younger half is full, it becomes the older one, and what was
/// that goes.
#[derive(Default)]
pub(super) struct Recent {
    young: HashMap<Identifier, Answers>,
    old: HashMap<Identifier, Answers>,
    /// How many answers are in the younger half.
    filled: usize,
}

impl Recent {
    /// Takes out the answers of a customer, if they are those.
    pub(super) fn take(&mut self, customer: &Identifier, digest: u64) -> Option<Slots> {
        let answers = match self.young.remove(customer) {
            Some(answers) => {
                self.filled = self.filled.saturating_sub(answers.1.len());
                answers
            }
            None => self.old.remove(customer)?,
        };
        (answers.0 == digest).then_some(answers.1)
    }

    /// Puts in the answers of a customer.
    pub(super) fn put(&mut self, customer: &Identifier, digest: u64, answers: Slots) {
        self.forget(customer);
        self.filled += answers.len();
        self.young.insert(customer.clone(), (digest, answers));
        if self.filled > MOST {
            self.old = std::mem::take(&mut self.young);
            self.filled = 0;
        }
    }

    /// Forgets a customer.
    pub(super) fn forget(&mut self, customer: &Identifier) {
        _ = self.take(customer, 0);
    }
}

redacted! {
    Recent { filled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answers_that_were_asked_for_are_given_and_only_once() {
        let mut recent = Recent::default();
        recent.put(&"ana".into(), 7, vec![1, 2]);
        assert_eq!(recent.take(&"ana".into(), 8), None);
        assert_eq!(recent.take(&"ana".into(), 7), None);
        recent.put(&"ana".into(), 7, vec![1, 2]);
        assert_eq!(recent.take(&"ben".into(), 7), None);
        assert_eq!(recent.take(&"ana".into(), 7), Some(vec![1, 2]));
        assert_eq!(recent.filled, 0);
    }

    #[test]
    fn who_was_not_looked_at_for_long_goes() {
        let mut recent = Recent::default();
        let half = vec![0; MOST / 2];
        for customer in ["ana", "ben", "cem", "dan"] {
            recent.put(&customer.into(), 1, half.clone());
        }
        // The first three filled the younger half, and are the older one now.
        recent.put(&"ana".into(), 2, half.clone());
        recent.put(&"eva".into(), 1, half);
        assert!(recent.take(&"ben".into(), 1).is_none());
        assert!(recent.take(&"dan".into(), 1).is_some());
        assert!(recent.take(&"ana".into(), 2).is_some());
    }
}
