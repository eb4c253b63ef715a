//! Counting every segment at once.

use hashbrown::HashMap;

use super::{Engine, Setup};
use crate::error::Result;
use crate::rule::{Columns, Mask, Program};
use crate::segment::{Audience, Census, Counted, Roster, Segment};
use crate::store::{Key, Stored};
use crate::types::{Identifier, Purpose, SegmentId, Timestamp};
use crate::view::Visit;

impl Engine {
    /// Who is in which segment at `now`, of all customers: sizes, overlaps, and the customers
    /// themselves. The store is read through once; of each customer counts what they allow
    /// for [`Personalisation`](Purpose::Personalisation), as in
    /// [`segments_of`](Self::segments_of). What is recorded meanwhile may or may not count.
    ///
    /// # Errors
    /// The store failed, or a record is damaged.
    pub fn census(&self, now: Timestamp) -> Result<Census> {
        self.estimate([], now)
    }

    /// The same with drafts: how large a segment would be, and what it would have in common
    /// with others, before it is one. A draft may ask for the engine's segments, and for
    /// other drafts.
    ///
    /// ```
    /// use confidant::{Channel, Engine, Event, Kind, Level, Purpose, Segment, Timestamp, count};
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let seen = Segment::new("has looked", count(Kind::Viewed).at_least(1));
    /// let engine = Engine::builder().segment(seen).build()?;
    /// for customer in ["ana", "ben", "cem"] {
    ///     let yes = Event::consent(customer, monday).level(Level::OwnHistory);
    ///     engine.record(monday, yes.allow(Purpose::Personalisation))?;
    /// }
    /// engine.record(monday, Event::viewed("ana", monday).on(Channel::Web))?;
    ///
    /// let draft = Segment::new("has bought", count(Kind::Purchased).at_least(1)).aim("thank");
    /// let census = engine.estimate([draft], monday)?;
    /// assert_eq!(census.audience("has looked").map(|it| it.len()), Some(1));
    /// println!("{census}");
    /// # assert_eq!(census.to_string(), "\
    /// # 3 customers as of 2026-03-02T12:00:00Z
    /// # segment     size  share  unknown  aim
    /// # has looked     1  33.3%        0
    /// # has bought     0   0.0%        0  thank");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// which prints
    ///
    /// ```text
    /// 3 customers as of 2026-03-02T12:00:00Z
    /// segment     size  share  unknown  aim
    /// has looked     1  33.3%        0
    /// has bought     0   0.0%        0  thank
    /// ```
    ///
    /// # Errors
    /// A draft cannot be compiled, or has the id of a segment or of another draft; the store
    /// failed, or a record is damaged.
    pub fn estimate(
        &self,
        drafts: impl IntoIterator<Item = Segment>,
        now: Timestamp,
    ) -> Result<Census> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let drafts: Vec<Segment> = drafts.into_iter().collect();
        drafts.iter().try_for_each(Segment::check)?;
        let segments: Vec<&Segment> = setup.segments.iter().chain(&drafts).collect();
        let named: Vec<_> = segments.iter().map(|it| (it.id(), it.condition())).collect();
        let program = Program::compiler(setup.ground(), &named)?.finish();
        let mut found = Found::new(&program);
        let part = |page: &[_]| self.part(setup, &program, page, now);
        self.each_part(&part, |part| found.add(part))?;
        found.census(setup, &segments, now)
    }

    /// What is found among some entries, in their order.
    fn part<'p>(
        &self,
        setup: &Setup,
        program: &'p Program,
        entries: &[(Key, Stored)],
        now: Timestamp,
    ) -> Result<Found<'p>> {
        let (mut found, mut columns) = (Found::new(program), Columns::new(program));
        self.customers_among(setup, entries, &mut |profile| {
            let visit = Visit::default();
            let view = setup.gate().open(profile, Purpose::Personalisation, now, visit);
            columns.push(&view, &setup.models.population);
            found.customers.push(profile.customer.clone());
            if columns.rows() == crate::rule::BLOCK {
                found.count(&mut columns);
            }
        })?;
        found.count(&mut columns);
        Ok(found)
    }
}

/// What was found so far.
struct Found<'p> {
    program: &'p Program,
    /// As they were found.
    customers: Vec<Identifier>,
    /// Blocks of them: the place of the first, and for each segment who is in it.
    blocks: Vec<(usize, Vec<Mask>)>,
    /// For each segment, of how many it cannot be known.
    unknown: Vec<u64>,
}

impl<'p> Found<'p> {
    fn new(program: &'p Program) -> Self {
        let unknown = vec![0; program.segment_ids().len()];
        Self { program, customers: Vec::new(), blocks: Vec::new(), unknown }
    }

    /// Counts the block that was filled last.
    fn count(&mut self, columns: &mut Columns<'p>) {
        let truths = columns.evaluate();
        for (all, truths) in self.unknown.iter_mut().zip(&truths) {
            *all += truths.unknown.count();
        }
        let met = truths.into_iter().map(|truths| truths.met).collect();
        self.blocks.push((self.customers.len() - columns.rows(), met));
        columns.clear();
    }

    /// Adds what was found next.
    fn add(&mut self, part: Self) {
        let behind = self.customers.len();
        self.customers.extend(part.customers);
        self.blocks.extend(part.blocks.into_iter().map(|(first, met)| (behind + first, met)));
        for (all, more) in self.unknown.iter_mut().zip(part.unknown) {
            *all += more;
        }
    }

    fn census(self, setup: &Setup, segments: &[&Segment], now: Timestamp) -> Result<Census> {
        let numbers = numbers(&self.customers);
        let roster = Roster::new(now, self.customers)?;
        let roster = roster.hide_groups_below(setup.others.smallest_group);
        let places: HashMap<&SegmentId, usize> = self.program.segment_ids().zip(0..).collect();
        let counted = |segment: &&Segment| {
            let place = *places.get(segment.id())?;
            let in_block = |(first, met): &(usize, Vec<Mask>)| {
                let (numbers, first, met) = (&numbers, *first, *met.get(place)?);
                let rows: Vec<usize> = met.rows().collect();
                Some(rows.into_iter().filter_map(move |row| numbers.get(first + row).copied()))
            };
            let members = self.blocks.iter().filter_map(in_block).flatten();
            Some(Counted {
                id: segment.id().clone(),
                aim: segment.stated_aim().into(),
                audience: Audience::of_numbers(&roster, members),
                unknown: self.unknown.get(place).copied().unwrap_or_default(),
            })
        };
        let counted = segments.iter().filter_map(counted).collect();
        Ok(Census::new(roster, counted))
    }
}

/// The number of each customer on a roster of all of them.
fn numbers(customers: &[Identifier]) -> Vec<u32> {
    let mut order: Vec<(&Identifier, usize)> = customers.iter().zip(0..).collect();
    order.sort_unstable();
    let mut numbers = vec![0; customers.len()];
    for (number, (_, row)) in (0..).zip(order) {
        if let Some(place) = numbers.get_mut(row) {
            *place = number;
        }
    }
    numbers
}
