//! Generated from `wit/`.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

wit_bindgen::generate!({
    world: "way-out",
    path: "../../wit",
    generate_all,
});

export!(Outbound with_types_in self);

use super::Outbound;
