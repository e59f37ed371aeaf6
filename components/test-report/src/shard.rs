//! One part of the test files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One part of the test files: every `total`-th of the sorted ones, beginning with the `index`-th.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u32,
    /// How many parts there are, at most 1,000.
    pub total: u32,
}

/// Into so many parts test files may be split.
pub const MAX_SHARDS: u32 = 1_000;

/// A part that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// There are too many parts, or none.
    #[error("`shard.total` is {0}, and must be 1 to {MAX_SHARDS}")]
    Total(u32),
    /// There is no such part.
    #[error("`shard.index` is {index}, and must be 1 to `shard.total`, {total}")]
    Index {
        /// The part that was asked for.
        index: u32,
        /// How many there are.
        total: u32,
    },
}

impl Shard {
    /// Whether there can be such a part.
    pub fn check(self) -> Result<(), ShardError> {
        let Self { index, total } = self;
        if !(1..=MAX_SHARDS).contains(&total) {
            return Err(ShardError::Total(total));
        }
        if !(1..=total).contains(&index) {
            return Err(ShardError::Index { index, total });
        }
        Ok(())
    }

    /// Leaves of the sorted files those of this part.
    pub fn retain<T>(self, files: &mut Vec<T>) {
        let mut turn = 0;
        files.retain(|_| {
            turn = if turn == self.total { 1 } else { turn + 1 };
            turn == self.index
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(index: u32, total: u32, expected: &[u32]) {
        let mut files: Vec<u32> = (1..=7).collect();
        let shard = Shard { index, total };
        assert_eq!(shard.check(), Ok(()));
        shard.retain(&mut files);
        assert_eq!(files, expected);
    }

    #[test]
    fn every_file_is_in_one_part() {
        check(1, 1, &[1, 2, 3, 4, 5, 6, 7]);
        check(1, 3, &[1, 4, 7]);
        check(2, 3, &[2, 5]);
        check(3, 3, &[3, 6]);
        check(9, 9, &[]);
    }

    #[test]
    fn parts_that_cannot_be() {
        assert_eq!(Shard { index: 1, total: 0 }.check(), Err(ShardError::Total(0)));
        assert_eq!(Shard { index: 1, total: 1_001 }.check(), Err(ShardError::Total(1_001)));
        assert_eq!(Shard { index: 0, total: 2 }.check(), Err(ShardError::Index { index: 0, total: 2 }));
        assert_eq!(Shard { index: 3, total: 2 }.check(), Err(ShardError::Index { index: 3, total: 2 }));
    }
}
