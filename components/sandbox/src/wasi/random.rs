//! `wasi:random`, all of it from the seed.

use super::bindings::exports::wasi::random::{insecure, insecure_seed, random};
use super::{Sandbox, with};

impl random::Guest for Sandbox {
    fn get_random_bytes(len: u64) -> Vec<u8> {
        with(|state| state.random.bytes(to_len(len)))
    }

    fn get_random_u64() -> u64 {
        with(|state| state.random.number())
    }
}

impl insecure::Guest for Sandbox {
    fn get_insecure_random_bytes(len: u64) -> Vec<u8> {
        with(|state| state.insecure.bytes(to_len(len)))
    }

    fn get_insecure_random_u64() -> u64 {
        with(|state| state.insecure.number())
    }
}

impl insecure_seed::Guest for Sandbox {
    fn insecure_seed() -> (u64, u64) {
        with(|state| (state.insecure.number(), state.insecure.number()))
    }
}

/// WASI has no error for a length that no memory holds: such a program ends here.
fn to_len(len: u64) -> usize {
    usize::try_from(len).expect("random bytes fit into memory")
}
