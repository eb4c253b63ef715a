//! Which items were in which of a customer's baskets.

/// Older baskets than these are past.
pub(super) const MOST_BASKETS: usize = 1_000;

/// What a customer bought: items, each with the baskets that it was in.
#[derive(Debug)]
pub(super) struct Bought {
    baskets: usize,
    /// Item and number of the basket, ascending, in one number each.
    lines: Vec<u64>,
}

impl Bought {
    /// The last baskets, the oldest first. A basket counts once for an item, however often
    /// it names it; only items below `items` are known.
    pub(super) fn new<'a>(items: u32, baskets: impl ExactSizeIterator<Item = &'a [u32]>) -> Self {
        let past = baskets.len().saturating_sub(MOST_BASKETS);
        let number = baskets.len() - past;
        let mut lines = Vec::new();
        for (number, basket) in (0u64..).zip(baskets.skip(past)) {
            let known = basket.iter().filter(|item| **item < items);
            lines.extend(known.map(|item| u64::from(*item) << 32 | number));
        }
        lines.sort_unstable();
        lines.dedup();
        Self { baskets: number, lines }
    }

    /// How many baskets there were.
    pub(super) fn baskets(&self) -> usize {
        self.baskets
    }

    /// Items, ascending, each with the numbers of its baskets, ascending, the oldest of
    /// all being nought.
    pub(super) fn items(&self) -> impl Iterator<Item = (u32, impl ExactSizeIterator<Item = u32>)> {
        self.lines.chunk_by(|a, b| a >> 32 == b >> 32).filter_map(|lines| {
            let item = (lines.first()? >> 32) as u32;
            Some((item, lines.iter().map(|line| *line as u32)))
        })
    }
}
