//! What is learned from and what is asked, as it is, and as files of numbers for the others.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use confidant::evaluate::{Basket, Interaction, Trial, baskets, hold_out_customers};

use crate::Result;
use crate::rows::{Row, interactions};
use crate::strong::trials;

pub(crate) struct Rows {
    pub(crate) train: Vec<Row>,
    pub(crate) fold_in: Vec<Row>,
    pub(crate) held_out: Vec<Row>,
}

pub(crate) struct Data<'a> {
    pub(crate) train: Vec<Interaction<'a>>,
    /// All of each customer as one order.
    pub(crate) orders: Vec<Basket<'a>>,
    pub(crate) trials: Vec<Trial<'a>>,
    /// Ascending: the others know an item by its place.
    pub(crate) items: Vec<&'a str>,
    seed: u64,
}

impl<'a> Data<'a> {
    pub(crate) fn of(rows: &'a Rows, seed: u64) -> Self {
        let train = interactions(&rows.train);
        let orders = baskets(&train);
        let mut items: Vec<&str> = train.iter().map(|row| row.item).collect();
        items.sort_unstable();
        items.dedup();
        Self { train, orders, trials: trials(&rows.fold_in, &rows.held_out), items, seed }
    }

    /// How many pairs of a customer and an item are learned from.
    pub(crate) fn pairs(&self) -> usize {
        self.orders.iter().map(|order| order.items.len()).sum()
    }

    /// Everything that the others need; and a part of the training data set apart, for them to
    /// choose parameters by.
    pub(crate) fn write(&self, folder: &Folder) -> Result<()> {
        let of = |orders: &[Basket<'a>]| orders.iter().map(|one| one.items.clone()).collect();
        let shown = |trials: &[Trial<'a>]| trials.iter().map(|one| one.folded_in.clone()).collect();
        self.pair(folder, "train", of(&self.orders))?;
        self.pair(folder, "shown", shown(&self.trials))?;
        let apart = (self.orders.len() / 10).min(1000);
        let split = hold_out_customers(&self.train, apart, 20, self.seed);
        self.pair(folder, "apart", of(&baskets(&split.train)))?;
        self.pair(folder, "apart_shown", shown(&split.trials))?;
        let held = split.trials.iter().map(|one| one.held_out.clone()).collect();
        self.pair(folder, "apart_held", held)
    }

    /// Rows of items as pairs of numbers. What nobody learned of says nothing.
    fn pair(&self, folder: &Folder, name: &str, rows: Vec<Vec<&str>>) -> Result<()> {
        let mut file = BufWriter::new(File::create(folder.file(&format!("{name}.pairs")))?);
        for (row, items) in (0i32..).zip(rows) {
            for item in items.iter().filter_map(|item| self.items.binary_search(item).ok()) {
                file.write_all(&row.to_le_bytes())?;
                file.write_all(&i32::try_from(item)?.to_le_bytes())?;
            }
        }
        Ok(file.flush()?)
    }

    /// Lists that the others wrote, so many long, one for each trial; minus one is nothing.
    pub(crate) fn lists(&self, folder: &Folder, long: usize) -> Result<Vec<Vec<&'a str>>> {
        let bytes = std::fs::read(folder.file("lists.items"))?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let item = |number: &[u8; 4]| {
            let number = usize::try_from(i32::from_le_bytes(*number)).ok()?;
            self.items.get(number).copied()
        };
        let list = |numbers: &[[u8; 4]]| numbers.iter().filter_map(item).collect();
        Ok(numbers.chunks(long).map(list).collect())
    }

    /// Scores that the others wrote: of each trial, one for each item.
    pub(crate) fn scores(&self, folder: &Folder) -> Result<Vec<Vec<f64>>> {
        let bytes = std::fs::read(folder.file("scores.numbers"))?;
        let (numbers, _) = bytes.as_chunks::<8>();
        let row = |numbers: &[[u8; 8]]| numbers.iter().map(|n| f64::from_le_bytes(*n)).collect();
        Ok(numbers.chunks(self.items.len().max(1)).map(row).collect())
    }
}

/// A folder that is gone when it is no longer needed.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("confidant-peers-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}
