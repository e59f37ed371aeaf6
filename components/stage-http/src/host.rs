//! What the adapter needs besides a store: the stage with its workspace, and clocks. As in `wit/`, where
//! everything here is explained.

/// What was composed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Component id in spin.toml.
    pub component: String,
    /// Digest of the program and of the sandbox beneath it.
    pub digest: String,
    /// What the program says it is.
    pub description: Description,
}

/// What a stage says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The stage's name.
    pub name: String,
    /// The stage's version.
    pub version: String,
    /// Whether its result depends on nothing but parameters and inputs.
    pub hermetic: bool,
    /// Whether it has effects, and fetches only what its inputs name by digest.
    pub pinned: bool,
    /// JSON Schema of the parameters.
    pub parameters_schema: String,
    /// Globs of the files that are mounted unless the caller names others.
    pub default_include: Vec<String>,
}

/// What the stage finds and how much it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Environment variables. Only a command has any.
    pub environment: Vec<(String, String)>,
    /// Program arguments, the name first.
    pub arguments: Vec<String>,
    /// What stands on standard input. Only a command finds anything there.
    pub stdin: Vec<u8>,
    /// Seed of everything random.
    pub seed: u64,
    /// What the wall clock shows, in seconds since 1970.
    pub now_s: u64,
    /// Bytes of all files together.
    pub max_bytes: u64,
    /// Files and folders together.
    pub max_files: u32,
    /// Bytes of the log.
    pub max_log_bytes: u64,
}

/// What was printed at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// On standard error rather than standard output.
    pub is_error: bool,
    /// It.
    pub bytes: Vec<u8>,
}

/// A file that the stage left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftFile {
    /// Relative to the root of the listing.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// Whether it may be run as a program.
    pub executable: bool,
}

/// Why the workspace does not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// A limit is reached.
    #[error("{0}")]
    Limit(String),
    /// The path cannot be.
    #[error("{0}")]
    InvalidPath(String),
    /// Nothing is there.
    #[error("{0}")]
    NotFound(String),
}

/// An artifact that is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedInput {
    /// The name by which the caller passed it.
    pub name: String,
    /// Where it stands.
    pub path: String,
    /// Its digest.
    pub digest: String,
}

/// A secret, resolved for this call.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The project's name.
    pub project: String,
    /// The run's id.
    pub run: String,
    /// The state's name.
    pub state: String,
    /// Counts from 1.
    pub attempt: u32,
    /// The same for every repetition of this call.
    pub idempotency_key: String,
    /// Bearer token for other components.
    pub grant: String,
    /// What the project lets this stage see.
    pub secrets: Vec<Secret>,
}

/// One call of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The parameters, a JSON object.
    pub parameters: String,
    /// The mounted inputs, by name.
    pub inputs: Vec<MountedInput>,
    /// For stages with effects alone.
    pub caller: Option<Caller>,
}

/// How a stage ends when it does not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// An error name.
    pub error: String,
    /// For a person.
    pub cause: String,
}

/// How the program of a stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It came back, with its result as JSON or with how it failed.
    Returned(Result<String, Failure>),
    /// It called `exit` with this code, and never comes back; or it is a command, which ends with a code in any
    /// case.
    Exited(u8),
}

/// A stage as far as it is not run: what it is, and the workspace in which it runs. Lives for one call.
pub trait Stage {
    /// What was composed.
    fn identity(&self) -> Identity;
    /// Prepares an empty file system. First of all that follows.
    fn open(&self, options: Options) -> Result<(), WorkspaceError>;
    /// Creates a file and the folders above it.
    fn write(&self, path: &str, contents: &[u8], executable: bool) -> Result<(), WorkspaceError>;
    /// Creates a folder and those above it.
    fn create_folder(&self, path: &str) -> Result<(), WorkspaceError>;
    /// Every file below a folder, sorted by path.
    fn list(&self, folder: &str) -> Vec<LeftFile>;
    /// The contents of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, WorkspaceError>;
    /// What was printed, in order.
    fn take_log(&self) -> Vec<Printed>;
}

/// The host's clocks.
pub trait Clock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn wall_ms(&self) -> u64;
    /// Nanoseconds since some moment; never goes back.
    fn monotonic_ns(&self) -> u64;
    /// Waits so long.
    fn sleep_ms(&self, duration_ms: u64);
}
