use std::fmt;
use std::path::PathBuf;

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file is missing or cannot be read.
    #[error("failed to read `{}`: {cause}\nhint: name the manifest, or go to the folder that has `spin.toml`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is larger than [`super::MAX_MANIFEST_BYTES`].
    #[error("failed to read `{}`: {size} bytes, the limit is {}", path.display(), super::MAX_MANIFEST_BYTES)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// A component was asked for that the manifest has not.
    #[error("no component `{id}` in `{}`\nhint: it has {known}", path.display())]
    UnknownComponent {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        id: String,
        /// Those that it has.
        known: String,
    },
    /// The file was read, and this is wrong with it. Never empty.
    #[error("failed to read `{}`:{}", path.display(), list(problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong, in the order of the file where it has a place.
        problems: Vec<Problem>,
    },
}

/// One mistake in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line and column, from 1. `None` when something is missing altogether.
    pub place: Option<(usize, usize)>,
    /// The key it is about: `component.site.source`. Empty: the file as a whole.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// A way out.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    lines.concat()
}
