//! Which of a few things came when: small enough to stay near the processor, however
//! many there are to choose from.

/// Numbers from 1 for keys in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Open addressing; zero where nothing is.
    table: Vec<u32>,
    shift: u32,
    /// By place; the first stands for nothing.
    keys: Vec<u32>,
    count: u32,
}

impl Places {
    /// Forgets everything, and makes room for so many keys.
    pub(super) fn start(&mut self, most: usize) {
        let size = (2 * most).next_power_of_two().max(16);
        self.table.clear();
        self.table.resize(size, 0);
        self.shift = 32 - size.trailing_zeros().min(32);
        if self.keys.len() <= most {
            self.keys.resize(most + 1, 0);
        }
        self.count = 0;
    }

    /// The place of a key, which is the next one if it is new.
    pub(super) fn place(&mut self, key: u32) -> usize {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = (key.wrapping_mul(0x9e37_79b1) >> self.shift) as usize;
        loop {
            let Some(there) = self.table.get_mut(at & mask) else { return 0 };
            let known = self.keys.get(*there as usize).copied().unwrap_or_default();
            if (*there != 0) & (known != key) {
                at += 1;
                continue;
            }
            // No branch: whether a key is new, nobody can predict.
            let place = if *there == 0 { self.count + 1 } else { *there };
            self.count = self.count.max(place);
            *there = place;
            if let Some(own) = self.keys.get_mut(place as usize) {
                *own = key;
            }
            return place as usize;
        }
    }
}
