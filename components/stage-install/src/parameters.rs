//! What the caller may set.

use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder};
use ropewalk_stage::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::error::Error;

/// The longest time for an answer, in seconds.
pub(crate) const MAX_TIMEOUT_S: u32 = 120;

/// What is installed, and from where. Every parameter has a default.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// The lock files: at most one of npm, and one of Python. Absent: those of the working directory, the first of
    /// `npm-shrinkwrap.json` and `package-lock.json`, and the first of `pylock.toml`, `uv.lock`, `poetry.lock` and
    /// `requirements.txt`.
    pub lock_files: Option<Vec<String>>,
    /// Kinds of dependencies that are left out.
    pub omit: Vec<Kind>,
    /// What becomes of what npm links to: local folders, such as workspaces. Artifacts have no links.
    pub links: Links,
    /// The npm registry that stands in for `https://registry.npmjs.org/`: a mirror, or a private one. Add its host
    /// to the component's `allowed_outbound_hosts`, too.
    pub registry: Option<String>,
    /// Name of the secret that authenticates at `registry`: a bearer token, `Basic …`, or a whole header.
    pub registry_secret: Option<String>,
    /// The index of Python packages (simple API, JSON) where the lock file names none. Absent:
    /// `https://pypi.org/simple/`.
    pub index: Option<String>,
    /// Name of the secret that authenticates at `index`.
    pub index_secret: Option<String>,
    /// The version of Python for which packages are chosen.
    pub python: String,
    /// Extras of the Python project that are installed.
    pub extras: Vec<String>,
    /// Dependency groups of the Python project that are installed. Absent: `dev`, unless `omit` has it.
    pub groups: Option<Vec<String>>,
    /// What becomes of Python packages without a pure wheel.
    pub native: Native,
    /// An answer, and any pause within it, may take so long, in seconds: 1 to 120.
    pub timeout_s: u32,
}

/// A kind of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Those for development; of Python, the group `dev`.
    Dev,
    /// npm's optional ones.
    Optional,
    /// npm's peer dependencies.
    Peer,
}

/// What becomes of links to local folders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Links {
    /// The folder, which must be among the inputs, is copied without its `node_modules`.
    #[default]
    Copy,
    /// They are left out, and reported.
    Skip,
}

/// What becomes of packages that need native code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Native {
    /// The stage fails, and names them.
    #[default]
    Fail,
    /// They are left out, and reported.
    Skip,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            lock_files: None,
            omit: Vec::new(),
            links: Links::default(),
            registry: None,
            registry_secret: None,
            index: None,
            index_secret: None,
            python: "3.13".to_owned(),
            extras: Vec::new(),
            groups: None,
            native: Native::default(),
            timeout_s: 20,
        }
    }
}

impl Parameters {
    /// Refuses what the types allow but cannot be.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.timeout_s == 0 || self.timeout_s > MAX_TIMEOUT_S {
            let problem = format!("it is {}: between 1 and {MAX_TIMEOUT_S} are possible", self.timeout_s);
            return Err(Error::InvalidParameter { name: "timeout_s", problem });
        }
        for (name, secret, of) in [
            ("registry_secret", &self.registry_secret, &self.registry),
            ("index_secret", &self.index_secret, &self.index),
        ] {
            if secret.is_some() && of.is_none() {
                let of = name.trim_end_matches("_secret");
                let problem = format!("it says nothing without `{of}`, where it is sent");
                return Err(Error::InvalidParameter { name, problem });
            }
        }
        Ok(())
    }

    /// Whether a kind is left out.
    pub(crate) fn omits(&self, kind: Kind) -> bool {
        self.omit.contains(&kind)
    }

    /// The dependency groups of Python that are wanted.
    pub(crate) fn wanted_groups(&self) -> Vec<String> {
        match &self.groups {
            Some(groups) => groups.clone(),
            None if self.omits(Kind::Dev) => Vec::new(),
            None => vec!["dev".to_owned()],
        }
    }

    /// The base URL that a parameter gives.
    pub(crate) fn base(name: &'static str, given: &str) -> Result<Url, Error> {
        let invalid = |problem: &str| Error::InvalidParameter { name, problem: problem.to_owned() };
        let mut url = Url::parse(given).map_err(|error| invalid(&format!("it is not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(invalid("it is no URL of `https` or `http`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("credentials belong in a secret"));
        }
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(url)
    }

    /// What environment markers are held against: the sandbox, with this version of Python.
    pub(crate) fn environment(&self) -> Result<MarkerEnvironment, Error> {
        let invalid = |problem: &str| Error::InvalidParameter { name: "python", problem: problem.to_owned() };
        let mut parts = self.python.split('.');
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
        let (major, minor) = (number(parts.next()), number(parts.next()));
        let (Some(3), Some(minor)) = (major, minor) else {
            return Err(invalid("a version such as `3.13` is needed"));
        };
        let full = match parts.next() {
            None => format!("3.{minor}.0"),
            Some(_) => self.python.clone(),
        };
        MarkerEnvironment::try_from(MarkerEnvironmentBuilder {
            implementation_name: "cpython",
            implementation_version: &full,
            os_name: "posix",
            platform_machine: "wasm32",
            platform_python_implementation: "CPython",
            platform_release: "",
            platform_system: "WASI",
            platform_version: "",
            python_full_version: &full,
            python_version: &format!("3.{minor}"),
            sys_platform: "wasi",
        })
        .map_err(|error| invalid(&error.to_string()))
    }
}
