//! Archives of which the bytes depend on the files alone.

mod tar;
mod zip;

pub(crate) use tar::tar;
pub(crate) use zip::zip;

use std::io::Write;

use flate2::{Compression, GzBuilder};

use crate::error::Error;

/// How hard is compressed: what gzip does unless told otherwise. Part of the result, so it is fixed.
const LEVEL: u32 = 6;
/// The mode of files that are no programs.
const MODE: u32 = 0o644;
/// The mode of programs.
const EXECUTABLE_MODE: u32 = 0o755;

/// Compressed by gzip, without name and time.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder =
        GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(LEVEL));
    encoder.write_all(bytes).map_err(|error| Error::format("gzip", error))?;
    encoder.finish().map_err(|error| Error::format("gzip", error))
}

fn mode(executable: bool) -> u32 {
    if executable { EXECUTABLE_MODE } else { MODE }
}

/// A path below the prefix.
fn place(prefix: &str, path: &str) -> String {
    if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") }
}
