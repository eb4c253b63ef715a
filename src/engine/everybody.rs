//! The whole store, page by page, as the customers that are in it.

use super::{Engine, Setup};
use crate::error::Result;
use crate::profile::Profile;
use crate::store::{Entry, Key, Stored, decode, is_customer};

/// How many entries are looked at together: what is counted in blocks fills them.
const PAGE: usize = 4 * crate::rule::BLOCK;

impl Engine {
    /// Reads the store through once.
    pub(super) fn each_page(
        &self,
        mut visit: impl FnMut(&[(Key, Stored)]) -> Result<()>,
    ) -> Result<()> {
        self.make_sure()?;
        let mut after = None;
        loop {
            let page = self.store.scan(after.as_ref(), PAGE)?;
            visit(&page)?;
            after = page.last().map(|(key, _)| key.clone());
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// The whole records of the customers among some entries: no prospects, and nothing that
    /// several customers share.
    pub(super) fn customers_among(
        &self,
        setup: &Setup,
        entries: &[(Key, Stored)],
        visit: &mut dyn FnMut(&Profile),
    ) -> Result<()> {
        let in_doubt = self.in_doubt();
        let counts = |profile: &Profile| !profile.identity.shared && !profile.is_prospect();
        for (key, stored) in entries.iter().filter(|(_, stored)| is_customer(&stored.bytes)) {
            let Entry::Customer(profile) = decode(key, &stored.bytes)? else { continue };
            let ready = profile.identity.is_settled() && profile.sealed.is_empty() && !in_doubt;
            if ready {
                if counts(&profile) {
                    visit(&profile);
                }
                continue;
            }
            let loaded = self.fetch_whole(setup, &profile.customer)?;
            // Who is somebody else's by now is visited there.
            let here = loaded.version.is_some() && loaded.profile.customer == profile.customer;
            if here && counts(&loaded.profile) {
                visit(&*loaded.whole()?);
            }
        }
        Ok(())
    }
}
