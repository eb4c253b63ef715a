//! The plain twin: people with all that they did and chose, orders by sorting, and what a
//! place among others is, straight from its definition.

use std::collections::BTreeMap;

use confidant::*;

use crate::dice::Dice;

pub(crate) const DAY: u32 = 24;

/// Three-valued: none is unknown.
type Truth = Option<bool>;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum For {
    Me,
    Others,
}

#[derive(Debug, Clone, PartialEq)]
struct Choice {
    level: Level,
    /// Nothing, everything, or these.
    me: Vec<DataCategory>,
    others: Vec<DataCategory>,
}

#[derive(Debug, Clone, PartialEq)]
enum Did {
    Bought { hour: u32, cents: i64 },
    Viewed { hour: u32 },
    Lives { hour: u32, city: &'static str },
    Trades { hour: u32, yes: bool },
    Chose { hour: u32, choice: Choice },
    Restricted { hour: u32, yes: bool },
}

impl Did {
    fn hour(&self) -> u32 {
        match self {
            Self::Bought { hour, .. }
            | Self::Viewed { hour }
            | Self::Lives { hour, .. }
            | Self::Trades { hour, .. }
            | Self::Chose { hour, .. }
            | Self::Restricted { hour, .. } => *hour,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    did: Vec<Did>,
}

const CATEGORIES: [DataCategory; 3] =
    [DataCategory::Purchases, DataCategory::Browsing, DataCategory::Declared];

fn grant(dice: &mut Dice) -> Vec<DataCategory> {
    match dice.below(10) {
        0 => Vec::new(),
        1..8 => CATEGORIES.to_vec(),
        _ => dice.some(60, &CATEGORIES),
    }
}

fn chosen(who: &Identifier, at: Timestamp, choice: &Choice) -> Event {
    let word = Event::consent(who, at).level(choice.level);
    let both =
        [(Purpose::Personalisation, &choice.me), (Purpose::CollaborativeLearning, &choice.others)];
    let word = both.into_iter().fold(word, |word, (purpose, grant)| match grant.len() {
        0 => word.withdraw(purpose),
        3 => word.allow(purpose),
        _ => word.allow_only(purpose, grant.clone()),
    });
    word.into()
}

impl Person {
    /// Something happens, and is told.
    pub(crate) fn random(
        &mut self,
        dice: &mut Dice,
        who: &Identifier,
        id: &str,
        hour: u32,
    ) -> Event {
        let at = crate::at(hour);
        let stated = |did: &Did| !matches!(did, Did::Bought { .. } | Did::Viewed { .. });
        // Of two statements at one instant nobody could say which one counts.
        let stated = self.did.iter().any(|did| stated(did) && did.hour() == hour);
        let sort = if self.did.is_empty() { 0 } else { 6 + dice.below(54) };
        let sort = if stated && sort < 30 { 30 + sort } else { sort };
        let did = match sort {
            0..14 => {
                let level = *dice.pick(&[
                    Level::Collaborative,
                    Level::Collaborative,
                    Level::Collaborative,
                    Level::OwnHistory,
                    Level::Off,
                ]);
                Did::Chose { hour, choice: Choice { level, me: grant(dice), others: grant(dice) } }
            }
            14..16 => Did::Restricted { hour, yes: dice.chance(40) },
            16..24 => Did::Lives { hour, city: ["Riga", "Porto", ""][dice.below(3)] },
            24..30 => Did::Trades { hour, yes: dice.chance(50) },
            30..45 => Did::Bought { hour, cents: [0, 500, 500, 1_000, 1_001][dice.below(5)] },
            _ => Did::Viewed { hour },
        };
        let event = match &did {
            Did::Bought { cents, .. } => {
                let money = Money::cents(*cents, "EUR").unwrap();
                Event::purchased(who, at).amount(money).id(id).into()
            }
            Did::Viewed { .. } => Event::viewed(who, at).id(id).into(),
            // An empty text is none.
            Did::Lives { city: "", .. } => {
                Event::declared(who, at).attribute("city", 7).id(id).into()
            }
            Did::Lives { city, .. } => {
                Event::declared(who, at).attribute("city", *city).id(id).into()
            }
            Did::Trades { yes, .. } => {
                Event::declared(who, at).attribute("trade", *yes).id(id).into()
            }
            Did::Chose { choice, .. } => chosen(who, at, choice),
            Did::Restricted { yes: true, .. } => Event::consent(who, at).restrict().into(),
            Did::Restricted { .. } => Event::consent(who, at).lift_restriction().into(),
        };
        self.did.push(did);
        event
    }

    /// The last thing was turned away.
    pub(crate) fn take_back(&mut self) {
        self.did.pop();
    }

    /// How much is known.
    pub(crate) fn len(&self) -> usize {
        self.did.len()
    }

    /// As it was when so much was known.
    fn before(&self, len: usize) -> Self {
        Self { did: self.did[..len].to_vec() }
    }

    fn lets_see(&self, whom: For, category: &DataCategory) -> bool {
        let restricted = self.did.iter().rev().find_map(|did| match did {
            Did::Restricted { yes, .. } => Some(*yes),
            _ => None,
        });
        let choice = self.did.iter().rev().find_map(|did| match did {
            Did::Chose { choice, .. } => Some(choice),
            _ => None,
        });
        let Some(choice) = choice.filter(|_| restricted != Some(true)) else { return false };
        match whom {
            For::Me => choice.level >= Level::OwnHistory && choice.me.contains(category),
            For::Others => choice.level >= Level::Collaborative && choice.others.contains(category),
        }
    }

    fn lets_see_nothing(&self, whom: For) -> bool {
        !CATEGORIES.iter().any(|category| self.lets_see(whom, category))
    }

    fn sees(&self, whom: For, category: DataCategory) -> Option<()> {
        self.lets_see(whom, &category).then_some(())
    }

    fn city(&self, whom: For) -> Option<Option<&'static str>> {
        self.sees(whom, DataCategory::Declared)?;
        let last = self.did.iter().rev().find_map(|did| match did {
            Did::Lives { city, .. } => Some(*city),
            _ => None,
        });
        Some(last.filter(|city| !city.is_empty()))
    }

    /// Whether they are in the segment of those who trade.
    fn trades(&self, whom: For) -> Truth {
        self.sees(whom, DataCategory::Declared)?;
        let last = self.did.iter().rev().find_map(|did| match did {
            Did::Trades { yes, .. } => Some(*yes),
            _ => None,
        });
        Some(last == Some(true))
    }

    pub(crate) fn is_trade(&self) -> bool {
        self.trades(For::Me) == Some(true)
    }

    /// Hours and amounts in a window that ends now.
    fn bought(&self, now: u32, window: Option<u32>) -> Vec<(u32, i64)> {
        let inside = |hour: u32| hour <= now && window.is_none_or(|w| hour + w * DAY > now);
        let lines = self.did.iter().filter_map(|did| match did {
            Did::Bought { hour, cents } if inside(*hour) => Some((*hour, cents * 10_000)),
            _ => None,
        });
        lines.collect()
    }

    fn viewed(&self, now: u32, window: Option<u32>) -> i64 {
        let inside = |hour: u32| hour <= now && window.is_none_or(|w| hour + w * DAY > now);
        let looks =
            self.did.iter().filter(|did| matches!(did, Did::Viewed { hour } if inside(*hour)));
        looks.count() as i64
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Figure {
    Spend,
    Mean,
    Views,
    DaysSince,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Base {
    All,
    NoTrade,
    Bought(u32),
}

/// A ranking.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    name: String,
    figure: Figure,
    window: Option<u32>,
    smallest_first: bool,
    base: Base,
    by_city: bool,
}

impl Order {
    pub(crate) fn random(dice: &mut Dice, n: usize) -> Self {
        Self {
            name: format!("r{n}"),
            figure: *dice.pick(&[Figure::Spend, Figure::Mean, Figure::Views, Figure::DaysSince]),
            window: dice.maybe(60, &[1, 7, 30]),
            smallest_first: dice.chance(35),
            base: *dice.pick(&[Base::All, Base::NoTrade, Base::Bought(1), Base::Bought(7)]),
            by_city: dice.chance(35),
        }
    }

    pub(crate) fn ranking(&self) -> Ranking {
        let euro: Currency = "EUR".parse().unwrap();
        let metric: Metric = match (self.figure, self.window) {
            (Figure::Spend, None) => total(Kind::Purchased, euro).into(),
            (Figure::Spend, Some(w)) => total(Kind::Purchased, euro).within(days(w)).into(),
            (Figure::Mean, None) => average(Kind::Purchased, euro).into(),
            (Figure::Mean, Some(w)) => average(Kind::Purchased, euro).within(days(w)).into(),
            (Figure::Views, None) => count(Kind::Viewed).into(),
            (Figure::Views, Some(w)) => count(Kind::Viewed).within(days(w)).into(),
            (Figure::DaysSince, _) => days_since(Kind::Purchased).into(),
        };
        let mut ranking = Ranking::by(self.name.as_str(), metric);
        if self.smallest_first {
            ranking = ranking.smallest_first();
        }
        if self.by_city {
            ranking = ranking.per_attribute("city");
        }
        match self.base {
            Base::All => ranking,
            Base::NoTrade => ranking.among(not(in_segment("trade"))),
            Base::Bought(w) => ranking.among(count(Kind::Purchased).within(days(w)).at_least(1)),
        }
    }

    /// What must be seen of it.
    fn needs(&self) -> Vec<DataCategory> {
        let mut needs = vec![match self.figure {
            Figure::Views => DataCategory::Browsing,
            _ => DataCategory::Purchases,
        }];
        match self.base {
            Base::All => {}
            Base::NoTrade => needs.push(DataCategory::Declared),
            Base::Bought(_) => needs.push(DataCategory::Purchases),
        }
        needs.extend(self.by_city.then_some(DataCategory::Declared));
        needs
    }

    /// Unknown, missing, or a figure.
    fn figure(&self, person: &Person, whom: For, now: u32) -> Option<Option<i64>> {
        if self.figure == Figure::Views {
            person.sees(whom, DataCategory::Browsing)?;
            return Some(Some(person.viewed(now, self.window)));
        }
        person.sees(whom, DataCategory::Purchases)?;
        let bought = person.bought(now, self.window.filter(|_| self.figure != Figure::DaysSince));
        let sum: i64 = bought.iter().map(|(_, amount)| amount).sum();
        Some(match self.figure {
            Figure::Spend => Some(sum),
            Figure::Mean => (!bought.is_empty()).then(|| sum / bought.len() as i64),
            _ => {
                bought.iter().map(|(hour, _)| *hour).max().map(|last| i64::from((now - last) / DAY))
            }
        })
    }

    fn base(&self, person: &Person, whom: For, now: u32) -> Truth {
        match self.base {
            Base::All => Some(true),
            Base::NoTrade => person.trades(whom).map(|trades| !trades),
            Base::Bought(window) => {
                person.sees(whom, DataCategory::Purchases)?;
                Some(!person.bought(now, Some(window)).is_empty())
            }
        }
    }

    /// The place that a figure gives: larger is better, from here on.
    fn better(&self, figure: i64) -> i64 {
        if self.smallest_first { -figure } else { figure }
    }

    /// In which group a person feeds which figure.
    fn fed(&self, person: &Person, now: u32) -> Option<(Option<&'static str>, i64)> {
        let city = if self.by_city { Some(person.city(For::Others)??) } else { None };
        let figure = self.figure(person, For::Others, now)??;
        (self.base(person, For::Others, now) == Some(true)).then_some((city, figure))
    }
}

/// A place among others; shares and times in hundredths.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Parts(u32, u32, u32),
    Share(u32),
    First(u32),
    Over(u32),
    Under(u32),
}

impl Place {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(6) {
            0 | 1 => {
                let of = *dice.pick(&[1, 2, 3, 4, 5, 10, 100]);
                let from = 1 + dice.below(of) as u32;
                Self::Parts(from, from + dice.below(of + 1 - from as usize) as u32, of as u32)
            }
            2 => Self::Share(*dice.pick(&[0, 1, 20, 40, 50, 80, 99, 100])),
            3 => Self::First(*dice.pick(&[1, 2, 3, 5, 100])),
            4 => Self::Over(*dice.pick(&[0, 50, 100, 150])),
            _ => Self::Under(*dice.pick(&[0, 50, 100, 150, 300])),
        }
    }

    fn condition(&self, ranking: &str) -> Condition {
        let placed = ranked(ranking);
        match *self {
            Self::Parts(from, to, of) => placed.quantiles(from, to, of),
            Self::Share(share) => placed.top_share(f64::from(share) / 100.0),
            Self::First(number) => placed.first(number),
            Self::Over(times) => placed.over_mean(f64::from(times) / 100.0),
            Self::Under(times) => placed.under_mean(f64::from(times) / 100.0),
        }
    }

    /// Whether whoever stands so high has this place.
    fn has(
        &self,
        list: &[(i64, i64, Identifier)],
        figure: i64,
        better: i64,
        who: &Identifier,
    ) -> bool {
        let all = list.len();
        // The highest step that this one reaches.
        let step = (0..all).filter(|step| reaches(list, *step, better, who)).max().unwrap();
        let sum: i64 = list.iter().map(|(_, figure, _)| figure).sum();
        match *self {
            Self::Parts(from, to, of) => {
                let part = 1 + (of as usize * step / all) as u32;
                (from..=to).contains(&part)
            }
            Self::First(number) => step + number as usize >= all,
            Self::Share(share) => {
                let (mut running, mut fewest) = (0, 0);
                while running * 100 < i64::from(share) * sum {
                    running += list[all - 1 - fewest].1;
                    fewest += 1;
                }
                step + fewest >= all
            }
            Self::Over(times) => figure * 100 * all as i64 > i64::from(times) * sum,
            Self::Under(times) => figure * 100 * (all as i64) < i64::from(times) * sum,
        }
    }
}

/// Whether somebody stands at least as high as a step. Where a step and the one below have
/// the same figure, it begins at the first beginning of its identifier that comes after the
/// lower one.
fn reaches(list: &[(i64, i64, Identifier)], step: usize, better: i64, who: &Identifier) -> bool {
    let (figure, _, holder) = &list[step];
    let Some((lower, _, below)) = step.checked_sub(1).map(|below| &list[below]) else {
        return true;
    };
    if figure != lower || better != *figure {
        return better >= *figure;
    }
    if holder.kind() != below.kind() {
        return who.kind() >= holder.kind();
    }
    let value = holder.value().as_bytes();
    let begins = (1..=value.len()).map(|n| &value[..n]);
    let begin = begins.into_iter().find(|begin| *begin > below.value().as_bytes()).unwrap();
    (who.kind(), who.value().as_bytes()) >= (holder.kind(), begin)
}

/// A segment's condition.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Placed(usize, Place),
    Viewed(u32),
    Not(Box<Ask>),
    All(Vec<Ask>),
    Any(Vec<Ask>),
}

impl Ask {
    pub(crate) fn random(dice: &mut Dice, orders: &[Order]) -> Self {
        let one = |dice: &mut Dice| Self::Placed(dice.below(orders.len()), Place::random(dice));
        match dice.below(8) {
            0..4 => one(dice),
            4 => Self::Not(Box::new(one(dice))),
            5 => Self::All(vec![one(dice), one(dice)]),
            6 => Self::Any(vec![one(dice), Self::Not(Box::new(one(dice)))]),
            _ => Self::All(vec![one(dice), Self::Viewed(1)]),
        }
    }

    pub(crate) fn condition(&self) -> Condition {
        match self {
            Self::Placed(order, place) => place.condition(&format!("r{order}")),
            Self::Viewed(least) => count(Kind::Viewed).at_least(*least),
            Self::Not(ask) => not(ask.condition()),
            Self::All(asks) => all(asks.iter().map(Self::condition)),
            Self::Any(asks) => any(asks.iter().map(Self::condition)),
        }
    }

    fn orders(&self, into: &mut Vec<usize>) {
        match self {
            Self::Placed(order, _) => into.push(*order),
            Self::Viewed(_) => {}
            Self::Not(ask) => ask.orders(into),
            Self::All(asks) | Self::Any(asks) => asks.iter().for_each(|ask| ask.orders(into)),
        }
    }

    /// Whether a person is in the segment.
    pub(crate) fn met(
        &self,
        orders: &[Order],
        found: Option<&Ranks>,
        who: &Identifier,
        person: &Person,
        now: u32,
    ) -> bool {
        let truth = self.truth(
            &|order, place| {
                let base = orders[order].base(person, For::Me, now);
                let placed = placed(&orders[order], place, found, who, person, now);
                both(base, placed)
            },
            &|least| {
                person.sees(For::Me, DataCategory::Browsing)?;
                Some(person.viewed(now, None) >= i64::from(least))
            },
        );
        !person.lets_see_nothing(For::Me) && truth == Some(true)
    }

    fn truth(
        &self,
        placed: &dyn Fn(usize, &Place) -> Truth,
        viewed: &dyn Fn(u32) -> Truth,
    ) -> Truth {
        let not = |truth: Truth| truth.map(|yes| !yes);
        match self {
            Self::Placed(order, place) => placed(*order, place),
            Self::Viewed(least) => viewed(*least),
            Self::Not(ask) => not(ask.truth(placed, viewed)),
            Self::All(asks) => every(asks.iter().map(|ask| ask.truth(placed, viewed))),
            Self::Any(asks) => not(every(asks.iter().map(|ask| not(ask.truth(placed, viewed))))),
        }
    }
}

fn every(parts: impl Iterator<Item = Truth>) -> Truth {
    let mut all = Some(true);
    for part in parts {
        all = both(all, part);
    }
    all
}

fn both(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn placed(
    order: &Order,
    place: &Place,
    found: Option<&Ranks>,
    who: &Identifier,
    person: &Person,
    now: u32,
) -> Truth {
    let Some(figure) = order.figure(person, For::Me, now)? else { return Some(false) };
    let city = match order.by_city {
        true => match person.city(For::Me)? {
            Some(city) => Some(city.to_owned()),
            None => return Some(false),
        },
        false => None,
    };
    let list = found.and_then(|found| found.lists.get(&(order.name.clone(), city)));
    Some(list.is_some_and(|list| place.has(list, figure, order.better(figure), who)))
}

/// Which group of which order.
pub(crate) type Group = (String, Option<String>);

/// Everybody, sorted.
#[derive(Debug, Clone)]
pub(crate) struct Ranks {
    /// By how good it is: that, the figure, and whose it is.
    lists: BTreeMap<Group, Vec<(i64, i64, Identifier)>>,
    /// Who fed which orders, and how much was known of each then.
    pub(crate) fed: BTreeMap<Identifier, (Vec<Order>, usize)>,
    /// Who was erased since.
    gone: Vec<Identifier>,
}

impl Ranks {
    pub(crate) fn find(
        orders: &[Order],
        asks: &[(String, Ask)],
        people: &BTreeMap<Identifier, Person>,
        now: u32,
    ) -> Self {
        let mut asked = Vec::new();
        asks.iter().for_each(|(_, ask)| ask.orders(&mut asked));
        let (lists, fed, gone) = Default::default();
        let mut ranks = Self { lists, fed, gone };
        for (who, person) in people {
            let those = orders.iter().enumerate().filter(|(n, _)| asked.contains(n));
            for (_, order) in those {
                if let Some((city, figure)) = order.fed(person, now) {
                    let group = (order.name.clone(), city.map(str::to_owned));
                    let list = ranks.lists.entry(group).or_default();
                    list.push((order.better(figure), figure, who.clone()));
                    let fed = ranks.fed.entry(who.clone());
                    fed.or_insert((Vec::new(), person.len())).0.push(order.clone());
                }
            }
        }
        let key = |(better, _, who): &(i64, i64, Identifier)| (*better, who.clone());
        ranks.lists.values_mut().for_each(|list| list.sort_by_key(key));
        ranks
    }

    /// How many, and how much in all.
    pub(crate) fn count(&self, group: &Group) -> (u64, i128) {
        let list = &self.lists[group];
        (list.len() as u64, list.iter().map(|(_, figure, _)| i128::from(*figure)).sum())
    }

    pub(crate) fn forget(&mut self, who: &Identifier) {
        self.gone.push(who.clone());
    }

    /// Whether somebody is there and took nothing back, at any time, of what they let be fed.
    pub(crate) fn stays(&self, who: &Identifier, person: Option<&Person>) -> bool {
        let ((orders, len), Some(person)) = (&self.fed[who], person) else { return false };
        if self.gone.contains(who) {
            return false;
        }
        let open = |person: &Person, order: &Order| {
            order.needs().iter().all(|needs| person.lets_see(For::Others, needs))
        };
        let then = person.before(*len);
        (*len..=person.len()).map(|len| person.before(len)).all(|later| {
            let mut open_then = orders.iter().filter(|order| open(&then, order));
            !later.lets_see_nothing(For::Others) && open_then.all(|order| open(&later, order))
        })
    }
}
