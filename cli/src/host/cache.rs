//! Compiled components on disk, so that a start needs no compiler.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::HostError;

/// So many compiled components are kept. The ones longest unused go first.
const MAX_ENTRIES: usize = 64;
/// Ending of their names.
const EXTENSION: &str = "cwasm";

/// A folder of compiled components. Its files are machine code that is run as it is: the folder must belong to the
/// user, and nobody else may write to it.
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(super) fn open(folder: &Path) -> Result<Self, HostError> {
        let failed = |cause| HostError::State { path: folder.to_owned(), cause };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let metadata = fs::metadata(folder).map_err(failed)?;
        let own = fs::metadata("/proc/self").map_or(metadata.uid(), |process| process.uid());
        if metadata.uid() != own || metadata.permissions().mode() & 0o022 != 0 {
            let text = "others may write to it\nhint: the folder must be yours alone: `chmod go-w` it, or use another one";
            return Err(failed(std::io::Error::other(text)));
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where the compiled form of this source is kept. It depends on the engine that compiles it, too.
    pub(super) fn entry(&self, engine: &Engine, wasm: &[u8]) -> PathBuf {
        let name = hex::encode(&Sha256::digest(wasm)[..16]);
        let mut hasher = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        self.folder.join(format!("{name}-{:016x}.{EXTENSION}", hasher.finish()))
    }

    /// The compiled component of an entry, if it is kept and whole.
    pub(super) fn load(&self, engine: &Engine, entry: &Path) -> Option<Component> {
        if entry.parent() != Some(&self.folder) || !entry.exists() {
            return None;
        }
        // SAFETY: only this host writes to the folder, files appear in it whole, and its name says that the source and
        // the engine are the same. `open` checked that nobody else may write to it.
        #[allow(unsafe_code)]
        // Mapping compiled code is what makes a start fast; the engine has no safe way to do it.
        let component = unsafe { Component::deserialize_file(engine, entry) };
        if component.is_ok() {
            // Marks it as used; should that fail, it is compiled again one day.
            let _ = fs::File::open(entry).and_then(|file| file.set_modified(SystemTime::now()));
        } else {
            let _ = fs::remove_file(entry);
        }
        component.ok()
    }

    /// Keeps a compiled component. What cannot be kept is compiled again next time.
    pub(super) fn keep(&self, entry: &Path, component: &Component) {
        if let Ok(bytes) = component.serialize() {
            let _ = self.write(entry, &bytes);
        }
        self.prune();
    }

    fn write(&self, entry: &Path, bytes: &[u8]) -> std::io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let unique = format!("{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let temporary = self.folder.join(unique);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        let renamed = written.and_then(|()| fs::rename(&temporary, entry));
        if renamed.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        renamed
    }

    fn prune(&self) {
        let Ok(files) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut entries: Vec<_> = files
            .filter_map(Result::ok)
            .filter(|file| file.path().extension().is_some_and(|extension| extension == EXTENSION))
            .filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())))
            .collect();
        entries.sort();
        let superfluous = entries.len().saturating_sub(MAX_ENTRIES);
        for (_, path) in &entries[..superfluous] {
            // Another host may have removed it.
            let _ = fs::remove_file(path);
        }
    }
}
