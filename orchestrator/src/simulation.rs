//! A simulated host: virtual time, a store that dies at a chosen write, and stages that keep their results by
//! idempotency key as the real adapter does. Everything is deterministic: a seed tells the whole story.

mod store;
mod world;

mod resources;
mod tests;

pub(crate) use store::{CrashingStore, Fate};
pub(crate) use world::World;
