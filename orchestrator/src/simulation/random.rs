//! Chance that follows from a seed.

use std::cell::Cell;

/// The generator `SplitMix64`.
#[derive(Default)]
pub(crate) struct Random(Cell<u64>);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        let seed = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(seed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below that.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Whether something happens that happens so often in a thousand.
    pub(crate) fn permille(&self, chance: u64) -> bool {
        chance > 0 && self.below(1000) < chance
    }
}
