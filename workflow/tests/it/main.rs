//! One binary: cases of our own, and those recorded from AWS Step Functions where they are at hand.

mod cases;
mod conformance;
mod driver;
mod examples;
mod world;
