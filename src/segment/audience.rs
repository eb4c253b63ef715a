//! Sets of customers, and what may be shown of them.

use std::sync::Arc;

use super::members::Members;
use super::roster::Roster;
use crate::error::{Error, Result};
use crate::numeric::Draws;
use crate::types::{Identifier, redacted};

/// A set of the customers of one [`Roster`].
///
/// ```
/// use confidant::{Audience, Roster, Timestamp};
///
/// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
/// let roster = Roster::new(monday, ["ana", "ben", "cem", "dana"])?;
/// let lapsed = Audience::of(&roster, ["ana", "ben", "cem"]);
/// let reached = Audience::of(&roster, ["ben"]);
///
/// let to_win_back = lapsed.minus(&reached)?;
/// let names: Vec<&str> = to_win_back.iter().map(|customer| customer.value()).collect();
/// assert_eq!(names, ["ana", "cem"]);
/// assert_eq!(lapsed.overlap(&reached)?, Some(1));
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// What it holds is the host's to act on: [`iter`](Self::iter), [`len`](Self::len) and
/// the sets made of others hide nothing. What people see of it is [`count`](Self::count)
/// and [`overlap`](Self::overlap), and [`Overlaps`](crate::Overlaps), which hold back
/// what would give a small group away.
///
/// Two audiences are equal if the same customers of the same roster are in them.
#[derive(Clone)]
pub struct Audience {
    roster: Roster,
    members: Arc<Members>,
    /// The audiences that this one was made of; itself, if of none. Only kept where
    /// something is hidden.
    made_of: Vec<Arc<Members>>,
}

impl Audience {
    /// Those of some customers who are on the roster; the others are left out.
    pub fn of<I: Into<Identifier>>(
        roster: &Roster,
        customers: impl IntoIterator<Item = I>,
    ) -> Self {
        let numbers = customers.into_iter().filter_map(|c| roster.number_of(&c.into()));
        Self::of_numbers(roster, numbers)
    }

    /// Everyone on the roster.
    #[must_use]
    pub fn everyone(roster: &Roster) -> Self {
        let members = Arc::new(Members::all(roster.bound()));
        Self { roster: roster.clone(), members, made_of: Vec::new() }
    }

    /// Nobody.
    #[must_use]
    pub fn nobody(roster: &Roster) -> Self {
        let members = Arc::new(Members::new(roster.bound(), []));
        Self { roster: roster.clone(), members, made_of: Vec::new() }
    }

    /// The customers with some numbers; those who have none on the roster are left out.
    pub(crate) fn of_numbers(roster: &Roster, numbers: impl IntoIterator<Item = u32>) -> Self {
        let members = Arc::new(Members::new(roster.bound(), numbers));
        let made_of = roster.hides().then(|| Arc::clone(&members)).into_iter().collect();
        Self { roster: roster.clone(), members, made_of }
    }

    /// Whose customers these are.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// How many customers are in it. To be shown to people: [`count`](Self::count).
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len() as usize
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.len() == 0
    }

    /// Whether a customer is in it.
    #[must_use]
    pub fn contains(&self, customer: &Identifier) -> bool {
        self.roster.number_of(customer).is_some_and(|number| self.members.contains(number))
    }

    /// The customers, in the order of their identifiers.
    pub fn iter(&self) -> impl Iterator<Item = &Identifier> {
        self.numbers().filter_map(|number| self.roster.get(number))
    }

    /// The numbers of the customers, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.members.iter()
    }

    /// Whether the customer with a number is in it.
    pub(super) fn has(&self, number: u32) -> bool {
        self.members.contains(number)
    }

    /// Those who are in both.
    ///
    /// # Errors
    /// The other audience is of another roster.
    pub fn and(&self, other: &Self) -> Result<Self> {
        self.with(other, Members::and)
    }

    /// Those who are in either.
    ///
    /// # Errors
    /// The other audience is of another roster.
    pub fn or(&self, other: &Self) -> Result<Self> {
        self.with(other, Members::or)
    }

    /// Those who are not in the other.
    ///
    /// # Errors
    /// The other audience is of another roster.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        self.with(other, Members::minus)
    }

    /// Those on the roster who are not in it.
    #[must_use]
    pub fn not(&self) -> Self {
        Self { members: Arc::new(self.members.not()), ..self.clone() }
    }

    fn with(&self, other: &Self, how: fn(&Members, &Members) -> Members) -> Result<Self> {
        self.roster.check_same("audience", &other.roster)?;
        Ok(self.made_with(other, how))
    }

    /// What two of the same roster make.
    fn made_with(&self, other: &Self, how: fn(&Members, &Members) -> Members) -> Self {
        let members = Arc::new(how(&self.members, &other.members));
        Self { roster: self.roster.clone(), members, made_of: self.made_of_both(other) }
    }

    fn made_of_both(&self, other: &Self) -> Vec<Arc<Members>> {
        let mut made_of = self.made_of.clone();
        let new = |part: &&Arc<Members>| !self.made_of.iter().any(|own| Arc::ptr_eq(own, part));
        made_of.extend(other.made_of.iter().filter(new).cloned());
        made_of
    }

    /// How many customers are in it, to be shown to people; `None` where the roster
    /// [hides small groups](Roster::hide_groups_below) and this would give one away.
    ///
    /// The rule: the audiences that this one was made of, or it alone if it was made of
    /// none, cut the roster into parts: who is in all of them, who is in the first alone,
    /// and so on, down to who is in none. The count is shown if every one of these parts
    /// has at least `k` customers. So what is left of an audience is hidden as what is in
    /// it: 990 of 1,000 would tell of 10. And so is zero: to see that nobody of a few is
    /// in a segment is to know it of each of them.
    ///
    /// So from all counts and overlaps that are shown of two audiences, and of any that
    /// are made of the two, no group of 1 to `k - 1` customers can be computed. That is
    /// no guard against somebody who can have audiences of any definition made and
    /// counted: two that differ by one customer tell of the one, and numbers of three
    /// pairs bound what all three have in common.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        is_shown(&self.roster, &self.made_of).then_some(u64::from(self.members.len()))
    }

    /// How many customers are in both, to be shown to people: the [`count`](Self::count)
    /// of [`and`](Self::and), by the same rule.
    ///
    /// # Errors
    /// The other audience is of another roster.
    pub fn overlap(&self, other: &Self) -> Result<Option<u64>> {
        self.roster.check_same("audience", &other.roster)?;
        let shown = is_shown(&self.roster, &self.made_of_both(other));
        Ok(shown.then(|| u64::from(self.members.common(&other.members))))
    }

    /// `n` customers drawn by lot, or all if there are fewer. The lot of a customer
    /// depends on the seed and the identifier alone: whoever comes in displaces at most
    /// one, and the same audience gives the same sample.
    ///
    /// Where small groups are hidden, the lot is one more audience of those that the
    /// sample is made of: what [`count`](Self::count) hides of the whole is not shown of
    /// a sample.
    #[must_use]
    pub fn sample(&self, n: usize, seed: u64) -> Self {
        let lots = self.lots("sample", seed);
        let mut own: Vec<(u64, u32)> =
            lots.iter().copied().filter(|(_, number)| self.has(*number)).collect();
        if n >= own.len() {
            return self.clone();
        }
        let first_left_out = *own.select_nth_unstable(n).1;
        let drawn = lots.into_iter().filter(|lot| *lot < first_left_out);
        let drawn = Self::of_numbers(&self.roster, drawn.map(|(_, number)| number));
        self.made_with(&drawn, Members::and)
    }

    /// Two audiences: a share of the customers by lot, and the others. The lot of a
    /// customer depends on the seed and the identifier alone: nobody changes sides when
    /// others come and go, and a larger share has a smaller one in it. What is shown of
    /// them is as with [`sample`](Self::sample).
    ///
    /// # Errors
    /// The share is none from 0 to 1.
    pub fn split(&self, share: f64, seed: u64) -> Result<(Self, Self)> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::input("share", "`share` is out of range: expected 0 to 1"));
        }
        let lots = self.lots("split", seed).into_iter();
        let drawn = lots.filter(|(lot, _)| f64::from_bits(*lot) < share);
        let drawn = Self::of_numbers(&self.roster, drawn.map(|(_, number)| number));
        Ok((self.made_with(&drawn, Members::and), self.made_with(&drawn, Members::minus)))
    }

    /// Lots with the numbers of who drew them: of everyone where small groups are hidden,
    /// or else of who is in here.
    fn lots(&self, what: &str, seed: u64) -> Vec<(u64, u32)> {
        let lot = |number: u32| {
            let customer = self.roster.get(number)?;
            let key = [what, customer.kind().name(), customer.value()].map(str::as_bytes);
            // The bits of numbers that are not negative are in the order of the numbers.
            Some((Draws::new(seed, &key).unit().to_bits(), number))
        };
        if self.roster.hides() {
            (0..self.roster.bound()).filter_map(lot).collect()
        } else {
            self.numbers().filter_map(lot).collect()
        }
    }
}

/// Whether what is made of some audiences may be shown: nothing is hidden, or every part
/// into which they cut the roster is large enough.
fn is_shown(roster: &Roster, made_of: &[Arc<Members>]) -> bool {
    let (k, all) = (roster.smallest_group(), roster.len() as u64);
    // So many parts of that size may be more customers than there are.
    let fits = k.saturating_mul(1 << made_of.len().min(32)) <= all;
    let parts_are_large = || match made_of {
        [] => true,
        [one] => (k..=all - k).contains(&u64::from(one.len())),
        [one, other] => {
            let [one_all, other_all, both] =
                [one.len(), other.len(), one.common(other)].map(u64::from);
            let neither = all + both - one_all - other_all;
            [both, one_all - both, other_all - both, neither].iter().all(|part| *part >= k)
        }
        [first, rest @ ..] => cut(first, rest, k) && cut(&first.not(), rest, k),
    };
    !roster.hides() || fits && parts_are_large()
}

/// Whether every part into which some sets cut one has at least `k`.
fn cut(part: &Members, by: &[Arc<Members>], k: u64) -> bool {
    match by {
        [] => u64::from(part.len()) >= k,
        [last] => {
            let inside = part.common(last);
            u64::from(inside) >= k && u64::from(part.len() - inside) >= k
        }
        [first, rest @ ..] => cut(&part.and(first), rest, k) && cut(&part.minus(first), rest, k),
    }
}

impl PartialEq for Audience {
    fn eq(&self, other: &Self) -> bool {
        self.roster == other.roster && self.members == other.members
    }
}

impl Eq for Audience {}

redacted! {
    Audience { roster }
}
