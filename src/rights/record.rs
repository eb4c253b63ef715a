//! Consent records: what was asked and answered about one purpose, and under which terms,
//! in the fields of ISO/IEC TS 27560:2023 as the W3C Data Privacy Vocabulary gives them.

use serde::Serialize;

use crate::consent::{Chosen, Permission, PrivacyPolicy};
use crate::event::{Choice, Grant};
use crate::numeric::digest;
use crate::profile::Profile;
use crate::types::{
    Basis, Channel, ConsentState, DataCategory, Identifier, Jurisdiction, Purpose, Timestamp,
    redacted,
};

/// The record of a customer's consent to one purpose. Its JSON is for whoever checks the
/// host: a customer, an authority, another system.
#[derive(Clone, PartialEq, Serialize)]
pub struct ConsentRecord {
    /// The specification that the fields are those of.
    pub schema_version: &'static str,
    /// The record's own number: the same for one customer and purpose.
    pub record_id: String,
    /// Whose it is.
    pub pii_principal: Identifier,
    /// What was to be done.
    pub processing: Processing,
    /// With which data.
    pub pii: Vec<Pii>,
    /// What became of it: each word, by time.
    pub events: Vec<ConsentEvent>,
    /// What holds now.
    pub state: ConsentState,
    /// Until when, as far as it ends by itself.
    pub valid_until: Option<Timestamp>,
}

/// The terms of a consent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Processing {
    /// The purpose.
    pub purpose: Purpose,
    /// The purpose in the Data Privacy Vocabulary.
    pub purpose_type: Option<String>,
    /// What it rests on.
    pub lawful_basis: Vec<Basis>,
    /// The same in the Data Privacy Vocabulary.
    pub lawful_basis_type: Vec<&'static str>,
    /// Whose law holds, as far as it is known.
    pub jurisdiction: Option<Jurisdiction>,
    /// Who else is given data of it.
    pub recipient_third_parties: Vec<String>,
    /// How data are processed: scores and choices are made by a program.
    pub processing_method: &'static str,
    /// How the consent is taken back: as it was given.
    pub withdrawal_method: &'static str,
    /// The rights of the GDPR that come with it, as the Data Privacy Vocabulary names them.
    pub privacy_rights: &'static [&'static str],
}

/// A kind of data that a consent is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pii {
    /// The category.
    pub pii_type: DataCategory,
    /// The same in fideslang.
    pub fideslang: Option<&'static str>,
    /// Whether the purpose may use it now.
    pub allowed: bool,
    /// Whether the service does without it: all that rests on consent.
    pub optional: bool,
    /// Whether it is a special category.
    pub special_category: bool,
    /// Whether it was worked out from other data.
    pub inferred: bool,
    /// For how many days it is kept; for as long as nobody erases it, if not said.
    pub retention_days: Option<u64>,
}

/// One word on a purpose.
#[derive(Clone, PartialEq, Serialize)]
pub struct ConsentEvent {
    /// When.
    pub at: Timestamp,
    /// What it says by itself.
    pub state: ConsentState,
    /// For which categories alone, if it names some.
    pub only: Option<Vec<DataCategory>>,
    /// Under which identifier it was said.
    pub told_under: Identifier,
    /// Where.
    pub collection_channel: Option<Channel>,
    /// Who said it.
    pub by: &'static str,
    /// How: `dpv:ExplicitlyExpressedConsent` or `dpv:ExpressedConsent`.
    pub expression: &'static str,
    /// The version of the notice, where that is not the one of the time.
    pub privacy_notice: Option<u32>,
    /// The language of the notice.
    pub language: Option<String>,
}

const SCHEMA: &str = "ISO/IEC TS 27560:2023";

/// Withdrawal, access, rectification, erasure, restriction, portability, objection, no
/// decision by programs alone, complaint.
const RIGHTS: [&str; 9] = [
    "eu-gdpr:A7-3",
    "eu-gdpr:A15",
    "eu-gdpr:A16",
    "eu-gdpr:A17",
    "eu-gdpr:A18",
    "eu-gdpr:A20",
    "eu-gdpr:A21",
    "eu-gdpr:A22",
    "eu-gdpr:A77",
];

impl ConsentRecord {
    /// Of every purpose on which a customer said something, in the order of purposes.
    pub(crate) fn all(profile: &Profile, policy: &PrivacyPolicy, now: Timestamp) -> Vec<Self> {
        let each = policy.purposes().map(|(purpose, _)| Self::of(profile, policy, purpose, now));
        each.filter(|record| !record.events.is_empty()).collect()
    }

    fn of(profile: &Profile, policy: &PrivacyPolicy, purpose: &Purpose, now: Timestamp) -> Self {
        let permission = Permission::of(&profile.choices, policy, purpose, now);
        // The word of somebody who went another way is a bound, and not the customer's.
        let own = profile.choices.iter();
        let own = own.filter(|c| c.under.as_ref().is_none_or(|who| profile.is(who)));
        let events = own.filter_map(|chosen| event(chosen, purpose, &profile.customer));
        let number = digest(&(&profile.customer, purpose));
        Self {
            schema_version: SCHEMA,
            record_id: number.to_string(),
            pii_principal: profile.customer.clone(),
            events: events.collect(),
            state: permission.state,
            valid_until: permission.until,
            pii: pii(&permission, policy, purpose),
            processing: Processing {
                purpose_type: policy.terms_of(purpose).and_then(|terms| terms.dpv.clone()),
                lawful_basis_type: permission.bases.iter().map(|basis| basis.dpv()).collect(),
                lawful_basis: permission.bases,
                jurisdiction: profile.choices.law(now).cloned(),
                recipient_third_parties: policy.recipients_of(purpose),
                processing_method: "automated",
                withdrawal_method: "one word, as it was given; in force before it is answered",
                privacy_rights: &RIGHTS,
                purpose: purpose.clone(),
            },
        }
    }
}

/// The kinds of data that a purpose may use at most.
fn pii(permission: &Permission, policy: &PrivacyPolicy, purpose: &Purpose) -> Vec<Pii> {
    let foreseen = policy.foreseen(purpose);
    let each = (0..).zip(policy.categories()).filter(|(number, _)| foreseen.has(*number));
    let line = |(number, (category, basis)): (usize, (&DataCategory, Basis))| Pii {
        fideslang: category.fideslang(),
        allowed: permission.categories.contains(category),
        optional: basis.is_consent(),
        special_category: policy.special_ones().has(number),
        inferred: policy.inferences().has(number),
        retention_days: u64::try_from(policy.keeps(number)).ok().and_then(days),
        pii_type: category.clone(),
    };
    each.map(line).collect()
}

/// Milliseconds in whole days; none for ever.
fn days(millis: u64) -> Option<u64> {
    (millis < i64::MAX as u64).then_some(millis.div_ceil(86_400_000))
}

fn event(chosen: &Chosen, purpose: &Purpose, customer: &Identifier) -> Option<ConsentEvent> {
    let Choice { notice, guardian, explicit, language, .. } = &chosen.choice;
    let grant = chosen.choice.purposes.get(purpose)?;
    let by_host =
        matches!(grant, Grant::Asked | Grant::Revoked | Grant::Invalidated | Grant::SoftOptIn);
    Some(ConsentEvent {
        at: chosen.at,
        state: grant.state(),
        only: match grant {
            Grant::Only(categories) => Some(categories.clone()),
            _ => None,
        },
        told_under: chosen.under.as_ref().unwrap_or(customer).clone(),
        collection_channel: chosen.channel.clone(),
        by: match (by_host, guardian) {
            (true, _) => "controller",
            (false, true) => "guardian",
            (false, false) => "pii_principal",
        },
        expression: match explicit {
            true => "dpv:ExplicitlyExpressedConsent",
            false => "dpv:ExpressedConsent",
        },
        privacy_notice: *notice,
        language: language.as_deref().map(str::to_owned),
    })
}

redacted! {
    ConsentRecord { record_id, state }
    ConsentEvent { at, state }
}
