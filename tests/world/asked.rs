//! What an engine can be asked, and the system that is asked: the engine, or something that a
//! host built around it.

use confidant::*;

use super::euro;
use super::places::is_place;

/// Everything that an engine can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Output {
    Decide,
    Preview,
    DecideAll,
    Explain,
    Recommend,
    Segments,
    Changes,
    /// The segments that hang on what was found about everybody, and what of them changes.
    Places,
    /// What was found about everybody.
    Population,
    Statistics,
    View,
    Recognise,
    Predict,
    /// What a customer's switches show.
    Permissions,
    /// What those who live together come to.
    Household,
    /// What another customer is told of themselves.
    OthersReport,
    OthersExport,
    /// Who is in which segment, of everybody.
    Census,
    Lookalikes,
    Portrait,
    /// Whether those in the same segments get the same.
    Alike,
}

pub(crate) const OUTPUTS: [Output; 21] = [
    Output::Decide,
    Output::Preview,
    Output::DecideAll,
    Output::Explain,
    Output::Recommend,
    Output::Segments,
    Output::Changes,
    Output::Places,
    Output::Population,
    Output::Statistics,
    Output::View,
    Output::Recognise,
    Output::Predict,
    Output::Permissions,
    Output::Household,
    Output::OthersReport,
    Output::OthersExport,
    Output::Census,
    Output::Lookalikes,
    Output::Portrait,
    Output::Alike,
];

impl Output {
    /// Whether an answer tells of segments, those among them that hang on everybody.
    pub(crate) fn asks_for_segments(self) -> bool {
        let others = [
            Self::Segments,
            Self::Changes,
            Self::Statistics,
            Self::View,
            Self::Recognise,
            Self::Permissions,
        ];
        !others.contains(&self)
    }
}

/// A system that takes events and gives answers: the engine, or something that a host
/// built around it.
pub(crate) trait System {
    fn engine(&self) -> &Engine;

    /// What looks at one customer.
    fn looks_with(&self) -> &Engine {
        self.engine()
    }

    fn record(&self, now: Timestamp, event: Event) {
        let _ = self.engine().record(now, event).unwrap();
    }

    fn advance(&self, now: Timestamp) -> Vec<Change> {
        self.engine().advance(now).unwrap()
    }

    /// Finds places anew.
    fn refresh(&self, now: Timestamp) -> Vec<Change> {
        self.engine().refresh(now).unwrap()
    }

    fn fit(&self, now: Timestamp) {
        self.engine().fit(now).unwrap();
    }

    fn decide(&self, request: &Request) -> Answer {
        self.engine().decide(request).unwrap().into()
    }

    fn preview(&self, request: &Request) -> Answer {
        self.engine().preview(request).unwrap().into()
    }

    fn decide_all(&self, requests: &[Request]) -> Vec<Answer> {
        let answers = self.engine().decide_all(requests).unwrap();
        answers.into_iter().map(|d| d.unwrap().into()).collect()
    }

    fn recommend(&self, customer: &str, by: &str, scope: Scope, now: Timestamp) -> Vec<u8> {
        let list = self.engine().recommend(customer, by, 4, scope, now).unwrap();
        let due = (by == "due").then(|| self.engine().due(customer, by, 4, now).unwrap());
        serde_json::to_vec(&(list, due)).unwrap()
    }

    fn segments_of(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let mut segments = self.looks_with().segments_of(customer, now).unwrap();
        segments.retain(|segment| !is_place(segment));
        serde_json::to_vec(&segments).unwrap()
    }

    fn places(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let mut segments = self.looks_with().segments_of(customer, now).unwrap();
        segments.retain(is_place);
        serde_json::to_vec(&segments).unwrap()
    }

    fn population(&self) -> Vec<u8> {
        serde_json::to_vec(&self.engine().population().unwrap()).unwrap()
    }

    fn statistics(&self) -> Vec<u8> {
        self.engine().statistics().digest().to_string().into_bytes()
    }

    fn view(&self, customer: &str, purpose: &Purpose, now: Timestamp, visit: &Session) -> Vec<u8> {
        let view = self.looks_with().view(customer, purpose.clone(), now, Some(visit)).unwrap();
        let facts = view.attributes().iter();
        let facts = facts.map(|known| (&known.name, &known.value, known.since, known.held));
        let facts: Vec<_> = facts.collect();
        let visit =
            view.session().map(|visit| (visit.items().to_vec(), visit.get("weather").cloned()));
        let month = days(30);
        let asked = self.looks_with().aggregates(aggregates()).unwrap();
        let figures = view.aggregates(&asked);
        let figures = figures.iter().map(|told| (format!("{:?}", told.figure), told.until));
        let figures: Vec<_> = figures.collect();
        let story = (view.biography(month), view.usual(month, 60), view.dwell(month));
        serde_json::to_vec(&(view.len(), facts, visit, figures, story)).unwrap()
    }

    fn permissions(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        serde_json::to_vec(&self.engine().permissions(customer, now).unwrap()).unwrap()
    }

    fn household(&self, address: &Identifier, now: Timestamp) -> Vec<u8> {
        serde_json::to_vec(&self.engine().household(address, days(60), now).unwrap()).unwrap()
    }

    fn census(&self, now: Timestamp) -> Vec<u8> {
        let bought = Segment::new("draft", count(Kind::Purchased).at_least(2));
        let census = self.engine().estimate([bought], now).unwrap();
        let sizes = census.sizes();
        let who = |size: &SegmentSize| -> Vec<Identifier> {
            census.audience(size.segment.as_str()).unwrap().iter().cloned().collect()
        };
        let who: Vec<_> = sizes.iter().map(who).collect();
        serde_json::to_vec(&(census.to_string(), &sizes, who, census.overlaps().unwrap())).unwrap()
    }

    /// Those who are like some that the host names.
    fn lookalikes(&self, named: &[Identifier], now: Timestamp) -> Vec<u8> {
        let seed = Audience::everyone(&Roster::new(now, named.iter().cloned()).unwrap());
        let found = self.engine().lookalikes(&seed, 10, now).map_err(|error| error.to_string());
        serde_json::to_vec(&found).unwrap()
    }

    fn portrait(&self, now: Timestamp) -> Vec<u8> {
        let condition = count(Kind::Purchased).at_least(2);
        let portrait = self.engine().portrait(&condition, 10, now).unwrap();
        serde_json::to_vec(&(portrait.to_string(), portrait)).unwrap()
    }

    fn alike(&self, now: Timestamp) -> Vec<u8> {
        let report = self.engine().alike(&Channel::Web, None, 7, now).unwrap();
        serde_json::to_vec(&(report.to_string(), report)).unwrap()
    }

    /// The page, and the data that it is made of.
    fn report(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        let report = self.engine().customer_report(customer, now).unwrap();
        let page = report.as_ref().map(ToString::to_string);
        serde_json::to_vec(&(page, report)).unwrap()
    }

    fn export(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        serde_json::to_vec(&self.engine().export(customer, now).unwrap()).unwrap()
    }

    fn predict(&self, customer: &str, now: Timestamp) -> Vec<u8> {
        serde_json::to_vec(&self.engine().predictions(customer, now).unwrap()).unwrap()
    }

    fn recognise(&self, shown: &Identifier, now: Timestamp) -> Vec<u8> {
        serde_json::to_vec(&self.engine().recognise(shown, now).unwrap()).unwrap()
    }
}

/// One of each measure; of what the customer may not want to be seen, and of anything.
fn aggregates() -> [Aggregate; 10] {
    let (bought, euro) = (Kind::Purchased, euro());
    [
        Aggregate::count(Kind::Viewed).within(days(30)),
        Aggregate::count(Kinds::any()),
        Aggregate::orders(bought.clone()),
        Aggregate::items(Kind::Viewed).within(days(7)),
        Aggregate::sum(bought.clone(), euro),
        Aggregate::average(bought.clone(), euro).within(days(30)),
        Aggregate::minimum(bought.clone(), euro),
        Aggregate::maximum(bought, euro).within(days(30)),
        Aggregate::first(Kind::ContactedSupport),
        Aggregate::last(Kind::VisitedStore).within(days(30)),
    ]
}

/// A decision as a host would keep it: the whole of it, and the words for the customer.
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) words: String,
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        Self { bytes: decision.to_bytes(), words: decision.receipt().explain() }
    }
}

/// The engine itself.
pub(crate) struct Honest(pub(crate) Engine);

impl System for Honest {
    fn engine(&self) -> &Engine {
        &self.0
    }
}
