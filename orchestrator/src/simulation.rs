//! A simulated world: hosts with virtual time on one store that fails, delays, loses connections and kills
//! its host at any write, and stages that keep their answers by idempotency key as the real adapter does.
//! Everything follows from one seed, so that a failure replays.

mod cases;
mod collection;
mod host;
mod machine;
mod pipelines;
mod random;
mod requests;
mod resources;
mod scenario;
mod stages;
mod store;
mod watch;
mod world;

use host::SimHost;
use machine::Machine;
use random::Random;
use stages::Stages;
use store::{Fate, Faults, FaultyStore};
use watch::Watch;
use world::World;
