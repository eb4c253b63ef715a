//! Rows to their nearest centres and centres to the mean of their rows, until nothing
//! moves. Every sum runs in the order of the rows, so the bits hang on nothing else.

use super::columns::Columns;

/// Rounds until the centres stand still, but no more than that.
pub(super) const MOST_ROUNDS: usize = 100;

/// They stand still when no row changes its centre; with more rows than `MANY`, when of
/// so many not more than one does: nobody waits for the last rows of a million.
const MANY: usize = 20_000;
const ONE_OF: usize = 500;

/// So many rows are measured at a time: their distances stay close at hand, and the
/// innermost loop runs along a column.
const BLOCK: usize = 256;

/// Centres, and to which of them each row belongs.
#[derive(Debug, Clone)]
pub(super) struct Partition {
    width: usize,
    /// One centre after the other.
    pub(super) centroids: Vec<f64>,
    pub(super) labels: Vec<u32>,
    /// Of each row from its centre, squared.
    distances: Vec<f64>,
}

/// At most so many of Lloyd's rounds from some centres on.
pub(super) fn lloyd(columns: &Columns, centroids: Vec<f64>, most: usize) -> Partition {
    let mut partition = Partition {
        width: columns.columns.len(),
        centroids,
        labels: vec![u32::MAX; columns.rows],
        distances: vec![f64::INFINITY; columns.rows],
    };
    let restless = if columns.rows > MANY { columns.rows / ONE_OF } else { 0 };
    let mut rounds = 0;
    while partition.assign(columns) > restless && rounds < most {
        partition.fill_the_empty();
        partition.centroids = partition.means(columns);
        rounds += 1;
    }
    partition
}

impl Partition {
    pub(super) fn count(&self) -> usize {
        self.centroids.len() / self.width.max(1)
    }

    /// The centres, by their numbers.
    pub(super) fn centres(&self) -> std::slice::ChunksExact<'_, f64> {
        self.centroids.chunks_exact(self.width.max(1))
    }

    /// The sum of the squared distances: what Lloyd's rounds make small.
    pub(super) fn inertia(&self) -> f64 {
        self.distances.iter().sum()
    }

    /// How many rows each centre has.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.count()];
        for label in &self.labels {
            if let Some(size) = sizes.get_mut(*label as usize) {
                *size += 1;
            }
        }
        sizes
    }

    /// Every row to its nearest centre, of two as near to the lower; how many rows
    /// changed. The same arithmetic as [`Clusters::nearest`](crate::rule::Clusters::nearest).
    fn assign(&mut self, columns: &Columns) -> usize {
        let mut changed = 0;
        let centres = self.centroids.chunks_exact(self.width.max(1));
        let blocks = self.labels.chunks_mut(BLOCK).zip(self.distances.chunks_mut(BLOCK));
        for ((labels, distances), start) in blocks.zip((0..).step_by(BLOCK)) {
            let rows = start..start + labels.len();
            let (mut nearest, mut least) = ([0u64; BLOCK], [f64::INFINITY; BLOCK]);
            for (number, centre) in (0u64..).zip(centres.clone()) {
                let mut away = [0.0; BLOCK];
                for (column, centre) in columns.columns.iter().zip(centre) {
                    let column = column.get(rows.clone()).unwrap_or_default();
                    for (away, at) in away.iter_mut().zip(column) {
                        let one = at - centre;
                        *away += one * one;
                    }
                }
                for ((nearest, least), away) in nearest.iter_mut().zip(&mut least).zip(&away) {
                    let closer = away < least;
                    *nearest = if closer { number } else { *nearest };
                    *least = if closer { *away } else { *least };
                }
            }
            for (label, nearest) in labels.iter_mut().zip(&nearest) {
                changed += usize::from(*label != *nearest as u32);
                *label = *nearest as u32;
            }
            distances.iter_mut().zip(&least).for_each(|(distance, least)| *distance = *least);
        }
        changed
    }

    /// A centre without rows takes the row that is farthest from its own, the first of
    /// several, unless every row is at its centre.
    fn fill_the_empty(&mut self) {
        let mut sizes = self.sizes();
        for empty in 0..sizes.len() {
            if sizes.get(empty).is_none_or(|size| *size > 0) {
                continue;
            }
            let shares = |label: u32| sizes.get(label as usize).is_some_and(|size| *size > 1);
            let mut farthest: Option<(usize, f64)> = None;
            for (row, (label, distance)) in self.labels.iter().zip(&self.distances).enumerate() {
                if *distance > farthest.map_or(0.0, |(_, most)| most) && shares(*label) {
                    farthest = Some((row, *distance));
                }
            }
            let Some((row, _)) = farthest else { return };
            let (Some(label), Some(distance)) =
                (self.labels.get_mut(row), self.distances.get_mut(row))
            else {
                return;
            };
            if let Some(size) = sizes.get_mut(*label as usize) {
                *size -= 1;
            }
            if let Some(size) = sizes.get_mut(empty) {
                *size += 1;
            }
            (*label, *distance) = (empty as u32, 0.0);
        }
    }

    /// The mean of the rows of each centre; a centre without rows stays where it is.
    pub(super) fn means(&self, columns: &Columns) -> Vec<f64> {
        let sizes = self.sizes();
        let mut means = self.centroids.clone();
        for (feature, column) in columns.columns.iter().enumerate() {
            let mut sums = vec![0.0; sizes.len()];
            for (label, value) in self.labels.iter().zip(column) {
                if let Some(sum) = sums.get_mut(*label as usize) {
                    *sum += value;
                }
            }
            let means = means.iter_mut().skip(feature).step_by(self.width.max(1));
            for ((mean, sum), size) in means.zip(&sums).zip(&sizes) {
                if *size > 0 {
                    *mean = sum / *size as f64;
                }
            }
        }
        means
    }

    /// The largest first, of two as large the one whose centre comes first; without centres
    /// that have no rows. Rows as near to two centres go to the lower of the new numbers.
    pub(super) fn numbered(mut self, columns: &Columns) -> Self {
        // A row that is as near to two centres changes with their numbers, and so do the
        // sizes; there are few of these, and this ends.
        for _ in 0..10 {
            let sizes = self.sizes();
            let mut order: Vec<(usize, &[f64])> =
                sizes.iter().copied().zip(self.centres()).collect();
            order.retain(|(size, _)| *size > 0);
            order.sort_by(|(a, left), (b, right)| {
                let first_apart = || {
                    let pairs = left.iter().zip(*right);
                    pairs.map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne())
                };
                b.cmp(a).then_with(|| first_apart().unwrap_or(std::cmp::Ordering::Equal))
            });
            let centroids: Vec<f64> =
                order.into_iter().flat_map(|(_, centre)| centre).copied().collect();
            let same = centroids == self.centroids;
            self.centroids = centroids;
            if self.assign(columns) == 0 && same {
                break;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_a_line(rows: &[f64]) -> Columns {
        Columns { columns: vec![rows.to_vec()], rows: rows.len() }
    }

    fn partition(columns: &Columns, centroids: &[f64], labels: &[u32]) -> Partition {
        Partition {
            width: 1,
            centroids: centroids.to_vec(),
            labels: labels.to_vec(),
            distances: vec![f64::INFINITY; columns.rows],
        }
    }

    #[test]
    fn a_row_between_two_centres_goes_to_the_lower_number() {
        let columns = on_a_line(&[2.0, 5.0, 7.0, 1.0]);
        for (centroids, labels) in
            [([0.0, 4.0, 10.0], [0, 1, 1, 0]), ([10.0, 4.0, 0.0], [1, 1, 0, 2])]
        {
            let mut partition = partition(&columns, &centroids, &[9; 4]);
            assert_eq!(partition.assign(&columns), 4);
            assert_eq!(partition.labels, labels);
            assert_eq!(partition.assign(&columns), 0);
            assert_eq!(partition.inertia(), 4.0 + 1.0 + 9.0 + 1.0);
        }
    }

    /// The centre of 100 has no rows at first; 30 is farthest from its own, and not 0,
    /// which is as far but comes later.
    #[test]
    fn a_centre_without_rows_takes_the_farthest() {
        let columns = on_a_line(&[14.0, 30.0, 0.0, 16.0, 15.0]);
        let mut stood = partition(&columns, &[15.0, 100.0], &[9; 5]);
        stood.assign(&columns);
        stood.fill_the_empty();
        assert_eq!(stood.labels, [0, 1, 0, 0, 0]);
        assert_eq!(stood.means(&columns), [11.25, 30.0]);
        let ended = lloyd(&columns, vec![15.0, 100.0], MOST_ROUNDS);
        assert_eq!(ended.sizes(), [4, 1]);
    }

    /// 10 is the farthest, but all that its centre has.
    #[test]
    fn a_centre_keeps_its_only_row() {
        let columns = on_a_line(&[10.0, 0.0, 1.0]);
        let mut stood = partition(&columns, &[6.0, 0.0, 100.0], &[9; 3]);
        stood.assign(&columns);
        stood.fill_the_empty();
        assert_eq!(stood.labels, [0, 1, 2]);
    }

    /// The border between the two centres comes half the way closer to the middle with each
    /// round; the last rows are not waited for.
    #[test]
    fn many_rows_stand_still_when_few_move() {
        let rows: Vec<f64> = (0..=MANY).map(|row| row as f64).collect();
        let columns = on_a_line(&rows);
        let sizes = lloyd(&columns, vec![0.0, 1.0], MOST_ROUNDS).sizes();
        assert!((9_950..9_990).contains(&sizes[0]), "{sizes:?}");
        let few = on_a_line(&rows[1..]);
        assert_eq!(lloyd(&few, vec![0.0, 1.0], MOST_ROUNDS).sizes(), [10_000, 10_000]);
    }

    #[test]
    fn rows_at_their_centres_are_left_there() {
        let columns = on_a_line(&[1.0, 1.0, 3.0]);
        let ended = lloyd(&columns, vec![1.0, 3.0, 8.0], MOST_ROUNDS);
        assert_eq!((ended.sizes(), &ended.centroids), (vec![2, 1, 0], &vec![1.0, 3.0, 8.0]));
        let numbered = ended.numbered(&columns);
        assert_eq!((numbered.sizes(), numbered.centroids), (vec![2, 1], vec![1.0, 3.0]));
    }

    #[test]
    fn the_largest_is_first_and_of_two_as_large_the_lower_centre() {
        let columns = on_a_line(&[9.0, 5.0, 1.0, 9.0, 5.0, 1.0, 9.0]);
        let numbered = lloyd(&columns, vec![5.0, 1.0, 9.0], MOST_ROUNDS).numbered(&columns);
        assert_eq!(numbered.centroids, [9.0, 1.0, 5.0]);
        assert_eq!(numbered.labels, [0, 2, 1, 0, 2, 1, 0]);
    }

    /// The row at 2 belongs to the lower number, before and after the numbers change.
    #[test]
    fn numbering_settles_rows_between_two() {
        let columns = on_a_line(&[0.0, 2.0, 4.0, 4.0]);
        let mut stood = partition(&columns, &[0.0, 4.0], &[9; 4]);
        stood.assign(&columns);
        assert_eq!(stood.labels, [0, 0, 1, 1]);
        let turned = partition(&columns, &[4.0, 0.0], &[0, 0, 0, 1]).numbered(&columns);
        assert_eq!((turned.centroids, turned.labels), (vec![4.0, 0.0], vec![1, 0, 0, 0]));
    }

    #[test]
    fn no_more_rounds_than_asked_for() {
        let columns = on_a_line(&[0.0, 1.0, 2.0, 3.0, 10.0, 11.0]);
        let ended = lloyd(&columns, vec![0.0, 1.0], 0);
        assert_eq!(ended.centroids, [0.0, 1.0]);
        let once = lloyd(&columns, vec![0.0, 1.0], 1);
        assert_eq!(once.centroids, [0.0, 5.4]);
    }
}
