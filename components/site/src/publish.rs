//! Makes a release of an artifact: types, caching, compressed contents.

mod compress;

use std::collections::{BTreeMap, VecDeque};

use artifact::{Artifacts, Digest, Entry, File, Store, StoredTree};

use crate::Error;
use crate::content::{is_compressible, media_type, policy_of};
use crate::release::{Release, ReleaseFile, Variant, variant_path};
use compress::Compressed;

/// So many bytes of contents are read and compressed in one step.
const STEP_BYTES: u64 = 256 << 10;
/// So many bytes of contents are compressed for one release, in some ten seconds: platforms end a request
/// after thirty. What is over is served as it is, and compressed when the next release is published.
const MAX_COMPRESSED_BYTES: u64 = 16 << 20;

/// What shall be published.
#[derive(Debug, Clone)]
pub struct Order {
    /// The site.
    pub site: String,
    /// Its environment.
    pub environment: String,
    /// The project that publishes.
    pub project: String,
    /// The run that publishes.
    pub run: String,
    /// What it publishes.
    pub artifact: Digest,
    /// The host names under which the site shall be served; `None` leaves them as they are.
    pub hosts: Option<Vec<String>>,
    /// Now, in seconds since 1970-01-01T00:00:00Z.
    pub at_s: u64,
}

/// A release in the making. Call [`Self::step`] until it says that nothing is left, then
/// [`Self::finish`]. Nothing is written before.
#[derive(Debug)]
pub struct Publication<'a, S: Store + ?Sized> {
    store: &'a S,
    order: Order,
    tree: StoredTree,
    files: BTreeMap<String, ReleaseFile>,
    /// Trees of compressed contents that the previous release has, as far as this one uses them.
    variants: Vec<Digest>,
    /// Paths whose contents must be looked at, with their sizes.
    waiting: VecDeque<(String, u64)>,
    /// What came of contents that were looked at: several paths may have the same.
    compressed: BTreeMap<Digest, Compressed>,
    compressed_bytes: u64,
}

impl<'a, S: Store + ?Sized> Publication<'a, S> {
    /// Begins. `previous` is what the site serves now: what is compressed there isn't compressed again.
    pub fn new(store: &'a S, order: Order, tree: StoredTree, previous: Option<&Release>) -> Self {
        let known = Known::new(previous);
        let mut publication = Self {
            store,
            order,
            files: BTreeMap::new(),
            variants: Vec::new(),
            waiting: VecDeque::new(),
            compressed: BTreeMap::new(),
            compressed_bytes: 0,
            tree,
        };
        let entries: Vec<_> =
            publication.tree.tree().iter().map(|(path, entry)| (path.to_owned(), *entry)).collect();
        for (path, entry) in entries {
            publication.add(path, &entry, &known);
        }
        publication
    }

    /// Compresses a few files. Whether there may be more to do.
    pub fn step(&mut self) -> Result<bool, Error> {
        let mut bytes = 0;
        let mut batch = Vec::new();
        while let Some((path, size)) = self.waiting.pop_front() {
            if !batch.is_empty() && bytes + size > STEP_BYTES {
                self.waiting.push_front((path, size));
                break;
            }
            bytes += size;
            batch.push(path);
        }
        if batch.is_empty() {
            return Ok(false);
        }
        let contents = Artifacts::new(self.store).read_all(&self.tree, batch.iter().map(String::as_str))?;
        for (path, contents) in contents {
            self.settle(&path, &contents);
        }
        Ok(!self.waiting.is_empty())
    }

    /// Stores the release. It isn't served yet.
    pub fn finish(mut self) -> Result<(Order, Release), Error> {
        let artifacts = Artifacts::new(self.store);
        let mut writes = Vec::new();
        let files = variant_files(&mut self.compressed);
        if !files.is_empty() {
            let (tree, new) = artifacts.stage_put(files, &[])?;
            writes.extend(new);
            self.variants.push(tree);
        }
        let order = self.order;
        let release = Release {
            id: Release::id_of(&order.site, &order.environment, &order.run, &order.artifact),
            site: order.site.clone(),
            environment: order.environment.clone(),
            project: order.project.clone(),
            run: order.run.clone(),
            artifact: order.artifact,
            at_s: order.at_s,
            variants: self.variants,
            files: self.files,
        };
        writes.extend(release.writes()?);
        artifacts.write(&writes)?;
        Ok((order, release))
    }

    /// Adds a file, with what is known of its contents.
    fn add(&mut self, path: String, entry: &Entry, known: &Known<'_>) {
        let essence = media_type(&path);
        let mut file = ReleaseFile {
            digest: entry.digest,
            size: entry.size,
            cache: policy_of(&path, &essence),
            media_type: essence,
            gzip: None,
            br: None,
            settled: true,
        };
        if is_compressible(&file.media_type) {
            let before = known.settled(&entry.digest, &file.media_type);
            if let Some((release, before)) = before {
                file.media_type.clone_from(&before.media_type);
                file.gzip = before.gzip.and_then(|variant| self.adopt(release, variant));
                file.br = before.br.and_then(|variant| self.adopt(release, variant));
            } else {
                file.settled = false;
                self.waiting.push_back((path.clone(), entry.size));
            }
        }
        self.files.insert(path, file);
    }

    /// Takes over compressed contents of the previous release.
    fn adopt(&mut self, release: &Release, variant: Variant) -> Option<Variant> {
        let tree = release.variants.get(variant.within)?;
        let within = self.variants.iter().position(|other| other == tree).unwrap_or_else(|| {
            self.variants.push(*tree);
            self.variants.len() - 1
        });
        Some(Variant { within, size: variant.size })
    }

    /// Enters what a file's contents are, compressed too.
    fn settle(&mut self, path: &str, contents: &[u8]) {
        // The tree of what is compressed for this release comes after those of earlier ones.
        let within = self.variants.len();
        let Some(file) = self.files.get_mut(path) else {
            return;
        };
        if file.media_type.starts_with("text/") && std::str::from_utf8(contents).is_ok() {
            file.media_type.push_str("; charset=utf-8");
        }
        if !self.compressed.contains_key(&file.digest) {
            if self.compressed_bytes.saturating_add(file.size) > MAX_COMPRESSED_BYTES {
                return;
            }
            self.compressed_bytes += file.size;
        }
        let compressed = self.compressed.entry(file.digest).or_insert_with(|| Compressed::of(contents));
        let variant = |bytes: &Option<Vec<u8>>| {
            bytes.as_ref().map(|bytes| Variant { within, size: bytes.len() as u64 })
        };
        file.gzip = variant(&compressed.gzip);
        file.br = variant(&compressed.br);
        file.settled = true;
    }
}

/// What the previous release knows of contents.
struct Known<'a> {
    release: Option<&'a Release>,
    files: BTreeMap<Digest, &'a ReleaseFile>,
}

impl<'a> Known<'a> {
    fn new(release: Option<&'a Release>) -> Self {
        let files = release.map(|release| release.files.values()).into_iter().flatten();
        Self { release, files: files.filter(|file| file.settled).map(|file| (file.digest, file)).collect() }
    }

    /// A file with these contents, of this type, that needs no further look.
    fn settled(&self, digest: &Digest, essence: &str) -> Option<(&'a Release, &'a ReleaseFile)> {
        let file = self.files.get(digest)?;
        let same = file.media_type.split(';').next() == Some(essence);
        same.then_some((self.release?, *file))
    }
}

/// The files of the tree of compressed contents.
fn variant_files(compressed: &mut BTreeMap<Digest, Compressed>) -> Vec<File> {
    let mut files = Vec::new();
    for (digest, compressed) in std::mem::take(compressed) {
        for (contents, extension) in [(compressed.gzip, "gz"), (compressed.br, "br")] {
            if let Some(contents) = contents {
                files.push(File { path: variant_path(&digest, extension), contents, executable: false });
            }
        }
    }
    files
}
