//! A batch under volume limits: who gets what there is not enough of.

use std::collections::BTreeMap;

use super::consider::Consideration;

/// For each customer, in the order given, the action each gets.
///
/// Customers ask for their actions best first; a limited action keeps the askers with
/// the highest scores, ties to the earlier in the order, as far as its volume goes
/// (deferred acceptance, Gale and Shapley 1962). So each action is given exactly
/// min(volume, customers who want it and get nothing they would rather have), whatever
/// the order.
pub(crate) fn assign(
    considered: &[&Consideration],
    volume: impl Fn(usize) -> Option<u64>,
) -> Vec<Option<usize>> {
    // How many of a customer's actions were tried and lost.
    let mut lost = vec![0usize; considered.len()];
    let wish = |customer: usize, lost: &[usize]| -> Option<usize> {
        considered.get(customer)?.worthy.get(*lost.get(customer)?).copied()
    };
    loop {
        let mut askers: BTreeMap<usize, Vec<(f64, usize)>> = BTreeMap::new();
        for (customer, consideration) in considered.iter().enumerate() {
            if let Some(action) = wish(customer, &lost) {
                let score = consideration.net(action);
                askers.entry(action).or_default().push((score, customer));
            }
        }
        let mut settled = true;
        for (action, mut askers) in askers {
            let Some(volume) = volume(action) else {
                continue;
            };
            askers.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (_, loser) in askers.iter().skip(usize::try_from(volume).unwrap_or(usize::MAX)) {
                if let Some(count) = lost.get_mut(*loser) {
                    *count += 1;
                    settled = false;
                }
            }
        }
        if settled {
            return (0..considered.len()).map(|customer| wish(customer, &lost)).collect();
        }
    }
}
