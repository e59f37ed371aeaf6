use std::net::SocketAddr;
use std::path::PathBuf;

use super::keyvalue::StoreError;

/// Why a host does not start, or a call into it has no answer. The text is the whole message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The engine cannot be made.
    #[error("failed to start the engine: {0}")]
    Engine(String),
    /// The state folder cannot be used.
    #[error("failed to use the state folder `{}`: {cause}", path.display())]
    State {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Another host uses the state folder.
    #[error("the state folder `{}` is used by another host\nhint: stop it, or use another folder with `--state`", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// No state folder was named.
    #[error("no state folder was named")]
    NoState,
    /// The store cannot be opened.
    #[error("failed to open the store: {0}")]
    Store(#[from] StoreError),
    /// The address is taken.
    #[error("{addr} is in use\nhint: stop what listens there, or use another address with `--listen`")]
    InUse {
        /// The address.
        addr: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("failed to listen on {addr}: {cause}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A component cannot be loaded.
    #[error("failed to load component `{component}`: {reason}")]
    Component {
        /// Its id.
        component: String,
        /// Why, with a hint where there is one.
        reason: String,
    },
    /// A variable has no value, or one that does not fit.
    #[error("{0}")]
    Variable(String),
    /// The application is past a limit of the platform whose limits were asked for.
    #[error("{0}")]
    Limit(String),
    /// There is no component, or no route, to call.
    #[error("nothing answers `{0}`")]
    NotFound(String),
    /// A call ended without a whole answer.
    #[error("the call failed: {0}")]
    Call(String),
}
