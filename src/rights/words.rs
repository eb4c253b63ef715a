//! What our own words are called in a language: purposes, categories, levels, bases, times.

use std::time::Duration;

use serde::Serialize;

use super::messages::Messages;
use crate::consent::Denial;
use crate::types::{
    Basis, Channel, ConsentState, DataCategory, Identifier, Jurisdiction, Level, Purpose, Timestamp,
};

/// A time, exact and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// In milliseconds.
    pub millis: u64,
    /// In words: `180 days (about 6 months)`.
    pub words: String,
}

/// Where the law of the European Economic Area holds (ISO 3166-1), and the union itself.
const EUROPE: [&str; 31] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "EU", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl Messages {
    pub(super) fn purpose(&self, purpose: &Purpose) -> String {
        self.word("purpose", purpose.name())
    }

    /// What of a purpose can be switched off.
    pub(super) fn switch(&self, purpose: &Purpose) -> String {
        let known = self.get(&format!("purpose.{}.switch", purpose.name()));
        known.map_or_else(|| self.purpose(purpose), str::to_owned)
    }

    pub(super) fn category(&self, category: &DataCategory) -> String {
        self.word("category", category.name())
    }

    pub(super) fn categories(&self, categories: &[DataCategory]) -> String {
        let words: Vec<String> = categories.iter().map(|it| self.category(it)).collect();
        words.join(", ")
    }

    pub(super) fn channel(&self, channel: &Channel) -> String {
        let known = self.get(&format!("channel.{}", channel.name()));
        known.unwrap_or(channel.name()).to_owned()
    }

    pub(super) fn identifier(&self, identifier: &Identifier) -> String {
        let kind = self.word("identifier", identifier.kind().name());
        format!("{kind} {}", identifier.value())
    }

    pub(super) fn level(&self, level: Level) -> String {
        self.say(match level {
            Level::Off => "level.off",
            Level::Contextual => "level.contextual",
            Level::OwnHistory => "level.own_history",
            Level::Collaborative => "level.collaborative",
        })
    }

    pub(super) fn basis(&self, basis: Basis) -> String {
        self.say(&format!("basis.{}", basis_name(basis)))
    }

    /// The article of a law that a basis is from, if a catalogue knows one: of this law, or
    /// of one that it is a part of. Where no law is said, that of the European Union.
    pub(super) fn article(&self, basis: Basis, law: Option<&Jurisdiction>) -> Option<String> {
        let name = basis_name(basis);
        let under = |law: &str| {
            let own = self.get(&format!("article.{law}.{name}"));
            let union = || EUROPE.contains(&law).then(|| self.get(&format!("article.EU.{name}")));
            own.or_else(|| union().flatten())
        };
        let found = match law {
            Some(law) => law.outwards().find_map(under),
            None => under("EU"),
        };
        found.map(str::to_owned)
    }

    pub(super) fn denial(&self, denial: Denial) -> String {
        self.say(match denial {
            Denial::Restricted => "denial.restricted",
            Denial::Level(_) => "denial.level",
            Denial::Consent(_) => "denial.consent",
            Denial::NotForeseen => "denial.not_foreseen",
            Denial::Special => "denial.special",
            Denial::NotNamed => "denial.not_named",
            Denial::Objected => "denial.objected",
            Denial::Adults => "denial.adults",
            Denial::Guardian => "denial.guardian",
            Denial::NotExplicit => "denial.not_explicit",
        })
    }

    pub(super) fn state(&self, state: ConsentState) -> String {
        self.say(match state {
            ConsentState::Unknown => "state.unknown",
            ConsentState::Requested => "state.requested",
            ConsentState::RequestDeferred => "state.request_deferred",
            ConsentState::Refused => "state.refused",
            ConsentState::Given => "state.given",
            ConsentState::RenewedGiven => "state.renewed_given",
            ConsentState::Expired => "state.expired",
            ConsentState::Invalidated => "state.invalidated",
            ConsentState::Revoked => "state.revoked",
            ConsentState::Withdrawn => "state.withdrawn",
        })
    }

    /// A time in words, exact to the millisecond; one of two months or more also in months
    /// or years.
    pub(super) fn span(&self, time: Duration) -> Span {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let units = [
            ("unit.days", 86_400_000),
            ("unit.hours", 3_600_000),
            ("unit.minutes", 60_000),
            ("unit.seconds", 1_000),
            ("unit.milliseconds", 1),
        ];
        let (mut rest, mut parts) = (millis, Vec::new());
        for (unit, length) in units {
            if rest >= length {
                parts.push(self.count(unit, rest / length, &[]));
                rest %= length;
            }
        }
        let exact = parts.join(" ");
        let words = match about(millis) {
            Some((unit, n)) => {
                let about = self.count(unit, n, &[]);
                self.with("span.about", &[("exact", &exact), ("about", &about)])
            }
            None => exact,
        };
        Span { millis, words }
    }
}

/// The nearest number of months, or from two years on of years.
fn about(millis: u64) -> Option<(&'static str, u64)> {
    const YEAR: u64 = 31_556_952_000;
    let nearest = |length: u64| millis.saturating_add(length / 2) / length;
    match nearest(YEAR / 12) {
        0 | 1 => None,
        12 => Some(("unit.years", 1)),
        months @ ..24 => Some(("unit.months", months)),
        _ => Some(("unit.years", nearest(YEAR))),
    }
}

fn basis_name(basis: Basis) -> &'static str {
    match basis {
        Basis::Consent => "consent",
        Basis::Contract => "contract",
        Basis::ExplicitConsent => "explicit_consent",
        Basis::LegalObligation => "legal_obligation",
        Basis::LegitimateInterest => "legitimate_interest",
        Basis::SoftOptIn => "soft_opt_in",
    }
}

/// The day of an instant in UTC, as `2026-03-02`.
pub(super) fn date(at: Timestamp) -> String {
    let text = at.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
