//! What was made: written below `out/`, and told as the stage's result.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use artifact::{Digest, MAX_FILE_BYTES};
use serde::Serialize;

use crate::error::Error;
use crate::job::Job;
use crate::oci::layout::Layout;
use crate::parameters::Format;
use crate::sbom::Bill;

/// The artifact with the image layout.
pub(crate) const LAYOUT: &str = "image";

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// Archives, and the bill of materials.
    pub files: Vec<Packed>,
    /// The image, or the Wasm component as an OCI artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The bill of materials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sbom: Option<Sbom>,
    /// What of it there is to attest, as in-toto has it.
    pub subjects: Vec<Subject>,
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Packed {
    /// The artifact that it is in.
    pub artifact: String,
    /// Its path there.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// SHA-256 of its contents.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
}

/// An image layout that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// The artifact that is the layout.
    pub artifact: &'static str,
    /// `container` or `wasm`
    pub kind: &'static str,
    /// The digest of the image's manifest, by which registries name it.
    pub manifest: Digest,
    /// The digest of its configuration.
    pub config: Digest,
    /// How many layers there are, the base's among them.
    pub layers: usize,
    /// The size of all blobs together.
    pub bytes: u64,
}

/// A bill of materials that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sbom {
    /// The artifact that it is in.
    pub artifact: String,
    /// Its path there.
    pub path: String,
    /// `urn:uuid:…`, which follows from what it says.
    pub serial_number: String,
    /// How many components it lists.
    pub components: usize,
    /// The lock files of which it was made.
    pub lock_files: Vec<String>,
}

/// Something that was made, by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// A file's name, or that of the image.
    pub name: String,
    /// Algorithm to hexadecimal digits.
    pub digest: BTreeMap<&'static str, String>,
}

/// Writes what is made, and remembers it.
pub(crate) struct Writer {
    out: PathBuf,
    stem: String,
    artifact: String,
    output: Output,
}

impl Writer {
    pub(crate) fn new(base: &Path, job: &Job<'_>) -> Self {
        Self {
            out: base.join("out"),
            stem: job.stem(),
            artifact: job.parameters.output.clone(),
            output: Output {
                name: job.name.clone(),
                version: job.version.clone(),
                files: Vec::new(),
                image: None,
                sbom: None,
                subjects: Vec::new(),
            },
        }
    }

    pub(crate) fn archive(&mut self, format: Format, contents: &[u8]) -> Result<(), Error> {
        let (extension, media_type) = match format {
            Format::Zip => ("zip", "application/zip"),
            Format::TarGz | Format::Oci => ("tar.gz", "application/gzip"),
        };
        self.file(format!("{}.{extension}", self.stem), media_type, contents)
    }

    pub(crate) fn sbom(&mut self, bill: &Bill) -> Result<(), Error> {
        let path = format!("{}.cdx.json", self.stem);
        self.file(path.clone(), "application/vnd.cyclonedx+json", bill.json.as_bytes())?;
        self.output.sbom = Some(Sbom {
            artifact: self.artifact.clone(),
            path,
            serial_number: bill.serial_number.clone(),
            components: bill.components,
            lock_files: bill.lock_files.clone(),
        });
        Ok(())
    }

    pub(crate) fn layout(&mut self, layout: Layout) -> Result<(), Error> {
        let folder = self.out.join(LAYOUT);
        for (path, contents) in layout.files() {
            write(&folder, &path, contents)?;
        }
        self.output.image = Some(Image {
            artifact: LAYOUT,
            kind: layout.kind,
            manifest: layout.manifest,
            config: layout.config,
            layers: layout.layers,
            bytes: layout.bytes(),
        });
        self.subject(self.output.name.clone(), &layout.manifest);
        Ok(())
    }

    pub(crate) fn finish(self) -> Output {
        self.output
    }

    fn file(&mut self, path: String, media_type: &'static str, contents: &[u8]) -> Result<(), Error> {
        write(&self.out.join(&self.artifact), &path, contents)?;
        let digest = Digest::of(contents);
        self.subject(path.clone(), &digest);
        let (artifact, bytes) = (self.artifact.clone(), contents.len() as u64);
        self.output.files.push(Packed { artifact, path, media_type, digest, bytes });
        Ok(())
    }

    fn subject(&mut self, name: String, digest: &Digest) {
        self.output.subjects.push(Subject { name, digest: BTreeMap::from([("sha256", digest.hex())]) });
    }
}

/// Writes a file of an artifact, if an artifact may have it.
fn write(folder: &Path, path: &str, contents: &[u8]) -> Result<(), Error> {
    if contents.len() as u64 > MAX_FILE_BYTES {
        let what = format!("`{path}` would have {} bytes", contents.len());
        return Err(Error::TooLarge { what, limit: MAX_FILE_BYTES });
    }
    let target = folder.join(path);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(|error| Error::io("create", parent, &error))?;
    }
    fs::write(&target, contents).map_err(|error| Error::io("write", &target, &error))
}
