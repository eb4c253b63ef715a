//! Notices: what a customer was told when asked. One that changes something that matters
//! asks for every consent anew.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::{Purpose, Timestamp};

/// One version of the privacy notice that customers are shown when they choose.
///
/// ```
/// use confidant::{Notice, PrivacyPolicy, Purpose, Timestamp};
///
/// let (first, second): (Timestamp, Timestamp) =
///     ("2026-01-01T00:00:00Z".parse()?, "2026-06-01T00:00:00Z".parse()?);
/// let policy = PrivacyPolicy::new()
///     .notice(Notice::new(1, first))
///     .notice(Notice::new(2, second).material_for([Purpose::Personalisation]));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    version: u32,
    from: Timestamp,
    material: Material,
}

/// For which purposes a notice says something new that matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Material {
    None,
    For(Vec<Purpose>),
    All,
}

impl Notice {
    /// A version that is shown from an instant on. If nothing else is said, it changes
    /// nothing that matters: what was chosen before it holds.
    #[must_use]
    pub fn new(version: u32, from: Timestamp) -> Self {
        Self { version, from, material: Material::None }
    }

    /// It says something new that matters for every purpose: consents that were given
    /// on earlier versions are not valid from then on.
    #[must_use]
    pub fn material(self) -> Self {
        Self { material: Material::All, ..self }
    }

    /// The same for some purposes alone.
    #[must_use]
    pub fn material_for(self, purposes: impl IntoIterator<Item = Purpose>) -> Self {
        Self { material: Material::For(purposes.into_iter().collect()), ..self }
    }

    /// Its number.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// From when on it is shown.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    fn is_material_for(&self, purpose: &Purpose) -> bool {
        match &self.material {
            Material::None => false,
            Material::For(purposes) => purposes.contains(purpose),
            Material::All => true,
        }
    }
}

/// Every version, by number.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Notices(Vec<Notice>);

impl Notices {
    pub(super) fn add(&mut self, notice: Notice) {
        let place = self.0.partition_point(|known| known.version <= notice.version);
        self.0.insert(place, notice);
    }

    /// The version that is shown at an instant.
    pub(super) fn shown(&self, at: Timestamp) -> Option<&Notice> {
        self.0.iter().rev().find(|notice| notice.from <= at)
    }

    /// From when on a consent to a purpose is not valid any more that was given at an
    /// instant on a version: on the one that was shown then, if none is said. What was given
    /// on a version that nobody knows never was.
    pub(super) fn supersede(
        &self,
        purpose: &Purpose,
        given: Timestamp,
        version: Option<u32>,
    ) -> Timestamp {
        let shown = self.shown(given).map_or(0, |notice| notice.version);
        let version = version.unwrap_or(shown);
        if version > 0 && self.0.iter().all(|notice| notice.version != version) {
            return given;
        }
        let mut later = self.0.iter().filter(|notice| notice.version > version);
        let anew = later.find(|notice| notice.is_material_for(purpose));
        anew.map_or(Timestamp::MAX, |notice| notice.from.max(given))
    }

    pub(super) fn check(&self) -> Result<()> {
        let in_order = |pair: &[Notice]| match pair {
            [a, b] => a.version < b.version && a.from < b.from,
            _ => true,
        };
        let numbered = self.0.first().is_none_or(|first| first.version > 0);
        if numbered && self.0.windows(2).all(in_order) {
            return Ok(());
        }
        Err(Error::configuration(
            "the versions of the notice do not follow each other: expected each number once, \
             from 1, and a later instant for each",
        ))
    }
}
