//! What the orchestrator needs of its host. Everything else is plain Rust, so that the driver runs under
//! a simulated clock and a failing store in tests.

use artifact::List;

/// Clock, randomness, storage, and the way to other components.
pub trait Host: Clone + 'static {
    /// Where state is kept.
    type Store: List;

    /// Where state is kept.
    fn store(&self) -> &Self::Store;

    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;

    /// 128 random bits, unpredictable.
    fn random(&self) -> u128;

    /// Waits.
    fn sleep(&self, duration_ms: u64) -> impl Future<Output = ()>;

    /// Sends a request to a component of this application, and waits for the whole answer.
    fn call(&self, call: ComponentCall) -> impl Future<Output = Result<ComponentAnswer, CallError>>;

    /// Goes on with some work after the request that began it is answered.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);

    /// One line for whoever operates the host.
    fn log(&self, line: &str);
}

/// A request to a component of this application.
#[derive(Debug, Clone)]
pub struct ComponentCall {
    /// Component id: `stage-lint`.
    pub component: String,
    /// `GET`, `POST`.
    pub method: &'static str,
    /// Path with query.
    pub path: String,
    /// Bearer token, for components that ask for one.
    pub bearer: Option<String>,
    /// The body, JSON.
    pub body: Vec<u8>,
}

/// What a component answered.
#[derive(Debug, Clone)]
pub struct ComponentAnswer {
    /// HTTP status.
    pub status: u16,
    /// Header `ropewalk-ended`: why the host ended the component before it could answer.
    pub ended: Option<String>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The application has no such component.
    UnknownComponent,
    /// The connection failed or ended early.
    Transport(String),
}
