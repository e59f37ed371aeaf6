//! What the host implements, and what it refuses when a component is loaded.

use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings;
use super::engines::{Engines, Kind};
use super::guest::Guest;

/// Packages whose interfaces are implemented, with the version from which any compatible one will do.
const PACKAGES: &[(&str, &str)] = &[
    ("wasi:cli", "0.2"),
    ("wasi:clocks", "0.2"),
    ("wasi:filesystem", "0.2"),
    ("wasi:http", "0.2"),
    ("wasi:io", "0.2"),
    ("wasi:random", "0.2"),
    ("wasi:sockets", "0.2"),
    ("wasi:cli", "0.3"),
    ("wasi:clocks", "0.3"),
    ("wasi:filesystem", "0.3"),
    ("wasi:http", "0.3"),
    ("wasi:random", "0.3"),
    ("wasi:sockets", "0.3"),
];

/// Interfaces of other packages that are implemented.
const INTERFACES: &[&str] = &[
    "wasi:keyvalue/store@0.2.0-draft2",
    "wasi:keyvalue/batch@0.2.0-draft2",
    "wasi:keyvalue/atomics@0.2.0-draft2",
    "spin:key-value/key-value@3.0.0",
    "spin:variables/variables@3.0.0",
    "fermyon:spin/key-value@2.0.0",
    "fermyon:spin/variables@2.0.0",
];

/// Everything that components of a kind may import.
pub(super) fn new(engines: &Engines, kind: Kind) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engines.of(kind));
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    let own: fn(&mut Guest) -> &mut Guest = |guest| guest;
    bindings::wasi::keyvalue::store::add_to_linker::<_, HasSelf<Guest>>(&mut linker, own)?;
    bindings::wasi::keyvalue::batch::add_to_linker::<_, HasSelf<Guest>>(&mut linker, own)?;
    bindings::wasi::keyvalue::atomics::add_to_linker::<_, HasSelf<Guest>>(&mut linker, own)?;
    bindings::fermyon::spin::key_value::add_to_linker::<_, HasSelf<Guest>>(&mut linker, own)?;
    bindings::fermyon::spin::variables::add_to_linker::<_, HasSelf<Guest>>(&mut linker, own)?;
    if kind == Kind::Concurrent {
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        bindings::spin::key_value::key_value::add_to_linker::<_, HasSelf<Guest>>(&mut linker, own)?;
        bindings::spin::variables::variables::add_to_linker::<_, HasSelf<Guest>>(&mut linker, own)?;
    }
    Ok(linker)
}

/// The imports of a component that the host does not implement.
pub(super) fn unknown_imports(engine: &wasmtime::Engine, component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let names = ty.imports(engine).map(|(name, _)| name);
    names.filter(|name| !is_implemented(name)).map(str::to_owned).collect()
}

fn is_implemented(name: &str) -> bool {
    if INTERFACES.contains(&name) {
        return true;
    }
    let Some((interface, version)) = name.split_once('@') else {
        return false;
    };
    let Some((package, _)) = interface.split_once('/') else {
        return false;
    };
    let compatible = |track: &str| {
        version.strip_prefix(track).is_some_and(|patch| patch.starts_with('.') && !patch.contains('-'))
    };
    PACKAGES.iter().any(|(known, track)| *known == package && compatible(track))
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(name: &str, implemented: bool) {
        assert_eq!(super::is_implemented(name), implemented, "{name}");
    }

    #[test]
    fn imports() {
        check("wasi:http/types@0.2.0", true);
        check("wasi:http/types@0.2.12", true);
        check("wasi:http/types@0.3.0", true);
        check("wasi:http/types@0.3.0-rc-2026-03-15", false);
        check("wasi:http/types@0.4.0", false);
        check("wasi:io/streams@0.3.0", false);
        check("wasi:keyvalue/store@0.2.0-draft2", true);
        check("wasi:keyvalue/store@0.2.0-draft", false);
        check("wasi:nn/graph@0.2.0", false);
        check("ropewalk:pipeline/stage@0.1.0", false);
        check("fermyon:spin/sqlite@2.0.0", false);
        check("env", false);
    }
}
