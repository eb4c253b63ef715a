//! One list against what was held out: the accuracy of a ranking, with relevance that is
//! there or not.

/// At which places of a list the held-out items are: what every measure of accuracy is
/// made of.
///
/// A held-out item counts once, however often it is held out or listed; its further
/// places in the list are lost, as they would be on the screen. Where nothing is held
/// out, there is nothing to measure: every measure is `None`, and a mean leaves it out.
///
/// ```
/// use confidant::evaluate::Hits;
///
/// let hits = Hits::of(&["cream", "mascara", "soap"], &["soap", "cream", "comb"]);
/// assert_eq!(hits.recall(2), Some(0.5));
/// assert_eq!(hits.hit_rate(2), Some(1.0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// Places from 1, ascending, each once.
    places: Vec<usize>,
    held_out: usize,
}

impl Hits {
    /// Holds a list, best first, against the held-out items, in any order.
    #[must_use]
    pub fn of<T: Ord>(list: &[T], held_out: &[T]) -> Self {
        let mut wanted: Vec<(&T, bool)> = held_out.iter().map(|item| (item, false)).collect();
        wanted.sort_unstable_by(|a, b| a.0.cmp(b.0));
        wanted.dedup_by(|a, b| a.0 == b.0);
        let mut places = Vec::new();
        for (place, item) in (1..).zip(list) {
            let found = wanted.binary_search_by(|(other, _)| (*other).cmp(item));
            if let Some((_, seen)) = found.ok().and_then(|number| wanted.get_mut(number))
                && !*seen
            {
                *seen = true;
                places.push(place);
            }
        }
        Self { places, held_out: wanted.len() }
    }

    /// Where the places are known already, counted from 1, of so many held-out items.
    #[must_use]
    pub fn at(places: impl IntoIterator<Item = usize>, held_out: usize) -> Self {
        let mut places: Vec<usize> = places.into_iter().filter(|place| *place > 0).collect();
        places.sort_unstable();
        places.dedup();
        let held_out = held_out.max(places.len());
        Self { places, held_out }
    }

    /// How many distinct items are held out.
    #[must_use]
    pub fn held_out(&self) -> usize {
        self.held_out
    }

    /// How many of them are among the first `k`.
    #[must_use]
    pub fn count(&self, k: usize) -> usize {
        self.places.partition_point(|place| *place <= k)
    }

    /// Recall@k as it is measured for top-n lists: hits / min(k, held out). From 0 to 1,
    /// which can always be reached (Liang, Krishnan, Hoffman and Jebara, "Variational
    /// autoencoders for collaborative filtering", WWW 2018).
    #[must_use]
    pub fn recall(&self, k: usize) -> Option<f64> {
        self.share(self.count(k), k.min(self.held_out).max(1))
    }

    /// Recall@k as it is measured for baskets: hits / held out. From 0 to 1, or to
    /// k / held out where more are held out than listed (Hu, He, Gao and Zhang,
    /// "Modeling personalized item frequency information for next-basket
    /// recommendation", SIGIR 2020).
    #[must_use]
    pub fn recall_of_all(&self, k: usize) -> Option<f64> {
        self.share(self.count(k), self.held_out)
    }

    /// HR@k, also called PHR@k: 1 where at least one held-out item is among the first
    /// `k`, else 0. Its mean is the share of customers (sessions) with a hit.
    #[must_use]
    pub fn hit_rate(&self, k: usize) -> Option<f64> {
        self.share(self.count(k).min(1), 1)
    }

    /// The reciprocal rank: 1 / place of the first hit among the first `k`, 0 without
    /// one. From 0 to 1; its mean is MRR@k (Voorhees, "The TREC-8 question answering
    /// track report", 1999).
    #[must_use]
    pub fn reciprocal_rank(&self, k: usize) -> Option<f64> {
        let first = self.places.first().filter(|place| **place <= k);
        self.measured(first.map_or(0.0, |place| 1.0 / *place as f64))
    }

    /// NDCG@k: the sum of 1 / log2(1 + place) over the hits among the first `k`, divided
    /// by that of the best list there can be, which has min(k, held out) hits in front.
    /// From 0 to 1 (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR
    /// techniques", 2002, with gains of 0 and 1).
    #[must_use]
    pub fn ndcg(&self, k: usize) -> Option<f64> {
        let gain = |place: usize| 1.0 / libm::log2(1.0 + place as f64);
        let best: f64 = (1..=k.min(self.held_out)).map(gain).sum();
        let gained: f64 = self.places.iter().take(self.count(k)).map(|place| gain(*place)).sum();
        self.measured(if best > 0.0 { gained / best } else { 0.0 })
    }

    /// The average precision: the precision at each hit among the first `k`, summed and
    /// divided by min(k, held out). From 0 to 1; its mean is MAP@k. Where `k` is as much
    /// as is held out or more, that is the measure of Manning, Raghavan and Schütze
    /// ("Introduction to information retrieval", 2008, 8.4); they divide by all that is
    /// held out for smaller `k` too, so that 1 could not be reached.
    #[must_use]
    pub fn average_precision(&self, k: usize) -> Option<f64> {
        let hits = (1..).zip(self.places.iter().take(self.count(k)));
        let sum: f64 = hits.map(|(hits, place)| f64::from(hits) / *place as f64).sum();
        self.measured(sum / k.min(self.held_out).max(1) as f64)
    }

    fn share(&self, part: usize, of: usize) -> Option<f64> {
        self.measured(part as f64 / of as f64)
    }

    fn measured(&self, value: f64) -> Option<f64> {
        (self.held_out > 0).then_some(value)
    }
}
