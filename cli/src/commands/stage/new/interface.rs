//! The interface of a stage, as other languages take it.

use anyhow::{Context, Result};
use wit_bindgen_core::Files;
use wit_parser::{Resolve, UnresolvedPackageGroup};

macro_rules! wit {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../../wit/", $path)))),*]
    };
}

/// The package `ropewalk:pipeline` as far as authors of stages need it, and what it uses of WASI.
pub(super) const FILES: &[(&str, &str)] = wit![
    "stage.wit",
    "outbound.wit",
    "author.wit",
    "deps/clocks/monotonic-clock.wit",
    "deps/clocks/timezone.wit",
    "deps/clocks/wall-clock.wit",
    "deps/clocks/world.wit",
    "deps/filesystem/preopens.wit",
    "deps/filesystem/types.wit",
    "deps/filesystem/world.wit",
    "deps/io/error.wit",
    "deps/io/poll.wit",
    "deps/io/streams.wit",
    "deps/io/world.wit",
];

/// Packages, each after those that it uses.
const PACKAGES: [&str; 4] = ["deps/io/", "deps/clocks/", "deps/filesystem/", ""];

/// The world of a stage in C.
const WORLD: &str = "hermetic-stage";

/// The interface in C: a header, what stands behind it, and an object that names the world.
pub(super) fn bindings() -> Result<Vec<(String, Vec<u8>)>> {
    let mut resolve = Resolve::default();
    let mut last = None;
    for folder in PACKAGES {
        let mut map = wit_parser::SourceMap::new();
        for (path, text) in FILES {
            let is_here = path.strip_prefix(folder).is_some_and(|rest| !rest.contains('/'));
            if is_here {
                map.push_str(path, *text);
            }
        }
        let group: UnresolvedPackageGroup =
            map.parse().map_err(|(_, error)| anyhow::anyhow!("the interface is malformed: {error}"))?;
        last = Some(resolve.push_group(group)?);
    }
    let package = last.context("the interface has a package")?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    Ok(files.iter().map(|(name, contents)| (name.to_owned(), contents.to_vec())).collect())
}
