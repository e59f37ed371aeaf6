//! Everything that has a bound, and the bounds that platforms publish.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// All memories of one instance together, for a component that names no `memory_mib`.
pub const DEFAULT_MEMORY_MIB: u32 = 256;
/// Wall-clock seconds of one request, for a component that names no `time_s`.
pub const DEFAULT_TIME_S: u32 = 300;
/// Work that a reused instance does after its last answer may go on for so long.
pub const MAX_AFTER_ANSWER: Duration = Duration::from_hours(1);
/// A reused instance that has nothing to do is kept for so long.
pub const INSTANCE_IDLE: Duration = Duration::from_secs(10);
/// A reused instance serves so many requests in its life, as on Spin.
pub const MAX_REQUESTS_PER_INSTANCE: usize = 128;
/// A reused instance serves so many requests at once, as on Spin.
pub const MAX_REQUESTS_AT_ONCE_PER_INSTANCE: usize = 16;
/// So many requests from outside are worked on at once.
pub const MAX_REQUESTS_AT_ONCE: usize = 128;
/// So many more may wait for their turn. Those past it are answered with 503.
pub const MAX_REQUESTS_WAITING: usize = 1024;
/// A request from outside waits for its turn for so long, then it is answered with 503.
pub const MAX_WAIT: Duration = Duration::from_secs(30);
/// Components may call each other so deep, the request from outside being the first.
pub const MAX_CHAIN_DEPTH: usize = 8;
/// So many calls between components are worked on at once, at each depth.
pub const MAX_CALLS_AT_ONCE_PER_DEPTH: usize = 128;
/// So many instances live at once. Each holds address space, not memory.
pub const MAX_INSTANCES: u32 = 1200;
/// An instance may consist of so many core instances and memories.
pub const MAX_PARTS_PER_INSTANCE: u32 = 32;
/// A table of a core module may have at most so many elements.
pub const MAX_TABLE_ELEMENTS: usize = 100_000;
/// So many connections are open at once. More wait to be accepted.
pub const MAX_CONNECTIONS: usize = 4096;
/// A connection that sends no complete request head for so long is closed.
pub const CONNECTION_IDLE: Duration = Duration::from_mins(1);
/// The body of a request from outside may have at most so many bytes.
pub const MAX_REQUEST_BODY_BYTES: u64 = 100 * 1024 * 1024;
/// The head of a request may have at most so many bytes.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The head of a request may have at most so many lines.
pub const MAX_HEADERS: usize = 128;
/// The body of an answer that is taken whole ([`super::RunningHost::call`]) may have at most so many bytes.
pub const MAX_COLLECTED_BODY_BYTES: usize = 256 * 1024 * 1024;
/// A stopping host waits so long for requests that are being worked on.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// A key of the key-value store may have at most so many bytes, as in Akamai's.
pub const MAX_KEY_BYTES: usize = 8 * 1024;
/// A value of the key-value store may have at most so many bytes.
pub const MAX_VALUE_BYTES: usize = 64 * 1024 * 1024;
/// A batch may have at most so many keys.
pub const MAX_BATCH_KEYS: usize = 10_000;
/// A list of keys may have at most so many bytes altogether.
pub const MAX_KEY_LIST_BYTES: usize = 64 * 1024 * 1024;
/// A component may hold so many stores and compare-and-swap handles open in one instance.
pub const MAX_OPEN_HANDLES: usize = 1024;
/// So many writes wait for the store's writer at once. More are refused.
pub const MAX_WRITES_WAITING: usize = 16 * 1024;
/// A line of a component's output is cut into pieces of so many bytes.
pub const MAX_LINE_BYTES: usize = 16 * 1024;
/// The log of components is kept to so many bytes, and the same again of what was before.
pub const MAX_LOG_BYTES: u64 = 16 * 1024 * 1024;

/// The limits of a platform, as it publishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Akamai Functions.
    AkamaiFunctions,
    /// Fermyon Cloud.
    FermyonCloud,
}

impl Profile {
    /// What `--limits` is given.
    pub fn name(self) -> &'static str {
        match self {
            Self::AkamaiFunctions => "akamai-functions",
            Self::FermyonCloud => "fermyon-cloud",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::AkamaiFunctions, Self::FermyonCloud]
            .into_iter()
            .find(|profile| profile.name() == text)
            .ok_or_else(|| {
                format!("there are no limits `{text}`\nhint: use `akamai-functions` or `fermyon-cloud`")
            })
    }
}

/// What a host holds its components to: its own bounds, or tighter ones of a platform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) profile: Option<Profile>,
    /// At most so much memory for an instance, whatever the component asks for.
    pub(super) memory_mib: Option<u32>,
    /// At most so many seconds for a request, whatever the component asks for.
    pub(super) time_s: Option<u32>,
    pub(super) request_body_bytes: u64,
    pub(super) key_bytes: usize,
    pub(super) value_bytes: usize,
    pub(super) keys: Option<u64>,
    pub(super) writes_per_second: Option<u32>,
    pub(super) reads_per_second: Option<u32>,
    pub(super) response_body_bytes: Option<u64>,
    pub(super) app_bytes: Option<u64>,
    pub(super) atomics: bool,
    pub(super) outbound_per_hour: Option<u32>,
}

impl Limits {
    pub(super) fn new(profile: Option<Profile>) -> Self {
        let own = Self {
            profile,
            memory_mib: None,
            time_s: None,
            request_body_bytes: MAX_REQUEST_BODY_BYTES,
            key_bytes: MAX_KEY_BYTES,
            value_bytes: MAX_VALUE_BYTES,
            keys: None,
            writes_per_second: None,
            reads_per_second: None,
            response_body_bytes: None,
            app_bytes: None,
            atomics: true,
            outbound_per_hour: None,
        };
        match profile {
            None => own,
            Some(Profile::AkamaiFunctions) => Self {
                memory_mib: Some(128),
                time_s: Some(30),
                request_body_bytes: 10 * 1024 * 1024,
                key_bytes: 8 * 1024,
                value_bytes: 1_000_000,
                writes_per_second: Some(50),
                reads_per_second: Some(1000),
                response_body_bytes: Some(10 * 1024 * 1024),
                app_bytes: Some(50 * 1024 * 1024),
                atomics: false,
                ..own
            },
            Some(Profile::FermyonCloud) => Self {
                time_s: Some(30),
                request_body_bytes: 10_000_000,
                key_bytes: 255,
                value_bytes: 1_000_000,
                response_body_bytes: Some(10_000_000),
                keys: Some(1024),
                outbound_per_hour: Some(500),
                ..own
            },
        }
    }

    /// Bytes that all memories of an instance may take together.
    pub(super) fn memory_bytes(&self, asked_mib: Option<u32>) -> usize {
        let asked = asked_mib.unwrap_or(DEFAULT_MEMORY_MIB);
        self.memory_mib.map_or(asked, |most| most.min(asked)) as usize * 1024 * 1024
    }

    /// How long a request may take.
    pub(super) fn time(&self, asked_s: Option<u32>) -> Duration {
        let asked = asked_s.unwrap_or(DEFAULT_TIME_S);
        Duration::from_secs(self.time_s.map_or(asked, |most| most.min(asked)).into())
    }

    /// How long an instance may work after its last answer.
    pub(super) fn after_answer(&self) -> Duration {
        self.time_s.map_or(MAX_AFTER_ANSWER, |most| Duration::from_secs(most.into()))
    }

    /// ` (limits of akamai-functions)`, or nothing.
    pub(super) fn whose(&self) -> String {
        self.profile.map_or_else(String::new, |profile| format!(" (limits of {profile})"))
    }
}
