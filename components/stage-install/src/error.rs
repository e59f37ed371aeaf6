//! Why nothing is installed: the error's name for Retry and Catch, the cause, and a hint.

use std::io;

use ropewalk_stage::Failure;

/// Why nothing is installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter is malformed.
    #[error("parameter `{name}`: {problem}")]
    InvalidParameter {
        /// The parameter.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A secret that a parameter names isn't given to this stage.
    #[error("secret `{name}` is not among those that this stage is given")]
    NoSecret {
        /// The secret's name.
        name: String,
    },
    /// There is nothing to install from.
    #[error("{0}")]
    NoLockFile(String),
    /// A file that is named isn't there.
    #[error("there is no file `{0}` among the inputs")]
    NoFile(String),
    /// A lock file cannot be read.
    #[error("`{file}`: {problem}")]
    InvalidLock {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Packages that nothing pins.
    #[error("`{file}` has no hash for {packages}")]
    NoIntegrity {
        /// The file.
        file: String,
        /// Their names, for a person.
        packages: String,
        /// What to do.
        hint: &'static str,
    },
    /// What was downloaded is not what the lock file names.
    #[error("{what} from `{url}` is not what the lock file names: it has {actual}, not {expected}")]
    WrongHash {
        /// The package.
        what: String,
        /// Where it came from.
        url: String,
        /// The hash that is wanted.
        expected: String,
        /// The hash that it has.
        actual: String,
    },
    /// Packages that come from where nothing can be installed from.
    #[error("`{file}`: {packages}")]
    Unsupported {
        /// The file.
        file: String,
        /// Which, and why, for a person.
        packages: String,
        /// What to do.
        hint: &'static str,
    },
    /// Packages that need native code.
    #[error("`{file}`: {packages}")]
    Native {
        /// The file.
        file: String,
        /// Which, and why, for a person.
        packages: String,
    },
    /// The component may not call this host.
    #[error("host `{0}` is not among the component's `allowed_outbound_hosts`")]
    HostNotAllowed(String),
    /// No answer.
    #[error("no answer from `{url}`{often}: {cause}")]
    Unreachable {
        /// Where the request went.
        url: String,
        /// ` in 3 tries`
        often: String,
        /// What happened.
        cause: String,
    },
    /// The registry says to come again later.
    #[error("`{url}` answered with status {status}{often}{later}")]
    Busy {
        /// Where the request went.
        url: String,
        /// HTTP status.
        status: u16,
        /// ` in 3 tries`
        often: String,
        /// `; it asks to wait for 600 s`
        later: String,
    },
    /// The registry wants a token, or another one.
    #[error("`{url}` answered with status {status}: {problem}")]
    AuthenticationFailed {
        /// Where the request went.
        url: String,
        /// HTTP status.
        status: u16,
        /// Whether a token was sent.
        problem: &'static str,
    },
    /// The registry doesn't have it.
    #[error("`{url}` is not there: status {status}")]
    NotFound {
        /// Where the request went.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The registry answers something else.
    #[error("`{url}` answered something else: {problem}")]
    BadAnswer {
        /// Where the request went.
        url: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// A limit is reached.
    #[error("{what} is more than {limit}, {max}")]
    TooLarge {
        /// What is.
        what: String,
        /// The limit's name.
        limit: &'static str,
        /// The limit, with its unit.
        max: String,
    },
    /// A path that must not be written.
    #[error("{what} has an entry `{path}`: {problem}")]
    UnsafePath {
        /// The package.
        what: String,
        /// The path, as the archive has it.
        path: String,
        /// Why not.
        problem: String,
    },
    /// An archive that cannot be unpacked, or is no package.
    #[error("{what}: {problem}")]
    BadArchive {
        /// The package.
        what: String,
        /// What is wrong.
        problem: String,
    },
    /// A local folder that the lock file links to isn't there.
    #[error("`{file}` links `{location}` to the folder `{target}`, which is not among the inputs")]
    NoFolder {
        /// The lock file.
        file: String,
        /// Where the link is.
        location: String,
        /// Where it leads.
        target: String,
    },
    /// A file can't be written or read.
    #[error("`{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// The error's name, on which Retry and Catch act.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvalidParameter { .. } => "Install.InvalidParameter",
            Self::NoSecret { .. } => "Install.NoSecret",
            Self::NoLockFile(_) | Self::NoFile(_) => "Install.NoLockFile",
            Self::InvalidLock { .. } => "Install.InvalidLockFile",
            Self::NoIntegrity { .. } => "Install.NoHash",
            Self::WrongHash { .. } => "Install.WrongHash",
            Self::Unsupported { .. } => "Install.Unsupported",
            Self::Native { .. } => "Install.NativePackage",
            Self::HostNotAllowed(_) => "Install.HostNotAllowed",
            Self::Unreachable { .. } => "Install.Unreachable",
            Self::Busy { .. } => "Install.RegistryBusy",
            Self::AuthenticationFailed { .. } => "Install.AuthenticationFailed",
            Self::NotFound { .. } => "Install.NotFound",
            Self::BadAnswer { .. } => "Install.BadAnswer",
            Self::TooLarge { .. } => "Install.TooLarge",
            Self::UnsafePath { .. } => "Install.UnsafePath",
            Self::BadArchive { .. } => "Install.BadArchive",
            Self::NoFolder { .. } => "Install.NoFolder",
            Self::File { source, .. } if source.kind() == io::ErrorKind::StorageFull => "Install.TooLarge",
            Self::File { .. } => "Install.FileFailed",
        }
    }

    /// What to do about it, where that is known.
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoSecret { name } => Some(format!(
                "the state's input names the secrets that it asks for: `\"secrets\": [\"{name}\"]`"
            )),
            Self::NoFile(file) => Some(format!(
                "pass it: `\"inputs\": {{ \"source\": {{ \"artifact.$\": …, \"include\": [\"{file}\"] }} }}`"
            )),
            Self::InvalidLock { hint, .. } => hint.clone(),
            Self::NoIntegrity { hint, .. } | Self::Unsupported { hint, .. } => Some((*hint).to_owned()),
            Self::WrongHash { .. } => Some(
                "the registry serves another file than when the lock file was written: find out why before \
                 you lock again"
                    .to_owned(),
            ),
            Self::Native { .. } => Some(
                "with `native: \"skip\"` they are left out; choose versions with a wheel `py3-none-any` for the \
                 others"
                    .to_owned(),
            ),
            Self::HostNotAllowed(_) => {
                Some("add it to `allowed_outbound_hosts` of `stage-install` in spin.toml".to_owned())
            }
            Self::AuthenticationFailed { .. } => Some(
                "for a private registry name the secret with its token: `registry_secret`, `index_secret`"
                    .to_owned(),
            ),
            Self::NoFolder { target, .. } => Some(format!(
                "pass it: `\"inputs\": {{ \"source\": {{ \"artifact.$\": …, \"include\": [\"package-lock.json\", \
                 \"{target}/**\"] }} }}`, or leave links out: `links: \"skip\"`"
            )),
            _ => None,
        }
    }

    /// A limit that is reached.
    pub(crate) fn too_large(what: impl Into<String>, limit: &'static str, max: impl Into<String>) -> Self {
        Self::TooLarge { what: what.into(), limit, max: max.into() }
    }

    /// A lock file that cannot be read.
    pub(crate) fn lock(file: &str, problem: impl std::fmt::Display) -> Self {
        Self::InvalidLock { file: file.to_owned(), problem: problem.to_string(), hint: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.hint() {
            Some(hint) => Self::new(error.name(), format!("{error}; hint: {hint}")),
            None => Self::new(error.name(), &error),
        }
    }
}

/// Some names, with commas between them, and how many more there are.
pub(crate) fn listed<T: std::fmt::Display>(items: &[T], most: usize) -> String {
    let shown: Vec<String> = items.iter().take(most).map(ToString::to_string).collect();
    let more = items.len().saturating_sub(most);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
