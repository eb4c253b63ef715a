//! The answer, and its receipt: what was chosen, what was not and why not, from which
//! data, under which consent, by which models. Written as the choice is made.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::consider::{Consideration, Finding, Known, Pick, Scored, Used};
use super::policy::Ready;
use super::request::Request;
use crate::numeric::Digest;
use crate::reason::{Named, Obstacle, Reason};
use crate::recommend::{self, Recommendation, Scope, Source};
use crate::types::{
    ActionId, Channel, DataCategory, Identifier, ItemId, Level, PlacementId, Purpose, Timestamp,
    redacted,
};

/// What to do for the customer now, and why.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    choice: Option<Chosen>,
    receipt: Receipt,
}

/// The action that was chosen, and how to show it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The action.
    pub action: ActionId,
    /// What its treatment shows, as the host wrote it.
    pub content: Arc<str>,
    /// The items that its recommender chose, best first.
    pub items: Vec<Recommendation>,
    /// What it is worth.
    pub score: Score,
}

/// How an action was scored: `net = propensity x value x context x lever - cost`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The probability that the customer accepts.
    pub propensity: f64,
    /// What it is worth when accepted.
    pub value: f64,
    /// The product of the context weights that apply.
    pub context: f64,
    /// The host's lever.
    pub lever: f64,
    /// What the contact costs.
    pub cost: f64,
    /// What is left.
    pub net: f64,
}

/// One action that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Considered {
    /// The action.
    pub action: ActionId,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was chosen.
    Chosen(Score),
    /// It was scored, and not chosen.
    Passed(Score, Obstacle),
    /// It could not be chosen.
    Refused(Obstacle),
}

/// Why the customer gets this answer. Two equal questions on equal data have equal
/// receipts, byte for byte.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub(crate) id: u64,
    pub(crate) customer: Identifier,
    pub(crate) at: Timestamp,
    pub(crate) channel: Channel,
    pub(crate) placement: Option<PlacementId>,
    pub(crate) seed: u64,
    pub(crate) level: Level,
    pub(crate) consent_epoch: u64,
    pub(crate) selection_probability: f64,
    pub(crate) considered: Vec<Considered>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) used: Vec<DataCategory>,
    pub(crate) visit_used: bool,
    pub(crate) not_allowed: Vec<DataCategory>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) policy: Digest,
    pub(crate) models_at: Timestamp,
    pub(crate) models: Arc<[(Arc<str>, Digest)]>,
}

impl Decision {
    /// What to do; nothing, when nothing is worth more than leaving the customer alone.
    #[must_use]
    pub fn choice(&self) -> Option<&Chosen> {
        self.choice.as_ref()
    }

    /// The action to take, if any.
    #[must_use]
    pub fn action(&self) -> Option<&ActionId> {
        self.choice.as_ref().map(|choice| &choice.action)
    }

    /// Why.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The whole answer as bytes, equal if and only if the answers are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing in a decision has a length or a map that the encoding cannot hold.
        postcard::to_allocvec(self).unwrap_or_default()
    }
}

impl Receipt {
    /// Every action that was looked at, in the order of ids.
    #[must_use]
    pub fn considered(&self) -> &[Considered] {
        &self.considered
    }

    /// Why this answer, in the order of weight.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The categories of the customer's data that were read.
    #[must_use]
    pub fn used(&self) -> &[DataCategory] {
        &self.used
    }

    /// Whether the present visit was read.
    #[must_use]
    pub fn used_visit(&self) -> bool {
        self.visit_used
    }

    /// The categories that personalisation could use and the customer does not allow;
    /// the same whether there are any such data or not.
    #[must_use]
    pub fn not_allowed(&self) -> &[DataCategory] {
        &self.not_allowed
    }

    /// The purposes for which data or the channel were used.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// The level in force.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// How many choices the customer had made by then.
    #[must_use]
    pub fn consent_epoch(&self) -> u64 {
        self.consent_epoch
    }

    /// As of when.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// About whom.
    #[must_use]
    pub fn customer(&self) -> &Identifier {
        &self.customer
    }

    /// The number of this decision: the same for the same question.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The seed of what was left to chance.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The probability with which the policy takes this action for this question, over
    /// all seeds.
    #[must_use]
    pub fn selection_probability(&self) -> f64 {
        self.selection_probability
    }

    /// The exact content of the actions, segments, catalogue and policies.
    #[must_use]
    pub fn policy(&self) -> Digest {
        self.policy
    }

    /// The models that were asked, by name, with their exact content.
    pub fn models(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.models.iter().map(|(name, digest)| (&**name, *digest))
    }

    /// When the models were fitted: what was learned or forgotten since shows at the
    /// next fit.
    #[must_use]
    pub fn models_at(&self) -> Timestamp {
        self.models_at
    }

    /// Why nothing was chosen, in words for the customer: what stands in the way of
    /// reaching them at all, if anything does.
    fn why_nothing(&self) -> &'static str {
        let refused = self.considered.iter().filter_map(|c| match &c.verdict {
            Verdict::Refused(obstacle) => Some(obstacle),
            _ => None,
        });
        let words = refused.filter_map(|obstacle| match obstacle {
            Obstacle::Consent(Purpose::DirectMarketing) => {
                Some("We do not write to you: you have not allowed it.")
            }
            Obstacle::Objection => Some("We do not reach you here: you asked us not to."),
            Obstacle::Cap(_) => Some("We leave you alone for now: we reached you often enough."),
            Obstacle::QuietHour => Some("We leave you alone for now: it is a quiet hour."),
            Obstacle::Bounced => Some("We do not reach you here: our last message came back."),
            _ => None,
        });
        words.take(1).next().unwrap_or("You see nothing now: nothing we have is worth your time.")
    }

    /// The receipt in plain words for the customer.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = String::new();
        let chosen = self.considered.iter().find(|c| matches!(c.verdict, Verdict::Chosen(_)));
        match chosen {
            Some(_) => {
                let because: Vec<String> = self.reasons.iter().map(Reason::to_string).collect();
                _ = writeln!(text, "You see this because {}.", because.join(", and because "));
            }
            None => _ = writeln!(text, "{}", self.why_nothing()),
        }
        let used = self.used.iter().map(DataCategory::to_string);
        let used: Vec<String> = used.chain(self.visit_used.then(|| "this visit".into())).collect();
        if used.is_empty() {
            text.push_str("We looked at nothing about you");
            text.push_str(match self.channel.reaches_out() {
                true => ", but for when we reached you before and what you declined.\n",
                false => ".\n",
            });
        } else {
            _ = writeln!(text, "We looked at: {}.", used.join(", "));
        }
        if !self.not_allowed.is_empty() {
            let names: Vec<String> = self.not_allowed.iter().map(DataCategory::to_string).collect();
            _ = writeln!(text, "You do not allow, and we did not look at: {}.", names.join(", "));
        }
        _ = write!(text, "Your level is \"{}\".", self.level.describe());
        for purpose in &self.purposes {
            _ = write!(text, " You can switch off {} at any time.", purpose.describe());
        }
        text
    }
}

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
            let items = self.items(ready, &mut used);
            self.reasons(ready, scored, &items, &mut reasons);
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
    fn items(self, ready: &Ready, used: &mut Used) -> Vec<Recommendation> {
        let Some(fill) = &ready.action.fill else {
            return Vec::new();
        };
        let Some(model) = self.models.recommenders.get(&fill.recommender) else {
            return Vec::new();
        };
        if (model.is_personal() || fill.scope == Scope::New)
            && self.view.allows(self.policy.purchases)
        {
            used.categories = used.categories.or(self.policy.purchases);
        }
        used.session |= self.view.session().is_some();
        let popular = &self.models.popular;
        let (model, n) = (model.as_ref(), fill.n);
        let mut items =
            recommend::recommend(model, popular, self.catalog, self.view, n, fill.scope);
        if items.is_empty() {
            // Everything is the customer's already: better something known than nothing.
            items = recommend::recommend(model, popular, self.catalog, self.view, n, Scope::All);
        }
        items
    }

    fn reasons(
        self,
        ready: &Ready,
        scored: &Scored,
        items: &[Recommendation],
        reasons: &mut Vec<Reason>,
    ) {
        if let Some(first) = items.first() {
            reasons.push(self.why_item(first));
        }
        if let Some(times) = scored.affinity.filter(|times| *times > 1.0) {
            reasons.push(Reason::Affinity(times));
            let bought = self.bought_of(ready);
            if !bought.is_empty() {
                reasons.push(Reason::Bought(bought));
            }
        }
        if !ready.is_general() {
            reasons.push(Reason::Condition(ready.words.clone()));
        }
        if scored.own.is_some() {
            reasons.push(Reason::OwnAnswers);
        }
        for (n, (rule, _)) in ready.weights.iter().enumerate() {
            if scored.weights >> n & 1 == 1 {
                let words = ready.action.weights.get(n).map(|(condition, _)| condition.to_string());
                reasons.push(match rule.reads_session {
                    true => Reason::Visit,
                    false => Reason::Condition(words.unwrap_or_default().into()),
                });
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

    fn why_item(self, item: &Recommendation) -> Reason {
        let owned = recommend::owned(self.view);
        let own = |item: &ItemId| owned.binary_search(&self.catalog.number(item.as_str())).is_ok();
        let bought: Vec<Named> =
            item.because.iter().filter(|i| own(i)).map(|i| self.named(i)).collect();
        match item.source {
            Source::Model if item.because.contains(&item.item) => Reason::Bought(bought),
            Source::Model if !bought.is_empty() => Reason::BoughtTogether(bought),
            Source::Model if !item.because.is_empty() => Reason::Visit,
            Source::Model | Source::Popular => Reason::Popular,
            Source::Catalogue => Reason::General,
        }
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

redacted! {
    Decision { choice, receipt }
    Chosen { action, score }
    Receipt { id, customer, at, channel, placement, seed, level }
}
