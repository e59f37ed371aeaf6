//! Style sheets in Sass.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use grass::{Options, OutputStyle};

use super::write::Writer;
use crate::error::Error;
use crate::{Place, files};

/// Compiles what is in the folder `sass` below `folder`, less what only others use: names that begin with `_`.
/// All that is wrong is told at once.
pub(crate) fn compile(place: &Place, folder: &Path, writer: &mut Writer<'_>) -> Result<(), Error> {
    let folder = place.root.join(folder).join("sass");
    if !folder.is_dir() {
        return Ok(());
    }
    let mut made: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let mut errors = Vec::new();
    for path in files::below(&folder)? {
        let is_sass = path.extension().is_some_and(|extension| extension == "scss" || extension == "sass");
        let is_part = path.iter().any(|part| part.to_string_lossy().starts_with('_'));
        if !is_sass || is_part {
            continue;
        }
        let target = path.with_extension("css");
        if let Some(other) = made.insert(target.clone(), path.clone()) {
            errors.push(Error::Conflict {
                first: place.show(&folder.join(other)),
                second: place.show(&folder.join(&path)),
                output: target.display().to_string(),
            });
            continue;
        }
        let options = Options::default().style(OutputStyle::Compressed).load_path(&folder);
        match grass::from_path(folder.join(&path), &options) {
            Ok(css) => writer.write_file(&target, css.as_bytes())?,
            Err(error) => errors.push(invalid(place, &folder.join(&path), &error.to_string())),
        }
    }
    Error::all(errors)
}

/// The compiler draws where it stopped: what is wrong, lines of the file, and where they stand.
fn invalid(place: &Place, path: &Path, drawn: &str) -> Error {
    let lines: Vec<_> = drawn.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let why = lines
        .first()
        .map_or("it can't be compiled", |line| line.trim_start_matches("Error: ").trim_end_matches('.'));
    let at = lines.iter().skip(1).rev().find(|line| line.contains(".scss:") || line.contains(".sass:"));
    let at = at.map_or_else(
        || place.show(path),
        |line| crate::error::shorten(place, line.trim_start_matches("./").trim_start_matches('/')),
    );
    let at = at.strip_prefix(place.base.to_string_lossy().trim_start_matches('/')).unwrap_or(&at);
    Error::InvalidSass(format!("`{}`: {why}", at.trim_start_matches('/')))
}
