//! Generated from `wit/`.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

wit_bindgen::generate!({
    world: "virtual-wasi",
    path: "../../wit",
    generate_all,
    features: ["cli-exit-with-code"],
});

export!(Sandbox with_types_in self);

use super::Sandbox;
