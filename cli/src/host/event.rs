use std::net::SocketAddr;
use std::time::Duration;

use super::log::Stream;

/// Is told what happens in a host. Called from many threads; must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event<'_>);
}

/// What happens in a host.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A component is not in the cache, and is being compiled.
    Compiling {
        /// Its id.
        component: &'a str,
        /// Which of those to compile it is, from 1.
        index: usize,
        /// How many are to be compiled.
        total: usize,
    },
    /// A component was compiled.
    Compiled {
        /// Its id.
        component: &'a str,
        /// How long that took.
        elapsed: Duration,
    },
    /// Requests are accepted.
    Listening {
        /// Where.
        addr: SocketAddr,
    },
    /// A request from outside was answered; its body may still be on its way.
    Request {
        /// `GET` …
        method: &'a str,
        /// The path, without query.
        path: &'a str,
        /// Who answered. `None`: the host itself.
        component: Option<&'a str>,
        /// The status of the answer.
        status: u16,
        /// From the request's head to the answer's.
        elapsed: Duration,
        /// Why the component did not answer itself.
        ended: Option<&'a str>,
    },
    /// A component printed a line.
    Line {
        /// Its id.
        component: &'a str,
        /// Where it printed.
        stream: Stream,
        /// What it printed, without the end of the line.
        text: &'a str,
    },
    /// A component was denied a request.
    Denied {
        /// Its id.
        component: &'a str,
        /// Where it wanted to send it, `scheme://host:port`.
        host: &'a str,
        /// What to do if it should be allowed.
        hint: &'a str,
    },
    /// An instance ended before it had answered, or after that in the midst of work.
    Ended {
        /// The component's id.
        component: &'a str,
        /// Why.
        cause: &'a str,
    },
    /// The timer's request failed.
    TickFailed {
        /// Why.
        cause: &'a str,
    },
    /// Something that the user should know at the start.
    Warning {
        /// What it is.
        text: &'a str,
    },
    /// A shared store cannot be reached any more. The host goes on trying.
    StoreLost {
        /// Where the store is.
        address: &'a str,
        /// Why the newest attempt failed.
        cause: &'a str,
    },
    /// A shared store can be reached again.
    StoreFound {
        /// Where the store is.
        address: &'a str,
    },
    /// The host takes no more requests, and waits for those it works on.
    Stopping {
        /// Instances that are at work.
        instances: usize,
    },
}

/// Nobody looks.
pub(super) struct Nobody;

impl Observer for Nobody {
    fn event(&self, _: &Event<'_>) {}
}
