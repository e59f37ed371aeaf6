//! What a lock file of Python pins.

use std::str::FromStr;

use pep440_rs::Version;
use pep508_rs::{ExtraName, MarkerEnvironment, MarkerTree, PackageName, VerbatimUrl};
use url::Url;

use super::wheel::WheelName;
use crate::download::Wanted;
use crate::error::Error;
use crate::integrity::Integrity;
use crate::report::{Package, Skipped};

/// What is wanted of a lock file.
pub(super) struct Wants {
    pub(super) environment: MarkerEnvironment,
    pub(super) extras: Vec<ExtraName>,
    pub(super) groups: Vec<String>,
}

/// What a lock file comes to.
#[derive(Debug, Default)]
pub(super) struct Locked {
    pub(super) packages: Vec<Pinned>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) omitted: usize,
}

/// A package of one version.
#[derive(Debug, Clone)]
pub(super) struct Pinned {
    pub(super) name: PackageName,
    pub(super) version: Version,
    /// The files that the lock file names.
    pub(super) files: Vec<PinnedFile>,
    /// Any of the index's files with such a hash will do.
    pub(super) any_of: Option<Integrity>,
    /// Where the package is looked up, instead of the usual index.
    pub(super) index: Option<Url>,
    /// Why it cannot be installed whatever its files are.
    pub(super) problem: Option<String>,
}

/// A file of a package.
#[derive(Debug, Clone)]
pub(super) struct PinnedFile {
    pub(super) name: String,
    /// `None`: the index knows.
    pub(super) url: Option<Url>,
    pub(super) integrity: Integrity,
}

/// The wheel that is installed.
pub(super) struct Chosen<'a> {
    pub(super) pinned: &'a Pinned,
    file: &'a PinnedFile,
    url: &'a Url,
}

impl Wants {
    /// The `13` of Python 3.13.
    pub(super) fn python_minor(&self) -> u64 {
        self.environment.python_version().version.release().get(1).copied().unwrap_or_default()
    }

    /// Whether a marker holds.
    pub(super) fn accepts(&self, file: &str, marker: Option<&str>) -> Result<bool, Error> {
        let Some(marker) = marker.map(str::trim).filter(|marker| !marker.is_empty()) else {
            return Ok(true);
        };
        let tree = MarkerTree::parse_str::<VerbatimUrl>(marker)
            .map_err(|error| Error::lock(file, format!("marker `{marker}`: {}", one_line(&error))))?;
        Ok(tree.evaluate(&self.environment, &self.extras))
    }
}

impl Pinned {
    /// A package of which the lock file names files.
    pub(super) fn new(file: &str, name: &str, version: &str) -> Result<Self, Error> {
        let invalid = |error: String| Error::lock(file, format!("package `{name}` {version}: {error}"));
        Ok(Self {
            name: PackageName::from_str(name).map_err(|error| invalid(error.to_string()))?,
            version: Version::from_str(version).map_err(|error| invalid(error.to_string()))?,
            files: Vec::new(),
            any_of: None,
            index: None,
            problem: None,
        })
    }

    /// For a person.
    pub(super) fn what(&self) -> String {
        format!("`{}` {}", self.name, self.version)
    }

    /// The wheel that fits, or why there is none.
    pub(super) fn choose(&self, python_minor: u64) -> Result<Chosen<'_>, String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        let pure = self
            .files
            .iter()
            .find(|file| WheelName::parse(&file.name).is_some_and(|name| name.is_pure(python_minor)));
        match pure {
            Some(file) => match &file.url {
                Some(url) => Ok(Chosen { pinned: self, file, url }),
                None => Err(format!("has the wheel `{}`, which the index does not have", file.name)),
            },
            None => Err(self.without_pure_wheel()),
        }
    }

    fn without_pure_wheel(&self) -> String {
        match self.files.as_slice() {
            [] => "has no file with one of the hashes that are named".to_owned(),
            [only] => format!("has no pure wheel, only `{}`", only.name),
            [first, others @ ..] => {
                format!("has no pure wheel, only `{}` and {} other files", first.name, others.len())
            }
        }
    }
}

impl Chosen<'_> {
    pub(super) fn package(&self) -> Package {
        Package { name: self.pinned.name.to_string(), version: self.pinned.version.to_string() }
    }

    pub(super) fn wanted(&self) -> Wanted {
        Wanted { what: self.pinned.what(), url: self.url.clone(), integrity: self.file.integrity.clone() }
    }
}

/// Names of extras that a parameter gives.
pub(super) fn extras(names: &[String]) -> Result<Vec<ExtraName>, Error> {
    let read = |name: &String| {
        let invalid = |_| Error::InvalidParameter {
            name: "extras",
            problem: format!("`{name}` is not the name of an extra"),
        };
        ExtraName::from_str(name).map_err(invalid)
    };
    names.iter().map(read).collect()
}

/// The URL of a file, without what pip adds behind `#`.
pub(super) fn file_url(file: &str, url: &str) -> Result<Url, Error> {
    let mut url = Url::parse(url).map_err(|error| Error::lock(file, format!("`{url}`: {error}")))?;
    url.set_fragment(None);
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        let problem = "a file's URL is none of `https` or `http` without credentials";
        return Err(Error::lock(file, problem));
    }
    Ok(url)
}

/// The name of the file that a URL leads to.
pub(super) fn file_name(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
    percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned()
}

/// Errors of the parser draw a picture below their first line.
pub(super) fn one_line(error: &impl std::fmt::Display) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
