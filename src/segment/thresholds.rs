//! From the figures of everybody to the edges of places: exact, in whole numbers.

use crate::rule::{Cut, Edge, Place, Places, Separator, Standing};
use crate::types::Identifier;

/// One million, by which shares and times the mean are counted.
const MICROS: i128 = 1_000_000;

/// An order of customers: who, with which figure, ascending by both.
#[derive(Debug, Default)]
pub(super) struct Ladder<'a> {
    /// Figures as they are ordered: negated where the smallest is first.
    rungs: Vec<(i64, &'a Identifier)>,
    smallest_first: bool,
}

impl<'a> Ladder<'a> {
    /// Puts customers in order.
    pub(super) fn new(
        figures: impl Iterator<Item = (i64, &'a Identifier)>,
        smallest_first: bool,
    ) -> Self {
        let order = |figure: i64| if smallest_first { figure.saturating_neg() } else { figure };
        let mut rungs: Vec<_> = figures.map(|(figure, who)| (order(figure), who)).collect();
        rungs.sort_unstable();
        Self { rungs, smallest_first }
    }

    /// All places that are asked for.
    pub(super) fn places(&self, standings: &[Standing]) -> Places {
        let sum = self.sum();
        let place = |standing: &Standing| {
            let cut = self.cut(*standing, sum);
            let customers = self.below(&cut.to).saturating_sub(self.below(&cut.from)) as u64;
            Place { standing: *standing, cut, customers }
        };
        let asked = standings.iter().map(place).collect();
        Places { customers: self.rungs.len() as u64, sum, asked }
    }

    /// How many are below an edge.
    fn below(&self, edge: &Edge) -> usize {
        self.rungs.partition_point(|(figure, who)| !edge.is_below(*figure, who))
    }

    /// The figures themselves, the best first.
    fn best_first(&self) -> impl Iterator<Item = i128> {
        let sign = if self.smallest_first { -1 } else { 1 };
        self.rungs.iter().rev().map(move |(figure, _)| sign * i128::from(*figure))
    }

    fn sum(&self) -> i128 {
        self.best_first().sum()
    }

    /// Where a place begins and ends.
    fn cut(&self, standing: Standing, sum: i128) -> Cut {
        let all = self.rungs.len() as u128;
        match standing {
            Standing::Quantile { from, to, of } => {
                // The n-th of m is in part 1 + of * n / m: the first of a part is the
                // smallest n with of * n >= (part - 1) * m.
                let first = |part: u32| (u128::from(part) * all).div_ceil(u128::from(of.max(1)));
                let (from, to) = (first(from.saturating_sub(1)), first(to));
                Cut { from: self.edge(from), to: self.edge(to) }
            }
            Standing::First(number) => self.top(number.into()),
            Standing::TopShare(share) => {
                let wanted = i128::from(share) * sum;
                let mut running = 0;
                let short = self.best_first().take_while(|figure| {
                    let short = running * MICROS < wanted;
                    running += figure;
                    short
                });
                self.top(short.count() as u128)
            }
            Standing::OverMean(times) => {
                // figure * count * 1e6 > times * sum
                let bar = self.times_mean(times, sum).map(|(over, under)| over.div_euclid(under));
                self.over(bar.map(|bar| bar + 1))
            }
            Standing::UnderMean(times) => {
                let bar = self.times_mean(times, sum);
                // Rounded up.
                self.under(bar.map(|(over, under)| -(-over).div_euclid(under)))
            }
        }
    }

    /// So many times the mean, as a fraction; none of nobody.
    fn times_mean(&self, times: u32, sum: i128) -> Option<(i128, i128)> {
        let count = self.rungs.len() as i128;
        (count > 0).then(|| (i128::from(times) * sum, MICROS * count))
    }

    /// Figures of at least so much.
    fn over(&self, least: Option<i128>) -> Cut {
        let Some(least) = least else { return Cut::NOBODY };
        if self.smallest_first {
            Cut { from: Edge::Bottom, to: at(1 - least) }
        } else {
            Cut { from: at(least), to: Edge::Top }
        }
    }

    /// Figures of less than so much.
    fn under(&self, most: Option<i128>) -> Cut {
        let Some(most) = most else { return Cut::NOBODY };
        if self.smallest_first {
            Cut { from: at(1 - most), to: Edge::Top }
        } else {
            Cut { from: Edge::Bottom, to: at(most) }
        }
    }

    /// So many of the highest.
    fn top(&self, number: u128) -> Cut {
        Cut { from: self.edge((self.rungs.len() as u128).saturating_sub(number)), to: Edge::Top }
    }

    /// Below the one at a place, counted from the lowest.
    fn edge(&self, place: u128) -> Edge {
        let Ok(place) = usize::try_from(place) else { return Edge::Top };
        let Some(below) = place.checked_sub(1) else { return Edge::Bottom };
        match (self.rungs.get(below), self.rungs.get(place)) {
            (Some((below, who)), Some((figure, next))) => {
                let separator = (below == figure).then(|| Separator::between(who, next));
                Edge::At(*figure, separator)
            }
            _ => Edge::Top,
        }
    }
}

/// Below all of this figure, if there can be one.
fn at(figure: i128) -> Edge {
    match i64::try_from(figure) {
        Ok(figure) => Edge::At(figure, None),
        Err(_) if figure < 0 => Edge::Bottom,
        Err(_) => Edge::Top,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<Identifier> {
        (0..n).map(|n| Identifier::from(format!("c{n:02}"))).collect()
    }

    /// Who has a place, by names.
    fn those(figures: &[i64], standing: Standing, smallest_first: bool) -> Vec<usize> {
        let who = names(figures.len());
        let ladder = Ladder::new(figures.iter().copied().zip(&who), smallest_first);
        let cut = ladder.cut(standing, ladder.sum());
        let order = |figure: i64| if smallest_first { -figure } else { figure };
        let holds = |n: &usize| cut.holds(order(figures[*n]), &who[*n]);
        let those: Vec<usize> = (0..figures.len()).filter(holds).collect();
        assert_eq!(ladder.places(&[standing]).asked[0].customers, those.len() as u64);
        those
    }

    #[test]
    fn fifths_of_seven() {
        let fifth = |part| Standing::Quantile { from: part, to: part, of: 5 };
        let of = |part| those(&[7, 7, 7, 7, 7, 7, 7], fifth(part), false);
        assert_eq!(
            [of(1), of(2), of(3), of(4), of(5)],
            [vec![0, 1], vec![2], vec![3, 4], vec![5], vec![6]]
        );
        let two = |part| those(&[1, 0], fifth(part), false);
        assert_eq!(
            [two(1), two(2), two(3), two(4), two(5)],
            [vec![1], vec![], vec![0], vec![], vec![]]
        );
        assert_eq!(those(&[3, 1, 2], Standing::Quantile { from: 2, to: 3, of: 3 }, true), [1, 2]);
    }

    #[test]
    fn shares_and_means() {
        let share = |ppm| those(&[10, 40, 30, 20], Standing::TopShare(ppm), false);
        assert_eq!(share(0), Vec::<usize>::new());
        assert_eq!(
            [share(400_000), share(400_001), share(1_000_000)],
            [vec![1], vec![1, 2], vec![0, 1, 2, 3]]
        );
        let over = |ppm| those(&[10, 40, 30, 20], Standing::OverMean(ppm), false);
        assert_eq!([over(1_000_000), over(1_200_000)], [vec![1, 2], vec![1]]);
        let under = |ppm| those(&[10, 40, 30, 20], Standing::UnderMean(ppm), false);
        assert_eq!([under(1_000_000), under(800_000)], [vec![0, 3], vec![0]]);
        let over = those(&[10, 40, 30, 20], Standing::OverMean(1_000_000), true);
        assert_eq!(over, [1, 2], "more is more, whatever is best");
        assert_eq!(those(&[-3, 5, 0], Standing::TopShare(500_000), false), [1]);
        assert_eq!(those(&[-3, -5], Standing::TopShare(500_000), false), Vec::<usize>::new());
        assert_eq!(those(&[], Standing::OverMean(0), false), Vec::<usize>::new());
    }

    /// The largest numbers there can be.
    #[test]
    fn nothing_overflows() {
        let least = i64::MIN + 2;
        for standing in [
            Standing::TopShare(1_000_000),
            Standing::OverMean(u32::MAX),
            Standing::UnderMean(u32::MAX),
            Standing::First(u32::MAX),
            Standing::Quantile { from: 1_000_000, to: 1_000_000, of: 1_000_000 },
        ] {
            for smallest_first in [false, true] {
                those(&[i64::MAX; 9], standing, smallest_first);
                those(&[least; 9], standing, smallest_first);
                those(&[least, i64::MAX, 0], standing, smallest_first);
            }
        }
        assert_eq!(those(&[i64::MAX; 3], Standing::OverMean(u32::MAX), false), Vec::<usize>::new());
        assert_eq!(those(&[least; 3], Standing::UnderMean(u32::MAX), false), Vec::<usize>::new());
    }
}
