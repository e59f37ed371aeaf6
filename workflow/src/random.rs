//! Randomness that is the same in every replay.

use sha2::{Digest, Sha256};

use crate::event::Seed;

/// A stream of random numbers that follows from its seed alone. What it gave before can't be used to guess what follows.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    seed: Seed,
    drawn: u64,
}

impl Random {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { seed, drawn: 0 }
    }

    /// 32 fresh bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"ropewalk run randomness");
        hash.update(self.seed.0);
        hash.update(self.drawn.to_be_bytes());
        self.drawn += 1;
        hash.finalize().into()
    }

    /// 64 fresh bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// A number from 0 to under 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
        let numerator = (self.bits() >> 11) as f64;
        numerator / 9_007_199_254_740_992.0
    }

    /// A random UUID (version 4).
    pub(crate) fn uuid(&mut self) -> String {
        let bytes = self.bytes();
        let mut digits = [0; 16];
        digits.copy_from_slice(&bytes[..16]);
        digits[6] = digits[6] & 0x0f | 0x40;
        digits[8] = digits[8] & 0x3f | 0x80;
        let text = hex::encode(digits);
        [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
    }
}

/// The number from `low` (included) to `high` (excluded) that `java.util.Random` of this seed gives first: what a seeded
/// `States.MathRandom` promises is that the same seed gives the same number.
pub(crate) fn seeded_between(seed: i64, low: i64, high: i64) -> i64 {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;
    let state = (seed.cast_unsigned() ^ MULTIPLIER) & MASK;
    let state = state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
    scale(state << 16, low, high)
}

/// The number from `low` (included) to `high` (excluded) that 64 random bits choose.
pub(crate) fn scale(bits: u64, low: i64, high: i64) -> i64 {
    let span = i128::from(high) - i128::from(low);
    let offset = (i128::from(bits) * span.max(1)) >> 64;
    i64::try_from(i128::from(low) + offset).unwrap_or(low)
}

/// The number from 0 to under 1 that a seed gives.
pub(crate) fn seeded_fraction(seed: i64) -> f64 {
    let mut seeded = [0; 32];
    seeded[..8].copy_from_slice(&seed.to_be_bytes());
    Random::new(Seed(seeded)).fraction()
}
