//! How a column of numbers is written: small numbers short, a column of zeros as
//! nothing, times as steps, round amounts without their zeros.

/// A column of which most cells are zero: all zeros are written as no cells at all.
pub(super) mod sparse {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        column: &[u32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let zeros = column.iter().all(|cell| *cell == 0);
        (column.len() as u64, if zeros { &[][..] } else { column }).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u32>, D::Error> {
        let (length, mut column) = <(u64, Vec<u32>)>::deserialize(deserializer)?;
        if column.is_empty() {
            // The caller holds this length against the column of ids.
            column.resize(usize::try_from(length.min(super::LONGEST)).unwrap_or(0), 0);
        }
        Ok(column)
    }
}

/// The most rows that one record is let to claim, far above what one holds.
pub(super) const LONGEST: u64 = 1 << 26;

/// A column of whole numbers that often share a round factor.
pub(super) mod scaled {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    const SCALES: [i64; 4] = [1_000_000, 10_000, 1_000, 1];

    pub(crate) fn serialize<S: Serializer>(
        column: &[i64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let shared = |scale: &&i64| column.iter().all(|cell| cell % **scale == 0);
        let scale = SCALES.iter().find(shared).copied().unwrap_or(1);
        let cells: Vec<i64> = column.iter().map(|cell| cell / scale).collect();
        (scale, cells).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<i64>, D::Error> {
        let (scale, mut cells) = <(i64, Vec<i64>)>::deserialize(deserializer)?;
        cells
            .iter_mut()
            .for_each(|cell| *cell = cell.saturating_mul(scale));
        Ok(cells)
    }
}

/// A column of instants in ascending order, as steps.
pub(super) mod ascending {
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        column: &[i64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut last = 0i64;
        let steps: Vec<i64> = column
            .iter()
            .map(|cell| cell.wrapping_sub(std::mem::replace(&mut last, *cell)))
            .collect();
        super::scaled::serialize(&steps, serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<i64>, D::Error> {
        let mut column = super::scaled::deserialize(deserializer)?;
        let mut last = 0i64;
        column.iter_mut().for_each(|cell| {
            last = last.wrapping_add(*cell);
            *cell = last;
        });
        Ok(column)
    }
}

/// A column of random bits, eight bytes each.
pub(super) mod fixed {
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        column: &[u64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = column.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u64>, D::Error> {
        struct Cells;
        impl Visitor<'_> for Cells {
            type Value = Vec<u64>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("eight bytes a cell")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u64>, E> {
                let (cells, rest) = bytes.as_chunks::<8>();
                if rest.is_empty() {
                    Ok(cells.iter().map(|cell| u64::from_le_bytes(*cell)).collect())
                } else {
                    Err(E::invalid_length(bytes.len(), &self))
                }
            }
        }
        deserializer.deserialize_bytes(Cells)
    }
}
