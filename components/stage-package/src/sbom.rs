//! Bills of materials, in CycloneDX 1.6, of what lock files name.

mod cargo;
mod document;
mod hash;
mod license;
mod npm;
mod python;
mod requirements;
mod stock;

use std::path::Path;

use crate::error::Error;
use crate::files;
use crate::job::Job;
use stock::Stock;

/// The most components of one bill.
const MAX_COMPONENTS: usize = 50_000;

/// What reads the text of a lock file into the stock.
type Reader = fn(&str, &mut Stock) -> Result<(), String>;

/// The lock files that are known, by the ends of their names.
const KINDS: [(&str, Reader); 6] = [
    ("package-lock.json", npm::read),
    ("Cargo.lock", cargo::read),
    ("uv.lock", python::read_uv),
    ("poetry.lock", python::read_poetry),
    ("pylock.toml", python::read_pylock),
    ("requirements.txt", requirements::read),
];

/// A bill, written.
#[derive(Debug)]
pub(crate) struct Bill {
    pub(crate) json: String,
    pub(crate) serial_number: String,
    pub(crate) components: usize,
    pub(crate) lock_files: Vec<String>,
}

/// The bill of the lock files that the parameters name, or of those that stand in the root. `None` if there are
/// none.
pub(crate) fn make(root: &Path, job: &Job<'_>) -> Result<Option<Bill>, Error> {
    let lock_files = match &job.parameters.sbom {
        Some(named) => named.clone(),
        None => KINDS
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .filter(|name| root.join(name).is_file())
            .collect(),
    };
    if lock_files.is_empty() {
        return Ok(None);
    }
    let mut stock = Stock::default();
    for path in &lock_files {
        let refused = |why: String| Error::InvalidLock { path: path.clone(), why };
        let name = path.rsplit('/').next().unwrap_or_default();
        let kind = KINDS.iter().find(|(known, _)| name == *known || is_variant(name, known));
        let (_, read) = kind.ok_or_else(|| {
            let known: Vec<String> = KINDS.iter().map(|(known, _)| format!("`{known}`")).collect();
            refused(format!("it is of no known kind: hint: {}", known.join(", ")))
        })?;
        let text = String::from_utf8(files::read_named(root, "sbom", path)?)
            .map_err(|_| refused("it is not UTF-8 text".to_owned()))?;
        read(text.trim_start_matches('\u{feff}'), &mut stock).map_err(refused)?;
        if stock.components.len() > MAX_COMPONENTS {
            let what = format!("the lock files name {} components", stock.components.len());
            return Err(Error::TooLarge { what, limit: MAX_COMPONENTS as u64 });
        }
    }
    document::write(&stock, job, lock_files).map(Some)
}

/// `requirements-test.txt`, `pylock.test.toml`
fn is_variant(name: &str, known: &str) -> bool {
    known.rsplit_once('.').is_some_and(|(stem, extension)| {
        let rest = name.strip_prefix(stem).and_then(|rest| rest.strip_suffix(extension));
        matches!(known, "requirements.txt" | "pylock.toml")
            && rest.is_some_and(|rest| {
                rest.len() > 1 && rest.starts_with(['-', '.', '_']) && rest.ends_with('.')
            })
    })
}

#[cfg(test)]
mod tests;
