//! The condition that asks the same, as data in JSON: of the whole language.

use chrono::NaiveDate;
use confidant::{Condition, DataCategory, Value};
use serde_json::{Value as Json, json};

use super::{
    Ago, Ask, Be, Bound, Chain, Deeds, Figure, Measure, Numbers, Pick, Property, Step, What, When,
    Which,
};

impl Ask {
    /// Read from JSON.
    pub fn read(&self) -> Condition {
        let json = self.json();
        serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    pub fn json(&self) -> Json {
        let each = |parts: &[Self]| parts.iter().map(Self::json).collect::<Vec<_>>();
        match self {
            Self::Always => json!("always"),
            Self::All(parts) => json!({"all": each(parts)}),
            Self::Any(parts) => json!({"any": each(parts)}),
            Self::Not(part) => json!({"not": part.json()}),
            Self::Attribute(name, be) => json!({"attribute": [name, be.json()]}),
            Self::Session(name, be) => json!({"session": [name, be.json()]}),
            Self::Past(past) => {
                let mut history = past.figure.json();
                history["test"] = past.bound.json();
                json!({"history": history})
            }
            Self::Ratio(part, whole, bound) => json!({
                "ratio": {"part": part.json(), "whole": whole.json(), "test": bound.json()},
            }),
            Self::Pick(pick) => json!({"pick": pick.json()}),
            Self::Sequence(chain) => json!({"sequence": chain.json()}),
            Self::Points(parts, bound) => {
                let parts: Vec<Json> =
                    parts.iter().map(|(part, points)| json!([part.json(), points])).collect();
                json!({"points": {"parts": parts, "test": bound.json()}})
            }
            Self::Bucket(draw, from, to) => {
                json!({"bucket": {"draw": draw, "from": from, "to": to}})
            }
            Self::Stage(stages) => json!({"stage": stages}),
            Self::InSegment(id) => json!({"in_segment": id}),
        }
    }
}

fn values(values: &[Value]) -> Json {
    serde_json::to_value(values).unwrap()
}

/// In the words for lengths of time: the largest unit that it is whole in.
fn span(ms: i64) -> Json {
    let units = [("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000)];
    let whole = units.iter().find(|(_, unit)| ms != 0 && ms % unit == 0);
    let (name, unit) = whole.unwrap_or(&("ms", 1));
    json!(format!("{} {name}", ms / unit))
}

impl Be {
    pub fn json(&self) -> Json {
        let value = |value: &Value| serde_json::to_value(value).unwrap();
        match self {
            Self::There => json!("exists"),
            Self::OneOf(these) => json!({"one_of": values(these)}),
            Self::NoneOf(these) => json!({"none_of": values(these)}),
            Self::AllOf(texts) => {
                let texts: Vec<Json> = texts.iter().map(|text| json!({"text": text})).collect();
                json!({"all_of": texts})
            }
            Self::AtLeast(bound) => json!({"at_least": value(bound)}),
            Self::AtMost(bound) => json!({"at_most": value(bound)}),
            Self::MoreThan(bound) => json!({"more_than": value(bound)}),
            Self::LessThan(bound) => json!({"less_than": value(bound)}),
            Self::Contains(text) => json!({"contains": text}),
            Self::StartsWith(text) => json!({"starts_with": text}),
            Self::EndsWith(text) => json!({"ends_with": text}),
            Self::Matches(pattern) => json!({"matches": pattern.text()}),
            Self::Ago(ago) => json!({"ago": match *ago {
                Ago::MoreThan(ms) => json!({"more_than": span(ms)}),
                Ago::AtMost(ms) => json!({"at_most": span(ms)}),
                Ago::Between(least, most) => json!({"between": [span(least), span(most)]}),
                Ago::WithinNext(ms) => json!({"within_next": span(ms)}),
            }}),
            Self::Anniversary(days) => json!({"anniversary": days}),
            Self::Unchanged(ms) => json!({"unchanged": span(*ms)}),
            Self::Size(bound) => json!({"size": bound.json()}),
            Self::Near(lat, lon, metres) => json!({"near": [{"lat": lat, "lon": lon}, metres]}),
            Self::Some(ask) => json!({"some": ask.json()}),
        }
    }
}

impl Bound {
    fn json(self) -> Json {
        match self {
            Self::AtLeast(least) => json!({"at_least": least}),
            Self::AtMost(most) => json!({"at_most": most}),
            Self::Between(least, most) => json!({"between": [least, most]}),
        }
    }
}

impl Figure {
    fn json(&self) -> Json {
        json!({
            "measure": self.measure.json(), "of": self.of.json(), "when": self.when.json(),
        })
    }
}

impl Measure {
    fn json(&self) -> Json {
        match self {
            Self::Count => json!("count"),
            Self::Orders => json!("orders"),
            Self::Items => json!("items"),
            Self::Channels => json!("channels"),
            Self::Categories => json!("categories"),
            Self::Total(currency) => json!({"total": currency}),
            Self::Basket(currency) => json!({"basket": currency}),
            Self::Since => json!("since"),
            Self::SinceFirst => json!("since_first"),
            Self::DaysSince => json!("days_since"),
            Self::Average(numbers) => json!({"average": numbers.json()}),
            Self::Minimum(numbers) => json!({"minimum": numbers.json()}),
            Self::Maximum(numbers) => json!({"maximum": numbers.json()}),
            Self::Sum(numbers) => json!({"sum": numbers.json()}),
        }
    }
}

impl Numbers {
    fn json(&self) -> Json {
        match self {
            Self::Amount(currency) => json!({"amount": currency}),
            Self::Quantity => json!("quantity"),
            Self::Property(category, name) => json!({"property": [name, own(category)]}),
        }
    }
}

fn own(category: &Option<DataCategory>) -> Json {
    json!(category.as_ref().map(DataCategory::name))
}

impl When {
    fn json(self) -> Json {
        let day = |day: NaiveDate| day.to_string();
        match self {
            Self::Ever => json!("ever"),
            Self::Last(ms) => json!({"last": span(ms)}),
            Self::Ago(from, to) => json!({"ago": [span(from), span(to)]}),
            Self::This(unit) => json!({"this": unit}),
            Self::Previous(n, unit) => json!({"previous": [n, unit]}),
            Self::Days(from, to) => json!({"days": [day(from), day(to)]}),
        }
    }
}

impl Deeds {
    fn json(&self) -> Json {
        let kinds: Vec<Json> =
            self.kinds.iter().map(|kind| serde_json::to_value(kind).unwrap()).collect();
        let channels: Vec<Json> =
            self.channels.iter().map(|on| serde_json::to_value(on).unwrap()).collect();
        let priced = |(currency, range): &(String, Bound)| json!({"currency": currency, "range": range.json()});
        json!({
            "kinds": kinds,
            "channels": channels,
            "items": self.items,
            "categories": self.categories,
            "amounts": self.amounts.iter().map(priced).collect::<Vec<_>>(),
            "prices": self.prices.iter().map(priced).collect::<Vec<_>>(),
            "properties": self.properties.iter().map(Property::json).collect::<Vec<_>>(),
        })
    }
}

impl Property {
    fn json(&self) -> Json {
        json!({"category": own(&self.category), "name": self.name, "test": self.be.json()})
    }
}

impl Pick {
    fn json(&self) -> Json {
        let which = match self.which {
            Which::First => "first",
            Which::Last => "last",
            Which::MostFrequent => "most_frequent",
        };
        let what = match self.what {
            What::Item => json!("item"),
            What::Channel => json!("channel"),
            What::Category(depth) => json!({"category": depth}),
        };
        json!({
            "which": which, "what": what, "of": self.of.json(), "when": self.when.json(),
            "is": self.is,
        })
    }
}

impl Chain {
    fn json(&self) -> Json {
        let quiet = self.quiet.as_ref().map(|(of, ms)| json!([of.json(), span(*ms)]));
        json!({
            "steps": self.steps.iter().map(Step::json).collect::<Vec<_>>(),
            "quiet": quiet,
            "when": self.when.json(),
        })
    }
}

impl Step {
    fn json(&self) -> Json {
        json!({
            "of": self.of.json(),
            "within": self.within.map(span),
            "without": self.without.iter().map(Deeds::json).collect::<Vec<_>>(),
        })
    }
}
