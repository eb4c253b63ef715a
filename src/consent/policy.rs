//! The host's privacy policy: which data are kept on what basis, and what each
//! purpose may use. It is data, and the same data that are enforced.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::categories::CategoryRules;
use super::controller::Controller;
use super::enforced::WorkedOut;
use super::notice::{Notice, Notices};
use super::purposes::{PurposeRules, Terms};
use super::recipient::Recipient;
use crate::numeric::{self, Digest};
use crate::types::{Basis, DataCategory, Jurisdiction, Level, Purpose, RecipientId};

/// What the host keeps, on what basis, and what each purpose may use.
///
/// The default keeps purchases, returns, service contacts and what is owned by contract
/// and all else by consent; posts and readings of devices are special; personalisation and
/// collaborative learning may use every category that is not special. The use of the
/// present visit rests on legitimate interest, and everything else on consent.
///
/// ```
/// use confidant::{Basis, DataCategory, PrivacyPolicy};
///
/// let health = DataCategory::custom("health");
/// let policy = PrivacyPolicy::new()
///     .category(health.clone(), Basis::Consent)
///     .special(health.clone())
///     .kind("bought_prescription", health)
///     .attribute("age", DataCategory::Demographics);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivacyPolicy {
    pub(super) categories: CategoryRules,
    pub(super) kinds: BTreeMap<Arc<str>, DataCategory>,
    pub(super) attributes: BTreeMap<Arc<str>, DataCategory>,
    pub(super) purposes: PurposeRules,
    pub(super) notices: Notices,
    /// From how many years on a customer's own consent counts, by jurisdiction.
    pub(super) of_age: BTreeMap<Jurisdiction, u8>,
    pub(super) recipients: BTreeMap<RecipientId, Recipient>,
    pub(super) controller: Option<Controller>,
    #[serde(skip)]
    pub(super) worked_out: WorkedOut,
}

impl Default for PrivacyPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl PrivacyPolicy {
    /// The default policy.
    #[must_use]
    pub fn new() -> Self {
        Self {
            categories: CategoryRules::usual(),
            kinds: BTreeMap::new(),
            attributes: BTreeMap::new(),
            purposes: PurposeRules::usual(),
            notices: Notices::default(),
            of_age: BTreeMap::new(),
            recipients: BTreeMap::new(),
            controller: None,
            worked_out: WorkedOut::default(),
        }
    }

    /// Keep data of this category on this basis.
    #[must_use]
    pub fn category(mut self, category: DataCategory, basis: Basis) -> Self {
        self.categories.of(category).basis = basis;
        self
    }

    /// This category is special (GDPR 9): a purpose uses it only when the customer
    /// names it.
    #[must_use]
    pub fn special(mut self, category: DataCategory) -> Self {
        self.categories.of(category).special = true;
        self
    }

    /// This category is a part of another: who names that one, of a purpose or in a
    /// [consent](crate::ConsentChange::allow_only), means this one too, unless it is
    /// special. What is special, inferred, not to be mentioned or kept for a time holds for
    /// all that is a part of it.
    ///
    /// ```
    /// use confidant::{Basis, DataCategory, PrivacyPolicy};
    ///
    /// let (health, allergies) = (DataCategory::custom("health"), DataCategory::custom("allergies"));
    /// let policy = PrivacyPolicy::new().special(health.clone()).part_of(allergies, health);
    /// ```
    #[must_use]
    pub fn part_of(mut self, category: DataCategory, whole: DataCategory) -> Self {
        self.categories.of(whole.clone());
        self.categories.of(category).within = Some(whole);
        self
    }

    /// What is of this category was worked out from other data: nobody provided or observed
    /// it, so it does not go along with a customer (GDPR 20), and the notice says so.
    #[must_use]
    pub fn inferred(mut self, category: DataCategory) -> Self {
        self.categories.of(category).inferred = true;
        self
    }

    /// Whether what is known of this category may be said aloud: in a reason, a greeting, a
    /// template, on a screen at the till. What may not can still shape an answer, as far as
    /// the customer allows it to be used; and the customer is told that it was looked at, by
    /// the category's name. If nothing is said, all but special categories may, and a part of
    /// what may not may not either.
    #[must_use]
    pub fn mention(mut self, category: DataCategory, aloud: bool) -> Self {
        self.categories.of(category).mention = Some(aloud);
        self
    }

    /// Of behaviours of this category that are kept without the customer's consent, only
    /// what is strictly necessary is kept: what, when, on which channel, in which order, how
    /// much; not at which place, in answer to what, nor any property. The caller is told by
    /// [`Recorded::Reduced`](crate::Recorded::Reduced). What was left out is gone: the same
    /// event sent again is known already.
    #[must_use]
    pub fn reduce(mut self, category: DataCategory) -> Self {
        self.categories.of(category).reduced = true;
        self
    }

    /// Keep data of this category so long after they happened, and no longer: from that
    /// instant on no answer has them, and the next [`advance`](crate::Engine::advance)
    /// takes them out of the store and out of what was learned. What is older when it
    /// comes is not taken. Choices, contacts and links are not of any category, and stay.
    ///
    /// ```
    /// use confidant::{DataCategory, PrivacyPolicy, days};
    ///
    /// let policy = PrivacyPolicy::new().keep_for(DataCategory::Browsing, days(180));
    /// ```
    #[must_use]
    pub fn keep_for(mut self, category: DataCategory, time: Duration) -> Self {
        self.categories.of(category).keep = Some(time);
        self
    }

    /// Events of this kind of the host's own are of this category.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<Arc<str>>, category: DataCategory) -> Self {
        self.categories.of(category.clone());
        self.kinds.insert(kind.into(), category);
        self
    }

    /// The attribute of this name is of this category.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Arc<str>>, category: DataCategory) -> Self {
        self.categories.of(category.clone());
        self.attributes.insert(name.into(), category);
        self
    }

    /// This purpose needs at least this level and may use these categories, and no
    /// others.
    #[must_use]
    pub fn purpose(
        mut self,
        purpose: Purpose,
        level: Level,
        categories: impl IntoIterator<Item = DataCategory>,
    ) -> Self {
        let categories: Vec<DataCategory> = categories.into_iter().collect();
        categories.iter().for_each(|c| _ = self.categories.of(c.clone()));
        let rule = self.purposes.of(purpose);
        (rule.level, rule.categories) = (level, Some(categories));
        self
    }

    /// This purpose rests on this basis, where nothing else [is said](Self::basis_in).
    /// Personalisation and collaborative learning rest on consent, explicit or not, whatever
    /// the law: what is stored for a contract never opens a view that ranks.
    ///
    /// ```
    /// use confidant::{Basis, PrivacyPolicy, Purpose};
    ///
    /// let policy = PrivacyPolicy::new()
    ///     .basis(Purpose::DirectMarketing, Basis::Consent)
    ///     .basis_in("GB", Purpose::DirectMarketing, Basis::SoftOptIn);
    /// ```
    #[must_use]
    pub fn basis(mut self, purpose: Purpose, basis: Basis) -> Self {
        self.purposes.of(purpose).basis = basis;
        self
    }

    /// Under the law of this jurisdiction, and of what is a part of it, this purpose rests
    /// on another basis. Of a customer of whom it is
    /// [not known](crate::ConsentChange::under_the_law_of) which law holds, what all of them
    /// allow is allowed.
    #[must_use]
    pub fn basis_in(
        mut self,
        law: impl Into<Jurisdiction>,
        purpose: Purpose,
        basis: Basis,
    ) -> Self {
        self.purposes.of(purpose).elsewhere.insert(law.into(), basis);
        self
    }

    /// Under this law a customer's own consent counts from this age on, and before that a
    /// [guardian's](crate::ConsentChange::by_guardian) (GDPR 8). If nothing is said it is 16
    /// years, and where it is not known which law holds, the highest of all. Somebody whose
    /// [age](crate::ConsentChange::aged) nobody told is taken to be old enough, except for
    /// what is for [adults only](Self::adults_only).
    #[must_use]
    pub fn consents_from(mut self, law: impl Into<Jurisdiction>, years: u8) -> Self {
        self.of_age.insert(law.into(), years);
        self
    }

    /// This purpose is for customers of 18 years or more, whatever a younger one or their
    /// guardian chooses (DSA 28); of whom it is not known is not one.
    #[must_use]
    pub fn adults_only(mut self, purpose: Purpose) -> Self {
        self.purposes.of(purpose).adults = true;
        self
    }

    /// This purpose sees data of so long ago, and none that are older, however long they are
    /// [kept](Self::keep_for). Data that only purposes use which look back are not kept
    /// longer than the longest of them looks.
    #[must_use]
    pub fn looks_back(mut self, purpose: Purpose, time: Duration) -> Self {
        self.purposes.of(purpose).looks_back = Some(time);
        self
    }

    /// What this purpose of the host's own is called in the vocabularies of the field.
    #[must_use]
    pub fn terms(mut self, purpose: Purpose, terms: Terms) -> Self {
        self.purposes.of(purpose).terms = terms;
        self
    }

    /// Somebody else to whom data may be given. If that rests on consent, it is a switch of
    /// its own: no level and no purpose opens it.
    #[must_use]
    pub fn recipient(mut self, recipient: Recipient) -> Self {
        recipient.gets.iter().for_each(|category| _ = self.categories.of(category.clone()));
        self.recipients.insert(recipient.id().clone(), recipient);
        self
    }

    /// Who answers for the data. The [notice](crate::Engine::privacy_notice) needs it.
    #[must_use]
    pub fn controller(self, controller: Controller) -> Self {
        Self { controller: Some(controller), ..self }
    }

    /// A consent to this purpose holds so long after it was given, and then runs out
    /// unless it is given once more. What a purpose of the host's own may use is
    /// [said besides](Self::purpose); without that it may use nothing.
    ///
    /// ```
    /// use confidant::{PrivacyPolicy, Purpose, days};
    ///
    /// let policy = PrivacyPolicy::new()
    ///     .valid_for(Purpose::Personalisation, days(365))
    ///     .ask_again_after(Purpose::Personalisation, days(180));
    /// ```
    #[must_use]
    pub fn valid_for(mut self, purpose: Purpose, time: Duration) -> Self {
        self.purposes.of(purpose).valid = Some(time);
        self
    }

    /// A version of the notice that customers are shown when they choose. A choice is on the
    /// version that was shown at its own time, unless it
    /// [says otherwise](crate::ConsentChange::informed_by).
    #[must_use]
    pub fn notice(mut self, notice: Notice) -> Self {
        self.notices.add(notice);
        self
    }

    /// Whoever was asked for this purpose and did not say yes is left alone for so long;
    /// see [`Permission::ask_from`](crate::Permission::ask_from).
    #[must_use]
    pub fn ask_again_after(mut self, purpose: Purpose, time: Duration) -> Self {
        self.purposes.of(purpose).rest = Some(time);
        self
    }

    /// The categories that the policy knows, with the basis on which each is kept.
    pub fn categories(&self) -> impl Iterator<Item = (&DataCategory, Basis)> {
        self.categories.iter().map(|rule| (&rule.category, rule.basis))
    }

    /// The purposes that the policy knows, with the level that each needs.
    pub fn purposes(&self) -> impl Iterator<Item = (&Purpose, Level)> {
        self.purposes.0.iter().map(|(purpose, rule)| (purpose, rule.level))
    }

    /// The exact content, in 128 bits.
    #[must_use]
    pub fn digest(&self) -> Digest {
        numeric::digest(self)
    }
}
