//! Lives by example, as data that anybody can read, in `tests/cases/lifecycle.json`.
//!
//! A case tells the dates of the orders and the whole diary of that customer: since when
//! in which stage, up to the end of time. A date is its first instant in UTC.

use serde::Deserialize;

use super::{Lifecycle, Stage, stage};
use crate::types::{Timestamp, days};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    /// What the host says other than the defaults.
    #[serde(default)]
    host: Host,
    orders: Vec<Timestamp>,
    diary: Vec<(Timestamp, Stage)>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Host {
    typical_gap_days: Option<u32>,
    rhythm_days: Option<(u32, u32)>,
    own_rhythm_from_orders_of_gaps: Option<(u32, u32)>,
    at_risk_percent: Option<u32>,
    lapsed_percent: Option<u32>,
    won_back_orders_percent: Option<(u32, u32)>,
    new_orders_percent: Option<(u32, u32)>,
    window_percent: Option<u32>,
    trend: Option<(u32, u32, u32)>,
}

impl Host {
    fn lifecycle(&self) -> Lifecycle {
        let mut of = Lifecycle::new();
        if let Some((shortest, longest)) = self.rhythm_days {
            of = of.rhythm_between(days(shortest), days(longest));
        }
        if let Some(gap) = self.typical_gap_days {
            of = of.typical_gap(days(gap));
        }
        if let Some((orders, gaps)) = self.own_rhythm_from_orders_of_gaps {
            of = of.own_rhythm(orders, gaps);
        }
        if let Some(percent) = self.at_risk_percent {
            of = of.at_risk_after(percent);
        }
        if let Some(percent) = self.lapsed_percent {
            of = of.lapsed_after(percent);
        }
        if let Some((orders, percent)) = self.won_back_orders_percent {
            of = of.won_back(orders, percent);
        }
        if let Some((orders, percent)) = self.new_orders_percent {
            of = of.new_below(orders, percent);
        }
        if let Some(percent) = self.window_percent {
            of = of.compare_over(percent);
        }
        if let Some((growing, declining, least)) = self.trend {
            of = of.trend(growing, declining, least);
        }
        of.check().unwrap();
        of
    }
}

/// The life, walked from one instant at which something may change to the next.
fn diary(orders: &[i64], lifecycle: &Lifecycle) -> Vec<(Timestamp, Stage)> {
    let mut diary: Vec<(Timestamp, Stage)> = Vec::new();
    let mut now = *orders.first().unwrap();
    assert_eq!(stage(orders, now - 1, lifecycle), None);
    while now < i64::MAX {
        let (stage, until) = stage(orders, now, lifecycle).unwrap();
        if diary.last().is_none_or(|(_, before)| *before != stage) {
            diary.push((Timestamp::from_millis(now), stage));
        }
        assert!(until > now);
        now = until;
    }
    diary
}

#[test]
fn every_life_has_its_diary() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../../tests/cases/lifecycle.json")).unwrap();
    assert!(cases.len() >= 15);
    let mut seen: Vec<Stage> = Vec::new();
    for case in cases {
        let orders: Vec<i64> = case.orders.iter().map(|at| at.as_millis()).collect();
        assert!(orders.is_sorted(), "{}: the orders are not in order", case.case);
        let walked = diary(&orders, &case.host.lifecycle());
        seen.extend(walked.iter().map(|(_, stage)| *stage));
        let told = |diary: &[(Timestamp, Stage)]| -> Vec<String> {
            diary.iter().map(|(at, stage)| format!("{at} {}", stage.name())).collect()
        };
        assert_eq!(told(&walked), told(&case.diary), "{}", case.case);
    }
    assert!(Stage::ALL.iter().all(|stage| seen.contains(stage)), "a stage without a case");
}

#[test]
fn a_stage_has_one_name() {
    for stage in Stage::ALL {
        assert_eq!(Stage::from_name(stage.name()), Some(stage));
        let json = format!("\"{}\"", stage.name());
        assert_eq!(serde_json::to_string(&stage).unwrap(), json);
        assert_eq!(serde_json::from_str::<Stage>(&json).unwrap(), stage);
    }
    assert_eq!(Stage::from_name("atrisk"), None);
}

#[test]
fn nobody_without_orders() {
    assert_eq!(stage(&[], 0, &Lifecycle::new()), None);
    assert_eq!(stage(&[1], 0, &Lifecycle::new()), None);
}
