//! What is decided: obstacles, scores, what is worth it, and who gets what there is not
//! enough of.

use std::collections::BTreeMap;
use std::time::Duration;

use confidant::{
    Action, Channel, ContactPolicy, DataCategory, Kind, Obstacle, Purpose, Request, Scope, Session,
    Timestamp, Treatment,
};

use super::learn::answers;
use super::person::{Person, Touch, Touched};
use super::recommend::{By, Fitted, Offered};
use super::truth::{Seen, Visit};
use crate::common::ask::Ask;
use crate::common::told::known_as;

/// What can be proposed.
#[derive(Debug, Clone)]
pub struct Offer {
    pub id: String,
    pub when: Ask,
    pub value: f64,
    pub rate: f64,
    pub belief: f64,
    pub lever: f64,
    pub weights: Vec<(f64, Ask)>,
    pub ways: Vec<Way>,
    pub about: Vec<String>,
    pub about_category: Vec<String>,
    /// Recommender, scope, how many.
    pub fill: Option<(String, Scope, usize)>,
    pub needs: Vec<Purpose>,
    pub from: Option<i64>,
    pub until: Option<i64>,
    pub volume: Option<u64>,
}

/// A way to show it.
#[derive(Debug, Clone)]
pub struct Way {
    pub channel: Channel,
    pub place: Option<String>,
    pub cost: f64,
}

/// All that the host has laid down.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// By id.
    pub offers: Vec<Offer>,
    pub segments: Vec<(String, Ask)>,
    /// On which channel, how many, in how many milliseconds.
    pub caps: Vec<(Option<Channel>, u32, i64)>,
    pub quiet: Option<(u8, u8)>,
    pub after_declined: i64,
    pub after_bounce: i64,
    pub recommenders: Vec<(String, By)>,
}

#[derive(Debug, Clone)]
pub struct Question {
    pub who: String,
    pub channel: Channel,
    pub now: i64,
    pub place: Option<String>,
    pub viewing: Vec<String>,
    pub visit: Option<Visit>,
    pub offset: i32,
}

/// What was found about one offer.
#[derive(Debug, Clone)]
pub enum Found {
    Refused(Obstacle),
    Scored { propensity: f64, context: f64, cost: f64, net: f64, worth: f64 },
}

/// Everything about one answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub found: BTreeMap<String, Found>,
    /// What is worth it, best first.
    pub worthy: Vec<(f64, String)>,
}

fn ms(ms: i64) -> Duration {
    Duration::from_millis(ms.unsigned_abs())
}

impl Offer {
    pub fn action(&self) -> Action {
        let mut action = Action::new(self.id.as_str())
            .when(self.when.condition())
            .value(self.value)
            .accepted_by(self.rate)
            .belief_weighs(self.belief)
            .lever(self.lever)
            .about(self.about.clone())
            .about_category(self.about_category.clone());
        for (factor, ask) in &self.weights {
            action = action.weighs(*factor, ask.condition());
        }
        for way in &self.ways {
            let treatment = Treatment::on(way.channel.clone()).costs(way.cost);
            action = action.treatment(match &way.place {
                Some(place) => treatment.at(place.as_str()),
                None => treatment,
            });
        }
        if let Some((name, scope, n)) = &self.fill {
            action = action.recommends(name.as_str(), *scope, *n);
        }
        for purpose in &self.needs {
            action = action.needs(purpose.clone());
        }
        if let Some(from) = self.from {
            action = action.from(Timestamp::from_millis(from));
        }
        if let Some(until) = self.until {
            action = action.until(Timestamp::from_millis(until));
        }
        match self.volume {
            Some(volume) => action.volume(volume),
            None => action,
        }
    }

    /// Whether it is about an item.
    fn covers(&self, item: &str, fitted: &Fitted<'_>) -> bool {
        let ware = fitted.world.ware(item);
        let path: Vec<String> = ware.category.iter().map(|c| c.to_string()).collect();
        self.about.iter().any(|about| about == item)
            || !self.about_category.is_empty() && path.starts_with(&self.about_category)
    }

    fn is_about(&self) -> bool {
        !self.about.is_empty() || !self.about_category.is_empty()
    }

    fn stocked(&self, fitted: &Fitted<'_>) -> bool {
        let mut wares = fitted.world.wares.iter().filter(|ware| ware.available);
        match (self.is_about(), &self.fill) {
            (false, None) => true,
            (false, Some(_)) => wares.next().is_some(),
            (true, _) => wares.any(|ware| self.covers(&ware.id, fitted)),
        }
    }
}

impl Host {
    pub fn contact(&self) -> ContactPolicy {
        let mut policy = ContactPolicy::new()
            .rest_after_declined(ms(self.after_declined))
            .rest_after_bounce(ms(self.after_bounce));
        for (channel, most, within) in &self.caps {
            policy = match channel {
                Some(channel) => policy.cap_on(channel.clone(), *most, ms(*within)),
                None => policy.cap(*most, ms(*within)),
            };
        }
        match self.quiet {
            Some((from, to)) => policy.quiet_hours(from, to),
            None => policy,
        }
    }

    /// How often each limited offer can be given.
    pub fn volumes(&self) -> BTreeMap<String, u64> {
        self.offers.iter().filter_map(|offer| Some((offer.id.clone(), offer.volume?))).collect()
    }

    pub fn by(&self, recommender: &str) -> By {
        self.recommenders.iter().find(|(name, _)| name == recommender).unwrap().1
    }
}

impl Question {
    pub fn request(&self) -> Request {
        let now = Timestamp::from_millis(self.now);
        let mut request = Request::new(known_as(&self.who), self.channel.clone(), now)
            .utc_offset_minutes(self.offset);
        if let Some(place) = &self.place {
            request = request.at(place.as_str());
        }
        match self.session() {
            Some(session) => request.during(session),
            None => request,
        }
    }

    fn session(&self) -> Option<Session> {
        let visit = self.visit.as_ref()?;
        let session = self.viewing.iter().fold(Session::new(), |s, i| s.viewing(i.as_str()));
        Some(visit.iter().fold(session, |s, (n, v)| s.set(n.as_str(), v.clone())))
    }
}

/// One customer before one question.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    pub host: &'a Host,
    pub fitted: &'a Fitted<'a>,
    pub person: &'a Person,
    pub question: &'a Question,
}

impl<'a> Desk<'a> {
    pub fn seen(&self) -> Seen<'a> {
        let (now, visit) = (self.question.now, self.question.visit.as_ref());
        let purpose = Purpose::Personalisation;
        Seen::new(self.fitted.world, &self.host.segments, self.person, &purpose, now, visit)
    }

    /// Looks at every offer; `left` says how many of a limited one are left.
    pub fn answer(&self, left: &BTreeMap<String, u64>) -> Answer {
        let seen = self.seen();
        let mut found = BTreeMap::new();
        let mut worthy = Vec::new();
        for offer in &self.host.offers {
            let finding = match self.obstacle(offer, &seen, left) {
                Some(obstacle) => Found::Refused(obstacle),
                None => self.score(offer, &seen),
            };
            if let Found::Scored { net, worth, .. } = finding
                && worth > 0.0
            {
                worthy.push((net, offer.id.clone()));
            }
            found.insert(offer.id.clone(), finding);
        }
        worthy.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Answer { found, worthy }
    }

    fn way(&self, offer: &'a Offer) -> Option<&'a Way> {
        offer.ways.iter().find(|way| {
            way.channel == self.question.channel
                && (way.place.is_none() || way.place == self.question.place)
        })
    }

    fn obstacle(
        &self,
        offer: &'a Offer,
        seen: &Seen<'_>,
        left: &BTreeMap<String, u64>,
    ) -> Option<Obstacle> {
        let now = self.question.now;
        let allows = |p: &Purpose| self.person.choices.allows(&self.fitted.world.privacy, p, now);
        if self.way(offer).is_none() {
            return Some(Obstacle::NoTreatment);
        }
        if offer.from.is_some_and(|from| now < from) || offer.until.is_some_and(|t| now >= t) {
            return Some(Obstacle::NotNow);
        }
        if !offer.stocked(self.fitted) {
            return Some(Obstacle::NothingToOffer);
        }
        if offer.volume.is_some() && left[&offer.id] == 0 {
            return Some(Obstacle::UsedUp);
        }
        if let Some(obstacle) = self.out_of_reach(&allows) {
            return Some(obstacle);
        }
        if let Some(purpose) = offer.needs.iter().find(|purpose| !allows(purpose)) {
            return Some(Obstacle::Consent(purpose.clone()));
        }
        let touches = self.person.touches.iter();
        if touches.clone().any(|touch| {
            touch.what == Touched::Declined
                && touch.action == offer.id
                && touch.at > now - self.host.after_declined
        }) {
            return Some(Obstacle::Declined);
        }
        match seen.truth(&offer.when) {
            Some(true) => None,
            Some(false) => Some(Obstacle::Rule("".into())),
            None => Some(Obstacle::NotAllowed("".into())),
        }
    }

    /// What keeps the host from reaching the customer at all.
    fn out_of_reach(&self, allows: &dyn Fn(&Purpose) -> bool) -> Option<Obstacle> {
        let (now, channel) = (self.question.now, &self.question.channel);
        let made = self.person.contacts(i64::MAX);
        let bounced = self.person.touches.iter().filter(|t| t.what == Touched::Bounced);
        let recent = bounced.filter(|touch| touch.at > now - self.host.after_bounce);
        // One that names no channel is of the channel of the action's last contact.
        let on = |bounce: &Touch| match &bounce.channel {
            Some(channel) => Some(channel.clone()),
            None => made
                .iter()
                .rfind(|made| made.action == bounce.action && made.at <= bounce.at)
                .and_then(|made| made.channel.clone()),
        };
        if recent.map(on).any(|on| on.as_ref() == Some(channel)) {
            return Some(Obstacle::Bounced);
        }
        if !reaches_out(channel) {
            return None;
        }
        if !allows(&Purpose::DirectMarketing) {
            return Some(Obstacle::Consent(Purpose::DirectMarketing));
        }
        if self.person.choices.objects(channel, now) {
            return Some(Obstacle::Objection);
        }
        let local = now + i64::from(self.question.offset) * 60_000;
        let hour = local.div_euclid(3_600_000).rem_euclid(24) as u8;
        if self.host.quiet.is_some_and(|(from, to)| {
            {
                let mut quiet = Vec::new();
                let mut hour = from;
                while hour != to {
                    quiet.push(hour);
                    hour = (hour + 1) % 24;
                }
                quiet
            }
            .contains(&hour)
        }) {
            return Some(Obstacle::QuietHour);
        }
        let mut caps = self.host.caps.clone();
        caps.sort();
        let full = |(on, most, within): &&(Option<Channel>, u32, i64)| {
            let counts = made.iter().filter(|made| made.at > now - within).filter(|made| {
                match (on, &made.channel) {
                    (Some(on), Some(channel)) => on == channel,
                    (None, Some(channel)) => reaches_out(channel),
                    (_, None) => false,
                }
            });
            counts.count() >= *most as usize
        };
        let mut caps = caps.iter().filter(|(on, ..)| on.is_none() || on.as_ref() == Some(channel));
        caps.find(full).map(|(_, most, _)| Obstacle::Cap(*most))
    }

    fn score(&self, offer: &'a Offer, seen: &Seen<'_>) -> Found {
        let general = self.general(offer);
        let affinity = self.affinity(offer, seen).unwrap_or(1.0);
        let own = self.own(offer, seen, general).unwrap_or(1.0);
        let propensity = (general * affinity * own).min(1.0);
        let likely = (general * affinity.max(1.0) * own.max(1.0)).min(1.0);
        let (mut context, mut raised) = (1.0f64, 1.0f64);
        for (factor, ask) in &offer.weights {
            if seen.truth(ask) == Some(true) {
                context *= factor;
                raised *= factor.max(1.0);
            }
        }
        let cost = self.way(offer).unwrap().cost;
        let net = propensity * offer.value * context * offer.lever - cost;
        let worth = likely * offer.value * raised * offer.lever - cost;
        Found::Scored { propensity, context, cost, net, worth }
    }

    /// How likely anybody is to take it.
    fn general(&self, offer: &Offer) -> f64 {
        let counts = &self.fitted.counts.answered;
        let (shown, accepted) = counts.get(&offer.id).copied().unwrap_or_default();
        moved(offer.rate, offer.belief, shown, accepted)
    }

    /// How many times as likely the customer is, by their own answers.
    fn own(&self, offer: &Offer, seen: &Seen<'_>, general: f64) -> Option<f64> {
        if !seen.allowed.contains(&DataCategory::Responses) || general <= 0.0 {
            return None;
        }
        let (shown, accepted) = answers(seen).get(&offer.id).copied()?;
        Some(moved(general, 10.0, shown, accepted) / general)
    }

    /// How many times as much the customer buys of what it is about as others do.
    fn affinity(&self, offer: &Offer, seen: &Seen<'_>) -> Option<f64> {
        if !offer.is_about() || !seen.allowed.contains(&DataCategory::Purchases) {
            return None;
        }
        let popular = self.fitted.counts.popularity(30, self.fitted.at);
        let all: u128 = popular.values().map(|w| u128::from(*w)).sum();
        let these = popular.iter().filter(|(item, _)| offer.covers(item, self.fitted));
        let these: u128 = these.map(|(_, w)| u128::from(*w)).sum();
        let bought: Vec<_> =
            seen.rows.iter().filter(|row| row.did.kind == Kind::Purchased).collect();
        if these == 0 || bought.is_empty() {
            return None;
        }
        let share = these as f64 / all as f64;
        let within = bought
            .iter()
            .filter(|row| row.did.item.as_ref().is_some_and(|i| offer.covers(i, self.fitted)));
        let own = (within.count() as f64 + 20.0 * share) / (bought.len() as f64 + 20.0);
        Some((own / share).clamp(1.0 / 8.0, 8.0))
    }

    /// The items that are shown with an offer.
    pub fn items(&self, offer: &str) -> Vec<Offered> {
        let offer = self.host.offers.iter().find(|o| o.id == offer).unwrap();
        let Some((name, scope, n)) = &offer.fill else {
            return Vec::new();
        };
        let seen = self.seen();
        let by = self.host.by(name);
        let viewing: &[String] = if seen.visit.is_some() && self.question.visit.is_some() {
            &self.question.viewing
        } else {
            &[]
        };
        let items = self.fitted.recommend(by, &seen, viewing, *n, *scope);
        match items.is_empty() {
            true => self.fitted.recommend(by, &seen, viewing, *n, Scope::All),
            false => items,
        }
    }

    /// The contact that a decision for an offer leaves, if any.
    pub fn contact(&self, offer: &str) -> Option<Touch> {
        let limited = self.host.offers.iter().any(|o| o.id == offer && o.volume.is_some());
        let kept = self.person.choices.kept(&self.fitted.world.privacy, self.question.now);
        let channel = self.question.channel.clone();
        let counts = limited || reaches_out(&channel) || kept.contains(&DataCategory::Responses);
        counts.then(|| Touch {
            at: self.question.now,
            channel: Some(channel),
            action: offer.to_owned(),
            what: Touched::Made,
        })
    }
}

/// Where the host comes to the customer, and not the customer to the host.
fn reaches_out(channel: &Channel) -> bool {
    ![Channel::Web, Channel::App, Channel::Store, Channel::CallCentre].contains(channel)
}

/// What is believed after answers; an acceptance without a showing counts as shown.
fn moved(rate: f64, weight: f64, shown: u64, accepted: u64) -> f64 {
    (rate * weight + accepted as f64) / (weight + shown.max(accepted) as f64)
}

/// Who gets what, for one question per customer: the best pair of all goes first, ties
/// by customer, then by offer.
pub fn greedy(
    answers: &[(String, Answer)],
    left: &BTreeMap<String, u64>,
) -> BTreeMap<String, String> {
    let mut pairs: Vec<(f64, &String, &String)> = Vec::new();
    for (who, answer) in answers {
        pairs.extend(answer.worthy.iter().map(|(net, offer)| (*net, who, offer)));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut left = left.clone();
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    for (_, who, offer) in pairs {
        if given.contains_key(who) || left.get(offer) == Some(&0) {
            continue;
        }
        if let Some(left) = left.get_mut(offer) {
            *left -= 1;
        }
        given.insert(who.clone(), offer.clone());
    }
    given
}
