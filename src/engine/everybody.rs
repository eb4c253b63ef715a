//! The whole store, page by page, as the customers that are in it.

use super::{Engine, Setup};
use crate::error::Result;
use crate::profile::Profile;
use crate::store::{Entry, Key, Store, Stored, decode, is_customer};

/// How many entries are looked at together: what is counted in blocks fills them.
const PAGE: usize = 4 * crate::rule::BLOCK;

/// The entries of a store, page by page.
pub(super) struct Pages<'a> {
    store: &'a dyn Store,
    size: usize,
    after: Option<Key>,
    is_last: bool,
}

impl Pages<'_> {
    /// The next ones; none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Vec<(Key, Stored)>>> {
        if self.is_last {
            return Ok(None);
        }
        let page = self.store.scan(self.after.as_ref(), self.size)?;
        self.is_last = page.len() < self.size;
        self.after = page.last().map(|(key, _)| key.clone());
        Ok(Some(page))
    }
}

impl Engine {
    /// The store from its beginning, so many entries at a time.
    pub(super) fn pages(&self, size: usize) -> Pages<'_> {
        Pages { store: &*self.store, size, after: None, is_last: false }
    }

    /// Reads the store through once.
    pub(super) fn each_page(
        &self,
        mut visit: impl FnMut(&[(Key, Stored)]) -> Result<()>,
    ) -> Result<()> {
        self.make_sure()?;
        let mut pages = self.pages(PAGE);
        while let Some(page) = pages.next()? {
            visit(&page)?;
        }
        Ok(())
    }

    /// Reads the store through once, as many pages at a time as there are workers. What is
    /// found on each is added in the order of the pages, so their number changes nothing.
    pub(super) fn each_part<T: Send>(
        &self,
        part: &(impl Fn(&[(Key, Stored)]) -> Result<T> + Sync),
        mut add: impl FnMut(T),
    ) -> Result<()> {
        self.make_sure()?;
        let mut pages = self.pages(PAGE);
        loop {
            let mut beside = Vec::with_capacity(self.workers);
            while beside.len() < self.workers
                && let Some(page) = pages.next()?
            {
                beside.push(page);
            }
            if beside.is_empty() {
                return Ok(());
            }
            for found in side_by_side(&beside, part) {
                add(found?);
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

/// What is found on each of some pages, in their order; on the first by this thread.
#[cfg(feature = "parallel")]
fn side_by_side<P: Sync, T: Send>(
    pages: &[Vec<P>],
    part: &(impl Fn(&[P]) -> Result<T> + Sync),
) -> Vec<Result<T>> {
    let Some((first, others)) = pages.split_first() else { return Vec::new() };
    std::thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|page| scope.spawn(|| part(page))).collect();
        let first = part(first);
        // A panic goes on where somebody waits for what it kept from being found.
        let found = others
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(first).chain(found).collect()
    })
}

#[cfg(not(feature = "parallel"))]
fn side_by_side<P, T>(pages: &[Vec<P>], part: &impl Fn(&[P]) -> Result<T>) -> Vec<Result<T>> {
    pages.iter().map(|page| part(page)).collect()
}

/// What is made of each of some things, in their order, by so many threads at most.
#[cfg(feature = "parallel")]
pub(super) fn each_of<T: Send, R: Send>(
    things: Vec<T>,
    workers: usize,
    make: &(impl Fn(T) -> R + Sync),
) -> Vec<R> {
    let share = things.len().div_ceil(workers.max(1)).max(1);
    let mut things = things.into_iter();
    let mut next =
        || Some(things.by_ref().take(share).collect()).filter(|p: &Vec<T>| !p.is_empty());
    let first = next().unwrap_or_default();
    std::thread::scope(|scope| {
        let others: Vec<_> = std::iter::from_fn(next)
            .map(|part| scope.spawn(|| part.into_iter().map(make).collect::<Vec<R>>()))
            .collect();
        let mut made: Vec<R> = first.into_iter().map(make).collect();
        for other in others {
            // A panic goes on where somebody waits for what it kept from being made.
            made.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    })
}

#[cfg(not(feature = "parallel"))]
pub(super) fn each_of<T, R>(things: Vec<T>, _: usize, make: &impl Fn(T) -> R) -> Vec<R> {
    things.into_iter().map(make).collect()
}
