//! Generated from `wit/`.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

wit_bindgen::generate!({
    world: "no-network",
    path: "../../wit",
    generate_all,
});

export!(NoNetwork with_types_in self);

use super::NoNetwork;
