//! What the policy says of one purpose: on what basis it rests, which depends on whose law
//! holds; what it may use, how far back, of whom; how long a consent to it holds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::types::{Basis, DataCategory, Jurisdiction, Level, Purpose};

/// What the policy says of one purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PurposeRule {
    pub(super) level: Level,
    /// `None`: every category, special ones only when named by the customer.
    pub(super) categories: Option<Vec<DataCategory>>,
    /// For how long a consent holds; until it is withdrawn, if nothing is said.
    pub(super) valid: Option<Duration>,
    /// For how long a customer who did not say yes is left alone.
    pub(super) rest: Option<Duration>,
    /// Where nothing else is said.
    pub(super) basis: Basis,
    /// Where the law is another.
    pub(super) elsewhere: BTreeMap<Jurisdiction, Basis>,
    /// Whether it is for adults alone, whatever a younger customer chooses.
    pub(super) adults: bool,
    /// How far back it looks; as far as there are data, if nothing is said.
    pub(super) looks_back: Option<Duration>,
    pub(super) terms: Terms,
}

impl PurposeRule {
    pub(super) fn new(level: Level, categories: Option<Vec<DataCategory>>) -> Self {
        Self {
            level,
            categories,
            valid: None,
            rest: None,
            basis: Basis::Consent,
            elsewhere: BTreeMap::new(),
            adults: false,
            looks_back: None,
            terms: Terms::default(),
        }
    }

    /// The bases that it rests on under these laws; under any, if it is not known which
    /// holds: then what all of them allow is allowed.
    pub(super) fn bases<'a>(
        &'a self,
        laws: &'a [&Jurisdiction],
    ) -> impl Iterator<Item = Basis> + 'a {
        let any = if laws.is_empty() { Some(self.every_basis()) } else { None };
        any.into_iter().flatten().chain(laws.iter().map(|law| self.basis_under(law)))
    }

    /// The basis that it rests on under one law.
    pub(super) fn basis_under(&self, law: &Jurisdiction) -> Basis {
        let nearest = law.outwards().find_map(|law| self.elsewhere.get(law));
        nearest.copied().unwrap_or(self.basis)
    }

    /// Every basis that it rests on anywhere.
    pub(super) fn every_basis(&self) -> impl Iterator<Item = Basis> + '_ {
        self.elsewhere.values().copied().chain([self.basis])
    }
}

/// What a purpose is called elsewhere.
///
/// ```
/// use confidant::Terms;
///
/// let terms = Terms::new().dpv("dpv:CreditChecking").fideslang("essential.fraud_detection");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// The term of the W3C Data Privacy Vocabulary.
    pub dpv: Option<String>,
    /// The data use of fideslang.
    pub fideslang: Option<String>,
    /// The purposes of the IAB Transparency and Consent Framework, by number.
    pub tcf: Vec<u8>,
}

impl Terms {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A term of the W3C Data Privacy Vocabulary.
    #[must_use]
    pub fn dpv(self, term: impl Into<String>) -> Self {
        Self { dpv: Some(term.into()), ..self }
    }

    /// A data use of fideslang.
    #[must_use]
    pub fn fideslang(self, key: impl Into<String>) -> Self {
        Self { fideslang: Some(key.into()), ..self }
    }

    /// Purposes of the IAB Transparency and Consent Framework, by number.
    #[must_use]
    pub fn tcf(self, purposes: impl IntoIterator<Item = u8>) -> Self {
        Self { tcf: purposes.into_iter().collect(), ..self }
    }

    /// Those of a purpose of ours.
    fn of(purpose: &Purpose) -> Self {
        Self {
            dpv: purpose.dpv().map(str::to_owned),
            fideslang: purpose.fideslang().map(str::to_owned),
            tcf: purpose.tcf().to_vec(),
        }
    }
}

/// Every purpose that a policy knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PurposeRules(pub(super) BTreeMap<Purpose, PurposeRule>);

impl PurposeRules {
    /// Those of ours.
    pub(super) fn usual() -> Self {
        let none = Some(Vec::new());
        let rules = [
            (Purpose::Contextual, Level::Contextual, none.clone()),
            (Purpose::Personalisation, Level::OwnHistory, None),
            (Purpose::CollaborativeLearning, Level::Collaborative, None),
            (Purpose::DirectMarketing, Level::Off, none.clone()),
            (Purpose::IdentityLinking, Level::OwnHistory, none.clone()),
            (Purpose::OfflineMatch, Level::OwnHistory, none),
        ];
        let rule = |(purpose, level, categories)| {
            let basis = match purpose {
                Purpose::Contextual => Basis::LegitimateInterest,
                _ => Basis::Consent,
            };
            let terms = Terms::of(&purpose);
            (purpose, PurposeRule { basis, terms, ..PurposeRule::new(level, categories) })
        };
        Self(rules.into_iter().map(rule).collect())
    }

    pub(super) fn get(&self, purpose: &Purpose) -> Option<&PurposeRule> {
        self.0.get(purpose)
    }

    /// The rule of a purpose. One that nothing else was said of may use nothing.
    pub(super) fn of(&mut self, purpose: Purpose) -> &mut PurposeRule {
        let nothing = || PurposeRule::new(Level::Collaborative, Some(Vec::new()));
        self.0.entry(purpose).or_insert_with(nothing)
    }
}
