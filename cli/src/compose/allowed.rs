//! What a composed stage may import of the host, and what to say of everything else.

use anyhow::{Context, Result};
use wac_graph::types::{Package, Types};

/// Interfaces that the adapter needs: HTTP towards it, the store, clocks and what its own standard
/// library asks of a host. The program sees none of them.
const ADAPTER: &[&str] = &[
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:http/types@",
    "wasi:io/",
    "wasi:keyvalue/atomics@",
    "wasi:keyvalue/batch@",
    "wasi:keyvalue/store@",
    "wasi:random/",
];

/// And what `outbound` needs besides.
const OUTBOUND: &str = "wasi:http/outgoing-handler@";

/// Whether a composed stage may import this; `has_way_out`: whether it is one with effects.
pub(super) fn is_allowed(import: &str, has_way_out: bool) -> bool {
    let is_listed = ADAPTER.iter().any(|prefix| import.starts_with(prefix));
    let is_version_2 = import.rsplit_once('@').is_some_and(|(_, version)| version.starts_with("0.2."));
    is_version_2 && (is_listed || has_way_out && import.starts_with(OUTBOUND))
}

/// Whether a program that imports this asks for a network, which it is refused when it uses it.
pub(super) fn is_network(import: &str) -> bool {
    import.starts_with("wasi:sockets/") || import.starts_with("wasi:http/")
}

/// The way out for the author of a program that imports what it is not given.
pub(super) fn hint(import: &str) -> &'static str {
    if import.starts_with("wasi:sockets/") {
        "a stage has no sockets, and refuses those of WASI 0.2 alone when they are used: target wasm32-wasip2; \
         a stage with effects reaches HTTP through `ropewalk_stage::outbound`"
    } else if import.starts_with("wasi:http/") {
        "a stage has no HTTP of its own, and refuses that of WASI 0.2 alone when it is used: a stage with effects \
         uses `ropewalk_stage::outbound`"
    } else if import.starts_with("wasi:keyvalue/")
        || import.starts_with("fermyon:spin/")
        || import.starts_with("spin:")
    {
        "a stage has no store and no variables: pass it what it needs as parameters and inputs"
    } else if import.starts_with("ropewalk:pipeline/") {
        "build the stage against the `ropewalk_stage` of this release"
    } else if import.starts_with("wasi:") {
        "the sandbox has no such interface, or not in this version: target wasm32-wasip2 with the \
         toolchain that rust-toolchain.toml names"
    } else {
        "a stage is given WASI by the sandbox and nothing else: leave out what imports it"
    }
}

/// What a component imports.
pub(super) fn imports_of(wasm: &[u8]) -> Result<Vec<String>> {
    let mut types = Types::default();
    let package = Package::from_bytes("composed", None, wasm, &mut types)
        .context("the composed component cannot be read back")?;
    Ok(types[package.ty()].imports.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(import: &str, hermetic: bool, with_effects: bool) {
        assert_eq!(is_allowed(import, false), hermetic, "hermetic: {import}");
        assert_eq!(is_allowed(import, true), with_effects, "with effects: {import}");
    }

    #[test]
    fn imports_are_held_to_a_list() {
        check("wasi:io/poll@0.2.6", true, true);
        check("wasi:keyvalue/store@0.2.0-draft2", true, true);
        check("wasi:http/types@0.2.9", true, true);
        check("wasi:http/outgoing-handler@0.2.6", false, true);
        check("wasi:http/types@0.3.0", false, false);
        check("wasi:http/types", false, false);
        check("wasi:sockets/tcp@0.2.6", false, false);
        check("wasi:keyvalue/watch@0.2.0-draft2", false, false);
        check("spin:variables/variables@2.0.0", false, false);
        check("wasi:io2/poll@0.2.6", false, false);
    }
}
