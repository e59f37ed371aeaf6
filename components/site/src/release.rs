//! Releases: manifests over files in blob storage.

use std::collections::BTreeMap;

use artifact::{Digest, Store};
use serde::{Deserialize, Serialize};

use crate::content::{CachePolicy, Encoding};
use crate::{Error, decode, encode};

/// So much of a manifest is kept in one value, in bytes.
const MAX_PART_BYTES: usize = 900_000;
/// The most values of one manifest: some 50,000 files with long names.
const MAX_PARTS: usize = 32;

/// What a site serves, until the next release. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Names the release: see [`Release::id_of`].
    pub id: String,
    /// Whose it is.
    pub site: String,
    /// In which environment it was published.
    pub environment: String,
    /// The project that published it.
    pub project: String,
    /// The run that published it.
    pub run: String,
    /// The artifact that it was made of: where the files' contents are.
    pub artifact: Digest,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub at_s: u64,
    /// Artifacts that hold compressed contents, to which the files refer by index.
    pub variants: Vec<Digest>,
    /// The files, by path.
    pub files: BTreeMap<String, ReleaseFile>,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// Of its contents.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
    /// The value of its `Content-Type`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// How long it may be kept by those who get it.
    pub cache: CachePolicy,
    /// Compressed contents, where they are smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gzip: Option<Variant>,
    /// Compressed contents, where they are smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub br: Option<Variant>,
    /// Compressing was tried, or is not worth trying: the next release need not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
}

/// Compressed contents of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Which of [`Release::variants`] has them.
    #[serde(rename = "in")]
    pub within: usize,
    /// In bytes.
    pub size: u64,
}

impl Release {
    /// The id of what a run publishes: a repetition has the same.
    pub fn id_of(site: &str, environment: &str, run: &str, artifact: &Digest) -> String {
        let mut id = Digest::of(format!("{site}@{environment}\n{run}\n{artifact}").as_bytes()).hex();
        id.truncate(20);
        id
    }

    /// The size of all files together, in bytes, uncompressed.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }

    /// What must be written so that the release is stored, its first part last.
    pub fn writes(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let manifest = encode(&key(&self.id, 0), self)?;
        let parts: Vec<_> = manifest.chunks(MAX_PART_BYTES).collect();
        if parts.len() > MAX_PARTS {
            let what = format!("the manifest of {} files has {} bytes", self.files.len(), manifest.len());
            return Err(Error::TooLarge { what, limit: MAX_PARTS * MAX_PART_BYTES });
        }
        let count = u8::try_from(parts.len()).unwrap_or(u8::MAX);
        let writes = parts.iter().enumerate().rev().map(|(at, part)| {
            let value = if at == 0 { [&[count], *part].concat() } else { part.to_vec() };
            (key(&self.id, at), value)
        });
        Ok(writes.collect())
    }

    /// The release of this id, if there is one.
    pub fn load<S: Store + ?Sized>(store: &S, id: &str) -> Result<Option<Self>, Error> {
        let Some(first) = store.get(&key(id, 0))? else {
            return Ok(None);
        };
        let corrupt = |why: &str| Error::Corrupt { key: key(id, 0), why: why.to_owned() };
        let Some((count, part)) = first.split_first() else {
            return Err(corrupt("it is empty"));
        };
        let others: Vec<_> = (1..usize::from(*count)).map(|at| key(id, at)).collect();
        if others.is_empty() {
            return decode(&key(id, 0), part).map(Some);
        }
        let mut manifest = part.to_vec();
        for other in store.get_many(&others)? {
            manifest.extend(other.ok_or_else(|| corrupt("a part of it is gone"))?);
        }
        decode(&key(id, 0), &manifest).map(Some)
    }

    /// Deletes the manifest of this id, its first part first, so that none is left that cannot be read.
    /// The files are left to others: any artifact may have them, too.
    pub fn delete<S: Store + ?Sized>(store: &S, id: &str) -> Result<(), Error> {
        let Some(first) = store.get(&key(id, 0))? else {
            return Ok(());
        };
        let count = first.first().copied().map_or(1, usize::from);
        store.delete(&key(id, 0))?;
        let others: Vec<_> = (1..count).map(|at| key(id, at)).collect();
        Ok(store.delete_many(&others)?)
    }

    /// Where a file's contents are in this encoding: the artifact, and the path in it.
    pub fn place(&self, file: &ReleaseFile, encoding: Encoding) -> Option<(Digest, String)> {
        let (variant, extension) = match encoding {
            Encoding::Identity => return None,
            Encoding::Gzip => (file.gzip?, "gz"),
            Encoding::Brotli => (file.br?, "br"),
        };
        let tree = self.variants.get(variant.within)?;
        Some((*tree, variant_path(&file.digest, extension)))
    }
}

/// Under which path the compressed contents of a file are kept.
pub fn variant_path(digest: &Digest, extension: &str) -> String {
    format!("{}.{extension}", digest.hex())
}

fn key(id: &str, part: usize) -> String {
    if part == 0 { format!("release/{id}") } else { format!("release/{id}/{part}") }
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;

    use super::*;

    fn release(files: usize) -> Release {
        let file = ReleaseFile {
            digest: Digest::of(b"x"),
            size: 7,
            media_type: "text/html".to_owned(),
            cache: CachePolicy::Ask,
            gzip: Some(Variant { within: 0, size: 3 }),
            br: None,
            settled: true,
        };
        Release {
            id: "r1".to_owned(),
            site: "docs".to_owned(),
            environment: "production".to_owned(),
            project: "docs".to_owned(),
            run: "run".to_owned(),
            artifact: Digest::of(b"a"),
            at_s: 5,
            variants: vec![Digest::of(b"v")],
            files: (0..files).map(|at| (format!("folder/page-{at}.html"), file.clone())).collect(),
        }
    }

    #[track_caller]
    fn check(files: usize, keys: usize) {
        let (store, release) = (MemoryStore::new(), release(files));
        store.set_many(&release.writes().unwrap()).unwrap();
        assert_eq!(store.keys().len(), keys);
        assert_eq!(Release::load(&store, "r1").unwrap(), Some(release));
        Release::delete(&store, "r1").unwrap();
        assert!(store.keys().is_empty());
        assert_eq!(Release::load(&store, "r1").unwrap(), None);
    }

    #[test]
    fn manifests_of_any_size_are_kept() {
        check(0, 1);
        check(3, 1);
        check(10_000, 3);
    }

    #[test]
    fn a_manifest_has_a_limit() {
        let mut large = release(0);
        large.site = "s".repeat(MAX_PARTS * MAX_PART_BYTES);
        assert!(matches!(large.writes(), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn a_cut_manifest_is_told() {
        let (store, release) = (MemoryStore::new(), release(10_000));
        store.set_many(&release.writes().unwrap()).unwrap();
        store.delete("release/r1/2").unwrap();
        let error = Release::load(&store, "r1").unwrap_err();
        assert_eq!(error.to_string(), "the record `release/r1` is corrupt: a part of it is gone");
        store.set("release/r1", b"").unwrap();
        assert!(Release::load(&store, "r1").is_err());
    }

    #[test]
    fn the_same_run_and_artifact_have_the_same_id() {
        let id = |run: &str, text: &[u8]| Release::id_of("docs", "production", run, &Digest::of(text));
        assert_eq!(id("r", b"x"), id("r", b"x"));
        assert_ne!(id("r", b"x"), id("s", b"x"));
        assert_ne!(id("r", b"x"), id("r", b"y"));
        assert_eq!(id("r", b"x").len(), 20);
    }
}
