use std::path::Path;

use ropewalk_stage::Failure;

/// Why there is no package. Each is a failure of the stage, named `Package.` and the variant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("parameter `{name}` is `{value}`: hint: {hint}")]
    InvalidParameter { name: &'static str, value: String, hint: String },
    #[error("parameter {0}")]
    InvalidGlob(#[from] artifact::InvalidGlob),
    #[error(
        "no file of `{root}` is to be packed: hint: look at `include` and `exclude`, and at what the input mounts"
    )]
    Empty { root: String },
    #[error("{what}: the limit is {limit}")]
    TooLarge { what: String, limit: u64 },
    #[error("file `{path}` cannot be packed: {why}")]
    InvalidPath { path: String, why: String },
    #[error("base image `{base}`: {why}")]
    InvalidBase { base: String, why: String },
    #[error("`{path}` is not a WebAssembly component: {why}")]
    NotAComponent { path: String, why: String },
    #[error("`{path}` cannot be read: {why}: hint: give `name` and `version` as parameters")]
    InvalidManifest { path: String, why: String },
    #[error("lock file `{path}`: {why}")]
    InvalidLock { path: String, why: String },
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// The error name on which Retry and Catch act.
    fn name(&self) -> &'static str {
        match self {
            Self::InvalidParameter { .. } | Self::InvalidGlob(_) => "Package.InvalidParameter",
            Self::Empty { .. } => "Package.Empty",
            Self::TooLarge { .. } => "Package.TooLarge",
            Self::InvalidPath { .. } => "Package.InvalidPath",
            Self::InvalidBase { .. } => "Package.InvalidBase",
            Self::NotAComponent { .. } => "Package.NotAComponent",
            Self::InvalidManifest { .. } => "Package.InvalidManifest",
            Self::InvalidLock { .. } => "Package.InvalidLock",
            Self::Failed(_) => "Package.Failed",
        }
    }

    pub(crate) fn parameter(name: &'static str, value: &str, hint: &str) -> Self {
        Self::InvalidParameter { name, value: value.to_owned(), hint: hint.to_owned() }
    }

    /// A file system call on `path` failed.
    pub(crate) fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        let shown = path.display().to_string();
        Self::Failed(format!("failed to {what} `{}`: {error}", shown.trim_start_matches('/')))
    }

    /// What the writer of a format says, though it writes to memory alone.
    pub(crate) fn format(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Failed(format!("failed to write {what}: {error}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::new(error.name(), &error)
    }
}
