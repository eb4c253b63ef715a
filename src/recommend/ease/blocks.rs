//! A catalogue that does not fit one matrix, in blocks of items that are had together.

use crate::recommend::together::Together;

/// How many items join a block at a time.
const AT_ONCE: usize = 32;

/// The items that somebody has, in blocks of at most `most`, each ascending. A block begins
/// with the item that most have, and grows by those that are nearest to it: by the sum of
/// their cosines with what is in it, ties by number.
pub(super) fn split(together: &Together<'_>, most: usize) -> Vec<Vec<u32>> {
    let items = 0..together.items() as u32;
    let mut free: Vec<u32> = items.filter(|item| !together.rows_of(*item).is_empty()).collect();
    if free.len() <= most {
        return if free.is_empty() { Vec::new() } else { vec![free] };
    }
    let mut blocks = Vec::new();
    while !free.is_empty() {
        let block = grow(&mut free, together, most);
        blocks.push(block);
    }
    blocks
}

/// Takes a block out of what is free.
fn grow(free: &mut Vec<u32>, together: &Together<'_>, most: usize) -> Vec<u32> {
    let size = |item: u32| together.rows_of(item).len();
    let mut links = vec![0.0f64; together.items()];
    let mut counts = together.counts();
    let mut block: Vec<u32> = Vec::new();
    while block.len() < most && !free.is_empty() {
        let link = |item: u32| links.get(item as usize).copied().unwrap_or(0.0);
        let order = |a: &u32, b: &u32| {
            link(*b).total_cmp(&link(*a)).then(size(*b).cmp(&size(*a))).then(a.cmp(b))
        };
        let join = if block.is_empty() { 1 } else { AT_ONCE };
        let join = join.min(most - block.len()).min(free.len());
        if join < free.len() {
            free.select_nth_unstable_by(join, order);
        }
        let mut joined: Vec<u32> = free.drain(..join).collect();
        joined.sort_unstable();
        for item in &joined {
            together.count(*item, &mut counts);
            for (other, n) in counts.iter() {
                let cosine = n as f64 / (size(*item) as f64 * size(other) as f64).sqrt();
                links.get_mut(other as usize).into_iter().for_each(|link| *link += cosine);
            }
        }
        block.extend(joined);
    }
    block.sort_unstable();
    block
}
