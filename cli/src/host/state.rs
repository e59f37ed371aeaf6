//! The state folder: one host at a time, nobody else's business.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::HostError;

/// Bytes of a generated secret.
const SECRET_BYTES: usize = 32;
const SECRETS_FILE: &str = "secrets.toml";

/// A state folder that this host alone uses while it lives.
pub(super) struct State {
    pub(super) folder: PathBuf,
    _lock: File,
}

impl State {
    /// Opens a folder, and creates it if there is none.
    pub(super) fn open(folder: &Path) -> Result<Self, HostError> {
        let failed = |cause: io::Error| HostError::State { path: folder.to_owned(), cause };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        DirBuilder::new().recursive(true).mode(0o700).create(folder.join("log")).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(HostError::Locked { path: folder.to_owned() });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Fills in those of the named variables that are empty, with secrets that are made once and kept. Returns the
    /// names of those that were made now.
    pub(super) fn generate(
        &self,
        names: &[String],
        values: &mut BTreeMap<String, String>,
    ) -> Result<Vec<String>, HostError> {
        let failed = |cause| HostError::State { path: self.folder.join(SECRETS_FILE), cause };
        let mut kept = self.secrets().map_err(failed)?;
        let mut made = Vec::new();
        for name in names {
            let Some(value) = values.get_mut(name).filter(|value| value.is_empty()) else {
                continue;
            };
            if !kept.contains_key(name) {
                kept.insert(name.clone(), secret().map_err(failed)?);
                made.push(name.clone());
            }
            value.clone_from(&kept[name]);
        }
        if !made.is_empty() {
            self.keep(&kept).map_err(failed)?;
        }
        Ok(made)
    }

    fn secrets(&self) -> io::Result<BTreeMap<String, String>> {
        match fs::read_to_string(self.folder.join(SECRETS_FILE)) {
            Ok(text) => toml::from_str(&text).map_err(|error| io::Error::other(error.message().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    fn keep(&self, secrets: &BTreeMap<String, String>) -> io::Result<()> {
        let temporary = self.folder.join("secrets.tmp");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        for (name, value) in secrets {
            // Names are lower_snake_case, values hexadecimal: neither needs escaping.
            writeln!(file, "{name} = \"{value}\"")?;
        }
        file.sync_all()?;
        fs::rename(&temporary, self.folder.join(SECRETS_FILE))?;
        File::open(&self.folder)?.sync_all()
    }
}

/// Hexadecimal digits from the system's random numbers.
fn secret() -> io::Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::State;
    use crate::host::HostError;

    #[test]
    fn is_used_by_one_host_at_a_time() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("deep/state");
        let first = State::open(&path).expect("state");
        assert!(matches!(State::open(&path), Err(HostError::Locked { .. })));
        drop(first);
        State::open(&path).expect("state");
    }

    #[test]
    fn keeps_what_it_generated() {
        let folder = tempfile::tempdir().expect("folder");
        let state = State::open(folder.path()).expect("state");
        let values = |token: &str| {
            BTreeMap::from([("api_token".to_owned(), token.to_owned()), ("other".to_owned(), String::new())])
        };
        let names = ["api_token".to_owned(), "unknown".to_owned()];
        let mut first = values("");
        assert_eq!(state.generate(&names, &mut first).expect("generate"), ["api_token"]);
        assert_eq!(first["api_token"].len(), 64);
        assert_eq!(first["other"], "");
        let mut again = values("");
        assert!(state.generate(&names, &mut again).expect("generate").is_empty());
        assert_eq!(again, first);
        let mut given = values("given");
        state.generate(&names, &mut given).expect("generate");
        assert_eq!(given["api_token"], "given");
    }
}
