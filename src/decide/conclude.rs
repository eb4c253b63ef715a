//! Writing the decision down, as it is taken: nothing of a receipt is made up later.

use super::consider::{Consideration, Finding, Known, Pick, Scored, Used};
use super::policy::Ready;
use super::receipt::{Chosen, Considered, Decision, Receipt, Verdict};
use super::request::Request;
use crate::consent::Categories;
use crate::reason::{Named, Obstacle, Reason};
use crate::recommend::{self, Match, Recommendation, Scope, Source};
use crate::types::{DataCategory, ItemId, SegmentId};

/// How many of the customer's own items a reason names.
const NAMED: usize = 3;

impl Known<'_> {
    /// Writes the decision down.
    pub(crate) fn conclude(
        self,
        request: &Request,
        consideration: &Consideration,
        pick: Pick,
    ) -> Decision {
        let mut used = consideration.used;
        let mut reasons = Vec::new();
        let choice = pick.place.and_then(|place| {
            let Finding::Scored(scored) = consideration.findings.get(place)? else {
                return None;
            };
            let ready = self.policy.actions.get(place)?;
            let group = consideration.group.as_ref();
            let mut items = self.items(ready, group, &mut used);
            self.reasons(ready, scored, (&items, group), &mut reasons);
            recommend::say_no_more(&mut items, self.view, self.policy.looked());
            let mut treatments = ready.action.treatments.iter();
            let treatment =
                treatments.find(|t| t.fits(&request.channel, request.placement.as_ref()))?;
            Some(Chosen {
                action: ready.action.id.clone(),
                content: treatment.content.clone(),
                items,
                score: scored.score,
            })
        });
        let receipt = Receipt {
            id: request.id(),
            customer: request.customer.clone(),
            at: request.now,
            channel: request.channel.clone(),
            placement: request.placement.clone(),
            seed: request.seed,
            level: self.facts.level(),
            consent_epoch: self.view.permit().epoch(),
            selection_probability: pick.probability,
            considered: self.verdicts(consideration, pick),
            reasons,
            used: self.privacy.names(used.categories),
            visit_used: used.session,
            not_allowed: self.not_allowed(),
            purposes: self.purposes(request, used),
            policy: self.policy.digest,
            models_at: self.models.at,
            models: self.models.digests.clone(),
            late_models: self.models.late.clone(),
        };
        Decision { choice, receipt }
    }

    fn not_allowed(self) -> Vec<DataCategory> {
        let foreseen = self.privacy.foreseen(self.view.purpose());
        self.privacy.names(foreseen.without(self.view.permit().categories()))
    }

    fn verdicts(self, consideration: &Consideration, pick: Pick) -> Vec<Considered> {
        let actions = self.policy.actions.iter().zip(&consideration.findings).enumerate();
        actions
            .map(|(place, (ready, finding))| Considered {
                action: ready.action.id.clone(),
                verdict: match finding {
                    Finding::Refused(obstacle) => Verdict::Refused(obstacle.clone()),
                    Finding::Scored(scored) if pick.place == Some(place) => {
                        Verdict::Chosen(scored.score)
                    }
                    Finding::Scored(scored) => {
                        let worthy = consideration.worthy.contains(&place);
                        let why = if worthy { Obstacle::Outranked } else { Obstacle::NotWorthIt };
                        Verdict::Passed(scored.score, why)
                    }
                },
            })
            .collect()
    }

    /// The items that the action's recommender chooses.
    fn items(
        self,
        ready: &Ready,
        group: Option<&SegmentId>,
        used: &mut Used,
    ) -> Vec<Recommendation> {
        let Some(fill) = &ready.action.fill else {
            return Vec::new();
        };
        let Some(model) = self.models.recommender(&fill.recommender) else {
            return Vec::new();
        };
        let reads = model.reads();
        let traits = reads.traits.iter().map(|name| self.of_trait(name));
        let purchases = reads.purchases || fill.scope == Scope::New;
        let own = [(purchases, self.policy.purchases), (reads.looks, self.policy.looks)];
        let own = own.into_iter().filter(|(read, _)| *read).map(|(_, category)| category);
        // Where nothing shown may be seen, it does not matter what was turned to.
        let tires = reads.ignored && self.view.allows(self.policy.shown);
        let turns = self.policy.turns.iter().filter(|_| tires).copied();
        for category in
            own.chain(traits).chain(turns).filter(|category| self.view.allows(*category))
        {
            used.categories = used.categories.or(category);
        }
        used.session |= self.view.session().is_some();
        let fallback = self.models.fallback(group);
        let list =
            |scope| recommend::recommend(model, &fallback, self.catalog, self.view, fill.n, scope);
        let mut items = list(fill.scope);
        if items.is_empty() {
            // Everything is the customer's already: better something known than nothing.
            items = list(Scope::All);
        }
        if items.iter().any(|item| item.source != Source::Model) {
            self.note_group(group, used);
        }
        items
    }

    /// Notes what was read to find the segment within which something is popular: its condition
    /// and those that go before it.
    fn note_group(self, group: Option<&SegmentId>, used: &mut Used) {
        for (segment, rule) in self.policy.counted_within() {
            if self.models.knows_within(segment) {
                self.note(used, rule);
            }
            if Some(segment) == group {
                break;
            }
        }
    }

    fn reasons(
        self,
        ready: &Ready,
        scored: &Scored,
        (items, group): (&[Recommendation], Option<&SegmentId>),
        reasons: &mut Vec<Reason>,
    ) {
        let (purchases, responses) = (self.policy.purchases, self.policy.responses);
        if let Some(first) = items.first() {
            let fits = self.why_it_fits(first);
            match fits.is_empty() {
                true => reasons.push(self.why_item(first, group)),
                false => reasons.extend(fits),
            }
        }
        if let Some(times) = scored.affinity.filter(|times| *times > 1.0) {
            reasons.push(self.aloud(purchases, || Reason::Affinity(times)));
            let bought = self.bought_of(ready);
            if !bought.is_empty() {
                reasons.push(self.aloud(purchases, || Reason::Bought(bought)));
            }
        }
        if !ready.is_general() {
            let condition = || Reason::Condition(ready.words.clone());
            reasons.push(self.aloud(ready.rule.needs, condition));
        }
        if scored.own.is_some() {
            reasons.push(self.aloud(responses, || Reason::OwnAnswers));
        }
        for (n, (rule, _)) in ready.weights.iter().enumerate() {
            if scored.weights >> n & 1 == 1 {
                let words = ready.action.weights.get(n).map(|(condition, _)| condition.to_string());
                reasons.push(self.aloud(rule.needs, || match rule.reads_session {
                    true => Reason::Visit,
                    false => Reason::Condition(words.unwrap_or_default().into()),
                }));
            }
        }
        if reasons.is_empty() {
            reasons.push(Reason::General);
        }
        let mut said: Vec<Reason> = Vec::new();
        reasons.retain(|reason| {
            let new = !said.contains(reason);
            said.push(reason.clone());
            new
        });
    }

    /// Whether what hinges on data of some categories may be said aloud.
    fn says(self, needed: Categories) -> bool {
        self.view.permit().lets_say(needed)
    }

    /// A reason that hinges on data of some categories, if it may be said aloud.
    fn aloud(self, needed: Categories, reason: impl FnOnce() -> Reason) -> Reason {
        if self.says(needed) { reason() } else { Reason::NotSaid }
    }

    fn why_item(self, item: &Recommendation, group: Option<&SegmentId>) -> Reason {
        let owned = recommend::owned(self.view);
        let own = |item: &ItemId| owned.binary_search(&self.catalog.number(item.as_str())).is_ok();
        let bought: Vec<Named> =
            item.because.iter().filter(|i| own(i)).map(|i| self.named(i)).collect();
        match item.source {
            Source::Model if !bought.is_empty() && !self.says(self.policy.purchases) => {
                Reason::NotSaid
            }
            Source::Model if item.because.contains(&item.item) => Reason::Bought(bought),
            Source::Model if !bought.is_empty() => Reason::BoughtTogether(bought),
            Source::Model if !item.because.is_empty() => Reason::Visit,
            Source::PopularInSegment => self.why_within(group),
            Source::Model | Source::Popular => Reason::Popular,
            Source::Catalogue => Reason::General,
        }
    }

    /// It is popular within a segment, if it may be said aloud that the customer is in it.
    fn why_within(self, group: Option<&SegmentId>) -> Reason {
        let found = self.policy.counted_within().find(|(segment, _)| Some(*segment) == group);
        found.map_or(Reason::Popular, |(segment, rule)| {
            self.aloud(rule.needs, || Reason::PopularWithin(segment.clone()))
        })
    }

    /// How an item fits, where its model can tell.
    fn why_it_fits(self, item: &Recommendation) -> Vec<Reason> {
        let owned = recommend::owned(self.view);
        let number = |item: &ItemId| self.catalog.number(item.as_str());
        let of_own = item.because.iter().any(|i| owned.binary_search(&number(i)).is_ok());
        let purchases = self.policy.purchases;
        let needed = if of_own { purchases } else { Categories::NONE };
        let because: Vec<Named> = item.because.iter().map(|item| self.named(item)).collect();
        let (mut alike, mut suits, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        for matched in &item.matched {
            match matched {
                Match::Accessory => {
                    reasons.push(self.aloud(needed, || Reason::GoesWith(because.clone())));
                }
                Match::Substitute => {
                    reasons.push(self.aloud(needed, || Reason::InsteadOf(because.clone())));
                }
                Match::StepUp => {
                    reasons.push(self.aloud(needed, || Reason::StepUp(because.clone())));
                }
                Match::Studied(path) => {
                    let needed = purchases.or(self.policy.looks);
                    reasons.push(self.aloud(needed, || Reason::Studied(path.clone())));
                }
                Match::Attribute(name) => alike.push(name.clone()),
                Match::Trait(name) if self.says(self.of_trait(name)) => suits.push(name.clone()),
                Match::Trait(_) => reasons.push(Reason::NotSaid),
            }
        }
        if !suits.is_empty() {
            reasons.insert(0, Reason::Suits(suits));
        }
        if !alike.is_empty() {
            reasons.insert(0, self.aloud(needed, || Reason::Alike(alike, because)));
        }
        reasons
    }

    /// The category of an attribute.
    fn of_trait(self, name: &str) -> Categories {
        Categories::one(self.privacy.of_attribute(name))
    }

    /// What the customer bought most of, of what an action is about.
    fn bought_of(self, ready: &Ready) -> Vec<Named> {
        let Some(about) = &ready.about else {
            return Vec::new();
        };
        let rows = self.view.rows();
        let purchased = crate::event::Kind::Purchased.code();
        let mut counts: Vec<(u32, usize)> = Vec::new();
        let bought = rows.kind.iter().zip(rows.item.iter().zip(&rows.place));
        for (_, (item, place)) in bought.filter(|(kind, _)| **kind == purchased) {
            if about.covers(*item, *place) {
                match counts.iter_mut().find(|(known, _)| known == item) {
                    Some(count) => count.1 += 1,
                    None => counts.push((*item, 1)),
                }
            }
        }
        counts.sort_unstable_by_key(|(item, n)| (std::cmp::Reverse(*n), *item));
        let best = counts.iter().filter_map(|(item, _)| self.catalog.item(*item));
        best.take(NAMED).map(|item| self.named(item.id())).collect()
    }

    fn named(self, item: &ItemId) -> Named {
        let title = self.catalog.get(item.as_str()).map_or(item.as_str(), |known| known.title());
        Named { item: item.clone(), title: title.into() }
    }
}
