//! The controller: who answers for the data, as the notice names them. A notice without any
//! of its required parts is none, and no engine is built with it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Who answers for the data, in words for the customer (GDPR 13, 14; 152-FZ 18(3), 20).
///
/// Once it is [stated](crate::PrivacyPolicy::controller), nothing that is required may be
/// blank. The texts are in the host's own language; a
/// [catalogue](crate::Messages) can hold them in another, under `controller.` and the name of
/// the part.
///
/// ```
/// use confidant::{Controller, Engine, PrivacyPolicy};
///
/// let shop = Controller::new("Shop Ltd")
///     .address("1 High Street, Porto")
///     .contact("privacy@shop.example")
///     .authority("Comissão Nacional de Proteção de Dados, www.cnpd.pt")
///     .sources("you, our tills and our web shop")
///     .change("https://shop.example/privacy");
/// Engine::builder().privacy(PrivacyPolicy::new().controller(shop.clone())).build()?;
///
/// let no_contact = PrivacyPolicy::new().controller(shop.contact(" "));
/// let error = Engine::builder().privacy(no_contact).build().unwrap_err();
/// assert!(error.to_string().contains("contact"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Controller {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) contact: String,
    pub(crate) officer: Option<String>,
    pub(crate) representative: Option<String>,
    pub(crate) authority: String,
    pub(crate) sources: String,
    pub(crate) change: String,
    pub(crate) consequences: Option<String>,
}

impl Controller {
    /// A controller by its full name. Address, contact, authority, sources and how to change
    /// choices are required too.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Where it is.
    #[must_use]
    pub fn address(self, address: impl Into<String>) -> Self {
        Self { address: address.into(), ..self }
    }

    /// The e-mail address at which customers reach it, legally significant messages included
    /// (GDPR 13(1)(a); 149-FZ 10.2-2).
    #[must_use]
    pub fn contact(self, mail: impl Into<String>) -> Self {
        Self { contact: mail.into(), ..self }
    }

    /// How to reach its data protection officer, if it has one (GDPR 37, 13(1)(b)).
    #[must_use]
    pub fn officer(self, officer: impl Into<String>) -> Self {
        Self { officer: Some(officer.into()), ..self }
    }

    /// Its representative in the union, if it is outside (GDPR 27, 13(1)(a)).
    #[must_use]
    pub fn representative(self, representative: impl Into<String>) -> Self {
        Self { representative: Some(representative.into()), ..self }
    }

    /// The supervisory authority to complain to, and how (GDPR 13(2)(d)).
    #[must_use]
    pub fn authority(self, authority: impl Into<String>) -> Self {
        Self { authority: authority.into(), ..self }
    }

    /// Where data come from, the customer included (GDPR 14(2)(f)).
    #[must_use]
    pub fn sources(self, sources: impl Into<String>) -> Self {
        Self { sources: sources.into(), ..self }
    }

    /// How customers change what they chose: an address on the web, or words (GDPR 7(3)).
    #[must_use]
    pub fn change(self, how: impl Into<String>) -> Self {
        Self { change: how.into(), ..self }
    }

    /// What follows for a customer who does not provide data (GDPR 13(2)(e)).
    #[must_use]
    pub fn consequences(self, consequences: impl Into<String>) -> Self {
        Self { consequences: Some(consequences.into()), ..self }
    }

    /// The parts, by name, the required ones first.
    pub(crate) fn parts_mut(&mut self) -> [(&'static str, Option<&mut String>); 9] {
        [
            ("name", Some(&mut self.name)),
            ("address", Some(&mut self.address)),
            ("contact", Some(&mut self.contact)),
            ("authority", Some(&mut self.authority)),
            ("sources", Some(&mut self.sources)),
            ("change", Some(&mut self.change)),
            ("officer", self.officer.as_mut()),
            ("representative", self.representative.as_mut()),
            ("consequences", self.consequences.as_mut()),
        ]
    }

    pub(super) fn check(&self) -> Result<()> {
        let mut own = self.clone();
        let mut parts = own.parts_mut().into_iter();
        let blank = parts.find(|(_, text)| text.as_ref().is_some_and(|it| it.trim().is_empty()));
        if let Some((part, _)) = blank {
            return Err(Error::configuration(format!(
                "the controller's `{part}` is empty: expected words for the customer, for the \
                 notice must have them"
            )));
        }
        if !self.contact.contains('@') {
            return Err(Error::configuration(
                "the controller's `contact` is no e-mail address: expected one",
            ));
        }
        Ok(())
    }
}
