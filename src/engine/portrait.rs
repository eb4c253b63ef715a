//! Who is like whom: counted from what customers let others learn, and told of each from
//! what that one allows for personalisation.

use super::{Engine, Setup};
use crate::error::{Error, Result};
use crate::rule::{Condition, Program, Rule, Truth};
use crate::segment::{Audience, Counts, Portrait, Resemblance, Vocabulary};
use crate::types::{Identifier, Purpose, Timestamp};
use crate::view::Visit;

impl Engine {
    /// The `n` customers outside a seed who are most like it at `now`, the likest first, and
    /// what speaks for each.
    ///
    /// What customers have in common are the categories that they bought of, the channels
    /// that they used, texts of their attributes, and segments. How much likelier each makes
    /// it that somebody is of the seed is counted among those who let others learn from them,
    /// from what they let others learn; whoever does not adds nothing. A candidate is scored
    /// from what that one allows for [`Personalisation`](Purpose::Personalisation); whoever
    /// allows nothing is no candidate. The score is that of
    /// [`Lookalikes`](crate::Lookalikes).
    ///
    /// Who is of the seed is the host's to say. Where that follows from what customers allow
    /// for their own sake alone, ask for a [portrait](Self::portrait) of the condition: then
    /// it is worked out anew from what they let others learn.
    ///
    /// # Errors
    /// Of the seed, nobody lets others learn, or fewer than the
    /// [smallest group](crate::EngineBuilder::smallest_group); the store failed, or a record
    /// is damaged.
    pub fn lookalikes(
        &self,
        seed: &Audience,
        n: usize,
        now: Timestamp,
    ) -> Result<Vec<Resemblance>> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let (program, _) = setup.asking(None)?;
        let inside = |customer: &Identifier, _: &[i64]| Truth::from(seed.contains(customer));
        let found = self.compare(setup, &program, now, &inside)?;
        let least = setup.others.smallest_group.max(1);
        if found.counts.inside() < least {
            return Err(Error::input(
                "seed",
                format!(
                    "`seed` has too few customers who let others learn from them: expected at \
                     least {least}"
                ),
            ));
        }
        Ok(found.counts.most_alike(&found.candidates, &found.words, n, least))
    }

    /// What sets those who meet a condition at `now` apart from the others, and the `n` of
    /// the others who are most like them: of the buyers of a category, who buys of it next.
    ///
    /// Both are counted as in [`lookalikes`](Self::lookalikes): those who let others learn
    /// from them, by what they let others learn, the condition included. Of whom it cannot be
    /// known is neither inside nor outside. What is told first is what chance explains least:
    /// the logarithm of the odds ratio in its standard errors, as Monroe, Colaresi and Quinn
    /// rank words ("Fightin' Words", Political Analysis 16, 2008), with half a customer added
    /// to each count in place of a prior. A trait is told if each of the four groups that it
    /// makes is at least the [smallest](crate::EngineBuilder::smallest_group), and never one
    /// that a single customer has.
    ///
    /// ```
    /// use confidant::{Channel, Engine, Event, Kind, Level, Purpose, Timestamp, count};
    ///
    /// let monday: Timestamp = "2026-03-02T12:00:00Z".parse()?;
    /// let engine = Engine::builder().build()?;
    /// for (customer, bought, channel) in [
    ///     ("ana", true, Channel::App),
    ///     ("ben", true, Channel::App),
    ///     ("cem", false, Channel::App),
    ///     ("dana", false, Channel::Web),
    /// ] {
    ///     let yes = Event::consent(customer, monday).level(Level::Collaborative);
    ///     let yes = yes.allow(Purpose::Personalisation).allow(Purpose::CollaborativeLearning);
    ///     engine.record(monday, yes)?;
    ///     engine.record(monday, Event::viewed(customer, monday).on(channel))?;
    ///     if bought {
    ///         engine.record(monday, Event::purchased(customer, monday))?;
    ///     }
    /// }
    /// let bought = count(Kind::Purchased).at_least(1);
    /// let portrait = engine.portrait(&bought, 1, monday)?;
    /// assert_eq!(portrait.traits[0].feature.to_string(), "used app");
    /// assert_eq!(portrait.next[0].customer, "cem".into());
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The condition cannot be compiled; the store failed, or a record is damaged.
    pub fn portrait(&self, condition: &Condition, n: usize, now: Timestamp) -> Result<Portrait> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let (program, rule) = setup.asking(Some(condition))?;
        let inside = |_: &Identifier, slots: &[i64]| {
            rule.map_or(Truth::Unknown, |rule| program.truth(rule, slots))
        };
        let found = self.compare(setup, &program, now, &inside)?;
        let shown = (now, setup.others.smallest_group);
        Ok(found.counts.portrait(&found.candidates, &found.words, n, shown))
    }

    /// Counts everybody, and keeps who is not inside.
    fn compare<'a>(
        &self,
        setup: &'a Setup,
        program: &Program,
        now: Timestamp,
        inside: &dyn Fn(&Identifier, &[i64]) -> Truth,
    ) -> Result<Compared<'a>> {
        let population = &setup.models.population;
        let words = Vocabulary::new(&setup.catalog);
        let mut found = Compared { words, counts: Counts::default(), candidates: Vec::new() };
        self.each_page(|page| {
            self.customers_among(setup, page, &mut |profile| {
                let customer = &profile.customer;
                let taught = setup.gate().open_for_learning(profile, now);
                let taught = taught.as_ref().map(|taught| taught.as_view());
                if let Some(view) = taught.filter(|view| !view.allows_nothing()) {
                    let slots = program.fill(view, population);
                    let features = found.words.of(view, program.members(&slots));
                    match inside(customer, &slots) {
                        Truth::Unknown => {}
                        truth => found.counts.add(truth == Truth::True, &features),
                    }
                }
                let visit = Visit::default();
                let view = setup.gate().open(profile, Purpose::Personalisation, now, visit);
                if view.allows_nothing() {
                    return;
                }
                let slots = program.fill(&view, population);
                if inside(customer, &slots) == Truth::False {
                    let features = found.words.of(&view, program.members(&slots));
                    found.candidates.push((customer.clone(), features));
                }
            })
        })?;
        Ok(found)
    }
}

/// What was found of everybody.
struct Compared<'a> {
    words: Vocabulary<'a>,
    counts: Counts,
    /// Who is not inside, with the features that may be used for them.
    candidates: Vec<(Identifier, Vec<u32>)>,
}

impl Setup {
    /// The segments, and a condition beside them if there is one.
    pub(super) fn asking(&self, condition: Option<&Condition>) -> Result<(Program, Option<Rule>)> {
        let segments: Vec<_> = self.segments.iter().map(|it| (it.id(), it.condition())).collect();
        let mut compiler = Program::compiler(self.ground(), &segments)?;
        let rule = condition.map(|condition| compiler.rule(condition)).transpose()?;
        Ok((compiler.finish(), rule))
    }
}
