//! What the engine tells of itself: the notice, the rules of its recommendations, and to
//! each customer the personal page.

use std::sync::Arc;

use super::{Engine, Setup};
use crate::error::Result;
use crate::predict::Prediction;
use crate::rights::{Configured, Messages, PersonalPage, PrivacyNotice, RecommendationRules};
use crate::types::{Identifier, Jurisdiction, Timestamp};

impl Engine {
    /// The message catalogue of a language, by its tag (BCP 47); of `pt-BR` that of `pt`, if
    /// there is no other.
    ///
    /// # Errors
    /// There is none.
    pub fn messages(&self, language: &str) -> Result<Arc<Messages>> {
        self.setup().catalogues.of(language)
    }

    /// The privacy notice in force at `now`, in a language: which data are kept and used, for
    /// what, on which basis and how long, who receives them, and how decisions are made
    /// (GDPR 13, 14; 152-FZ 18.1). It is made from what this engine enforces: under one law,
    /// or, if none is said, with the basis under each.
    ///
    /// ```
    /// use confidant::{Controller, Engine, PrivacyPolicy, Timestamp};
    ///
    /// let shop = Controller::new("Shop Ltd")
    ///     .address("1 High Street, Porto")
    ///     .contact("privacy@shop.example")
    ///     .authority("CNPD, www.cnpd.pt")
    ///     .sources("you, our tills and our web shop")
    ///     .change("https://shop.example/privacy");
    /// let engine = Engine::builder().privacy(PrivacyPolicy::new().controller(shop)).build()?;
    /// let notice = engine.privacy_notice("en", Some("PT".into()), Timestamp::from_secs(0))?;
    /// assert!(notice.to_markdown().starts_with("# Privacy notice: Shop Ltd\n"));
    /// let data = serde_json::to_value(&notice).unwrap();
    /// assert_eq!(data["purposes"][1]["bases"][0]["article"], "GDPR, Article 6(1)(a)");
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// The policy states no [controller](crate::PrivacyPolicy::controller); the language is
    /// not known, or its catalogue does not say what a purpose or a category of the host's
    /// own means.
    pub fn privacy_notice(
        &self,
        language: &str,
        jurisdiction: Option<Jurisdiction>,
        now: Timestamp,
    ) -> Result<PrivacyNotice> {
        let setup = &*self.setup();
        let words = setup.catalogues.of(language)?;
        PrivacyNotice::of(&setup.configured(), &words, jurisdiction, now)
    }

    /// The rules of the recommendation technologies (149-FZ, article 10.2-2), as a document of
    /// its own. The law wants it in Russian.
    ///
    /// # Errors
    /// As for the [notice](Self::privacy_notice).
    pub fn recommendation_rules(&self, language: &str) -> Result<RecommendationRules> {
        let setup = &*self.setup();
        RecommendationRules::of(&setup.configured(), &setup.catalogues.of(language)?)
    }

    /// What is on record about a customer, what it was used for, and every switch, in the
    /// customer's language. `None` for a stranger.
    ///
    /// # Errors
    /// The language is not known, or the store failed.
    pub fn personal_page(
        &self,
        customer: impl Into<Identifier>,
        language: &str,
        now: Timestamp,
    ) -> Result<Option<PersonalPage>> {
        let (setup, now) = (&*self.setup(), now.before_never());
        let words = setup.catalogues.of(language)?;
        let loaded = self.fetch_whole(setup, &customer.into())?;
        if loaded.version.is_none() || loaded.profile.goes_at() <= now {
            return Ok(None);
        }
        let whole = loaded.whole()?;
        let mut predictions = setup.predict(&whole, now).each;
        predictions.retain(Prediction::is_personal);
        Ok(Some(PersonalPage::of(&whole, &setup.privacy, now, predictions, &words)))
    }
}

impl Setup {
    /// What is told of it.
    fn configured(&self) -> Configured<'_> {
        Configured {
            privacy: &self.privacy,
            policy: &self.policy,
            segments: &self.segments,
            recommenders: &self.recommenders,
        }
    }
}
