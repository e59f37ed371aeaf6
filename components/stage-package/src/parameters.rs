//! What the stage is asked to do.

use std::collections::BTreeMap;

use artifact::Digest;
use ropewalk_stage::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The longest name, version, path or annotation, in bytes.
const MAX_TEXT_BYTES: usize = 4096;
/// The longest name or version, in bytes: together they are the name of a file.
const MAX_NAME_BYTES: usize = 100;

/// What is packed, and into what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The package's name: letters, digits and `. _ + - @ /`. Names of files begin with it: `@scope/name` is
    /// `scope-name` there. Unless given, that of `package.json`, `pyproject.toml` or `Cargo.toml` in `root`.
    #[serde(default)]
    pub name: Option<String>,
    /// The package's version: letters, digits and `. _ + - ~`. Unless given, that of the same manifest.
    #[serde(default)]
    pub version: Option<String>,
    /// What is made: `tar.gz` and `zip` archives, and by `oci` an image layout. An empty list makes a bill of
    /// materials alone.
    #[serde(default = "default_format")]
    pub format: Vec<Format>,
    /// The folder whose files are packed, relative to the working directory.
    #[serde(default = "here")]
    pub root: String,
    /// Globs of the files to pack, relative to `root`.
    #[serde(default = "everything")]
    pub include: Vec<String>,
    /// Globs of files to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Globs of the files that may be run as programs (mode 755; others have 644). Unless given, those that
    /// begin with `#!` or are ELF or Mach-O programs.
    #[serde(default)]
    pub executable: Option<Vec<String>>,
    /// The folder within archives under which all files stand: `package`, `{name}-{version}`. None unless given.
    #[serde(default)]
    pub prefix: String,
    /// The artifact with archives and the bill of materials. An image layout is the artifact `image`.
    #[serde(default = "default_output")]
    pub output: String,
    /// When this was made, by RFC 3339: the commit's time, `2026-08-17T21:43:13+02:00`. Files get it as theirs.
    /// Unless given, files and images are of 1970 (in `zip`, which knows no earlier year, of 1980), and annotations and
    /// bills of materials tell no time.
    #[serde(default)]
    pub created: Option<String>,
    /// URL of the repository, for annotations and the bill of materials.
    #[serde(default)]
    pub source: Option<String>,
    /// The commit, likewise.
    #[serde(default)]
    pub revision: Option<String>,
    /// More annotations of the image, or other values for those that are made.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// A WebAssembly component, relative to `root`, which `oci` makes an OCI artifact of instead of an image.
    #[serde(default)]
    pub component: Option<String>,
    /// How the image is configured.
    #[serde(default)]
    pub image: ImageParameters,
    /// Lock files of which the bill of materials is made, relative to `root`: `package-lock.json` (versions 2 and
    /// 3), `Cargo.lock`, `uv.lock`, `poetry.lock`, `pylock.toml`, and pinned `requirements.txt`. Unless given,
    /// those that stand in `root`; an empty list makes no bill.
    #[serde(default)]
    pub sbom: Option<Vec<String>>,
}

/// An image: its base, and how it is run.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImageParameters {
    /// The digest of the base's manifest, or of an index that has one for the platform: `sha256:…`. Unless
    /// given, the image has no base (`scratch`).
    pub base: Option<String>,
    /// The folder with the base as an OCI image layout, relative to the working directory; `base` unless given.
    /// It is not packed.
    pub layout: Option<String>,
    /// The folder of the image in which the files are put; `/` unless given.
    pub folder: Option<String>,
    /// `linux/amd64`, `linux/arm64/v8` …; unless given that of the base, or `linux/amd64`.
    pub platform: Option<String>,
    /// The program and its first arguments. Given, it also clears the base's `cmd`.
    pub entrypoint: Option<Vec<String>>,
    /// Arguments that whoever runs the image may replace.
    pub cmd: Option<Vec<String>>,
    /// Environment, on top of the base's.
    pub env: BTreeMap<String, String>,
    /// Who runs it: a name or number, and a group after `:`.
    pub user: Option<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// Labels, on top of the base's.
    pub labels: BTreeMap<String, String>,
}

/// What can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub enum Format {
    /// A tar archive, compressed by gzip.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// A zip archive.
    #[serde(rename = "zip")]
    Zip,
    /// An OCI image layout.
    #[serde(rename = "oci")]
    Oci,
}

/// What follows from the parameters.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Archives, each once.
    pub(crate) archives: Vec<Format>,
    /// Whether files become an image.
    pub(crate) image: bool,
    /// The component that becomes an OCI artifact.
    pub(crate) component: Option<&'a str>,
}

impl Plan<'_> {
    pub(crate) fn needs_files(&self) -> bool {
        self.image || !self.archives.is_empty()
    }
}

impl Parameters {
    /// Refuses what cannot be, and says what is to do.
    pub(crate) fn check(&self) -> Result<Plan<'_>, Error> {
        check_name("output", &self.output, "._-")?;
        if self.output == crate::output::LAYOUT {
            return Err(Error::parameter("output", &self.output, "`image` is the artifact of the image"));
        }
        if !self.prefix.is_empty() {
            check_path("prefix", self.prefix.trim_end_matches('/'))?;
        }
        let texts = [("source", &self.source), ("revision", &self.revision)];
        for (name, text) in texts {
            if let Some(text) = text {
                check_text(name, text)?;
            }
        }
        for (name, text) in &self.annotations {
            if name.is_empty() {
                return Err(Error::parameter("annotations", name, "an annotation has a name"));
            }
            check_text("annotations", text)?;
        }
        let oci = self.format.contains(&Format::Oci);
        if self.component.is_some() && !oci {
            let component = self.component.as_deref().unwrap_or_default();
            return Err(Error::parameter("component", component, "it is for the format `oci`"));
        }
        let mut archives: Vec<Format> =
            self.format.iter().copied().filter(|format| *format != Format::Oci).collect();
        archives.sort_unstable();
        archives.dedup();
        Ok(Plan { archives, image: oci && self.component.is_none(), component: self.component.as_deref() })
    }
}

impl ImageParameters {
    /// The folder with the base.
    pub(crate) fn layout(&self) -> &str {
        self.layout.as_deref().unwrap_or("base")
    }

    /// The base's digest.
    pub(crate) fn base(&self) -> Result<Option<Digest>, Error> {
        let Some(base) = &self.base else { return Ok(None) };
        base.parse().map(Some).map_err(|_| {
            Error::parameter(
                "image.base",
                base,
                "name the base by its digest, `sha256:` and 64 hexadecimal digits",
            )
        })
    }
}

/// A name of some characters only, and never a path that leads elsewhere.
pub(crate) fn check_name(parameter: &'static str, name: &str, others: &str) -> Result<(), Error> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
    let parts = name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    if plain && parts && name.len() <= MAX_NAME_BYTES && name != "@" {
        return Ok(());
    }
    let hint = format!("up to {MAX_NAME_BYTES} letters, digits and `{others}`");
    Err(Error::parameter(parameter, name, &hint))
}

/// A folder or file within something, by a plain relative path.
pub(crate) fn check_path(parameter: &'static str, path: &str) -> Result<(), Error> {
    artifact::tree::check_path(path).map_err(|error| Error::parameter(parameter, path, error.why))
}

fn check_text(parameter: &'static str, text: &str) -> Result<(), Error> {
    if text.is_empty() || text.len() > MAX_TEXT_BYTES || text.chars().any(char::is_control) {
        let shown: String = text.chars().take(80).filter(|c| !c.is_control()).collect();
        let hint = format!("one line of up to {MAX_TEXT_BYTES} bytes");
        return Err(Error::parameter(parameter, &shown, &hint));
    }
    Ok(())
}

fn default_format() -> Vec<Format> {
    vec![Format::TarGz]
}

fn here() -> String {
    ".".to_owned()
}

fn everything() -> Vec<String> {
    vec!["**".to_owned()]
}

fn default_output() -> String {
    "package".to_owned()
}
