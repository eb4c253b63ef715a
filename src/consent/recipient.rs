//! Recipients: who else may be given data, and why. Sharing is no level: each recipient
//! that rests on consent is a switch of its own.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::{Basis, DataCategory, RecipientId, check_text};

/// Somebody else to whom the host may give data (GDPR 13(1)(e), (f)).
///
/// ```
/// use confidant::{Basis, DataCategory, PrivacyPolicy, Recipient};
///
/// let courier = Recipient::new("courier", "delivers what you buy").on(Basis::Contract);
/// let partner = Recipient::new("partner", "shows you offers of theirs")
///     .gets([DataCategory::Purchases])
///     .in_country("US", "standard contractual clauses");
/// let policy = PrivacyPolicy::new().recipient(courier).recipient(partner);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipient {
    pub(crate) id: RecipientId,
    pub(crate) why: String,
    pub(crate) basis: Basis,
    pub(crate) gets: Vec<DataCategory>,
    /// The country, and what protects the data there.
    pub(crate) transfer: Option<(String, String)>,
}

impl Recipient {
    /// A recipient, with what for, in words for the customer. It rests on consent, if nothing
    /// else is said.
    #[must_use]
    pub fn new(id: impl Into<RecipientId>, why: impl Into<String>) -> Self {
        let (id, why) = (id.into(), why.into());
        Self { id, why, basis: Basis::Consent, gets: Vec::new(), transfer: None }
    }

    /// It rests on another basis: a courier on the contract, a tax office on the law, where
    /// there is nothing to choose; or on an interest, to which the customer can object.
    #[must_use]
    pub fn on(self, basis: Basis) -> Self {
        Self { basis, ..self }
    }

    /// It is given data of these categories.
    #[must_use]
    pub fn gets(self, categories: impl IntoIterator<Item = DataCategory>) -> Self {
        Self { gets: categories.into_iter().collect(), ..self }
    }

    /// It is in another country, where this protects the data (GDPR 44 to 49).
    #[must_use]
    pub fn in_country(self, country: impl Into<String>, safeguard: impl Into<String>) -> Self {
        Self { transfer: Some((country.into(), safeguard.into())), ..self }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &RecipientId {
        &self.id
    }

    /// Why it may be given data.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    pub(super) fn check(&self) -> Result<()> {
        check_text("recipient", self.id.as_str())?;
        self.gets.iter().try_for_each(DataCategory::check)?;
        let transfer = self.transfer.iter().flat_map(|(country, safeguard)| [country, safeguard]);
        if transfer.chain([&self.why]).any(|text| text.trim().is_empty()) {
            return Err(Error::configuration(
                "a recipient does not say what for, or what protects the data: expected both in \
                 words for the customer",
            ));
        }
        if self.basis == Basis::SoftOptIn {
            return Err(Error::configuration(
                "a soft opt-in is for messages: expected another basis for a recipient",
            ));
        }
        Ok(())
    }
}
