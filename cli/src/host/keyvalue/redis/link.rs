//! One connection for all calls at once, made again whenever it breaks.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, ServerErrorKind, Value};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::super::StoreError;
use super::check::{self, Unfit};
use super::url::RedisStore;
use crate::host::event::{Event, Observer};

/// Making a connection may take so long, handshake and questions included.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// The pause before the second attempt to connect; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// When a connection breaks, calls wait so long for a new one. Those that come later are refused at once: a component
/// that makes one call after the other would stand still for as long as all of them together.
const PATIENCE: Duration = Duration::from_secs(3);
/// The server is asked so often whether it is there: a connection that nobody uses may have been closed long ago, and a
/// write would find that out too late.
const PING_EVERY: Duration = Duration::from_secs(1);
/// A server that does not answer that for so long is not there.
const PING_LIMIT: Duration = Duration::from_secs(5);

/// A call, and what may be done about it.
pub(super) struct Call {
    pub(super) command: Cmd,
    /// It changes nothing, and may be made again.
    pub(super) reads: bool,
    pub(super) limit: Duration,
}

/// The way to a server. Dropped, it is cut.
pub(super) struct Link {
    address: String,
    state: watch::Receiver<State>,
    /// The number of the newest connection that was found broken.
    broken: watch::Sender<u64>,
    keeper: AbortHandle,
}

#[derive(Clone)]
enum State {
    Up(Up),
    Down(Down),
}

#[derive(Clone)]
struct Down {
    /// Why the newest attempt failed.
    cause: String,
    since: Instant,
}

#[derive(Clone)]
struct Up {
    /// Counts connections, from 1.
    number: u64,
    connection: MultiplexedConnection,
}

impl Link {
    /// Connects, or says why that fails: nothing is tried again now. Also says what is to be said of the server.
    pub(super) async fn open(
        store: &RedisStore,
        observer: Arc<dyn Observer>,
    ) -> Result<(Self, Option<String>), StoreError> {
        let address = store.url.address().to_owned();
        let unreachable = |cause: String| StoreError::Unreachable { address: address.clone(), cause };
        let client = Client::open(store.url.info.clone()).map_err(|error| unreachable(error.to_string()))?;
        let connector = Connector { client, store: store.clone() };
        let (connection, warning) = connector.connect().await.map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Down(cause) => unreachable(cause),
        })?;
        let up = Up { number: 1, connection };
        let (publish, state) = watch::channel(State::Up(up.clone()));
        let (broken, told) = watch::channel(0);
        let keeper = Keeper { connector, publish, broken: told, observer };
        let keeper = tokio::spawn(keeper.run(up)).abort_handle();
        Ok((Self { address, state, broken, keeper }, warning))
    }

    /// Makes a call on the one connection, and waits for a new one if there is none. What changes something is sent once:
    /// if its answer does not come, nobody knows whether it was done.
    pub(super) async fn send(&self, call: &Call) -> Result<Value, StoreError> {
        let deadline = Instant::now() + call.limit;
        let mut newer_than = 0;
        loop {
            let mut up = self.up(newer_than, deadline).await?;
            newer_than = up.number;
            let answer = timeout_at(deadline, call.command.query_async::<Value>(&mut up.connection)).await;
            let cause = match answer {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) if was_not_done(&error) => {
                    self.is_broken(up.number);
                    continue;
                }
                Ok(Err(error)) if !error.is_unrecoverable_error() => {
                    return Err(StoreError::Other(format!("redis at `{}` refused: {error}", self.address)));
                }
                Ok(Err(error)) => format!("the connection broke: {error}"),
                Err(_) => format!("no answer within {} s", call.limit.as_secs()),
            };
            self.is_broken(up.number);
            if !call.reads {
                return Err(StoreError::Uncertain { address: self.address.clone(), cause });
            }
            if Instant::now() >= deadline {
                return Err(StoreError::Unreachable { address: self.address.clone(), cause });
            }
        }
    }

    /// The connection, if it is another than one that broke.
    async fn up(&self, newer_than: u64, deadline: Instant) -> Result<Up, StoreError> {
        let mut state = self.state.clone();
        // A connection that broke is known to be down in a moment.
        let mut until = deadline;
        loop {
            let cause = match &*state.borrow_and_update() {
                State::Up(up) if up.number > newer_than => return Ok(up.clone()),
                State::Up(_) => "its connection broke".to_owned(),
                State::Down(down) => {
                    until = deadline.min(down.since + PATIENCE);
                    down.cause.clone()
                }
            };
            match timeout_at(until, state.changed()).await {
                Ok(Ok(())) => {}
                // The keeper ends with the runtime only.
                Ok(Err(_)) => return Err(StoreError::Closed),
                Err(_) => return Err(StoreError::Unreachable { address: self.address.clone(), cause }),
            }
        }
    }

    fn is_broken(&self, number: u64) {
        self.broken.send_if_modified(|newest| {
            let newer = number > *newest;
            *newest = number.max(*newest);
            newer
        });
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Whether the server refused a command for now, without having begun it.
fn was_not_done(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, MasterDown, NoScript, ReadOnly};
    matches!(error.kind(), ErrorKind::Server(BusyLoading | MasterDown | NoScript | ReadOnly))
}

struct Connector {
    client: Client,
    store: RedisStore,
}

enum Failure {
    /// It may be otherwise in a moment.
    Down(String),
    Refused(StoreError),
}

impl Connector {
    async fn connect(&self) -> Result<(MultiplexedConnection, Option<String>), Failure> {
        let attempt = async {
            // Calls have limits of their own.
            let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            let warning = check::prepare(&mut connection, &self.store).await?;
            Ok((connection, warning))
        };
        match timeout(CONNECT_LIMIT, attempt).await {
            Ok(Ok(connected)) => Ok(connected),
            Ok(Err(Unfit::Refused(error))) => Err(Failure::Refused(error)),
            Ok(Err(Unfit::Broken(error))) => Err(Failure::Down(error.to_string())),
            Err(_) => Err(Failure::Down(format!("no connection within {} s", CONNECT_LIMIT.as_secs()))),
        }
    }
}

/// Makes a new connection whenever one is broken.
struct Keeper {
    connector: Connector,
    publish: watch::Sender<State>,
    broken: watch::Receiver<u64>,
    observer: Arc<dyn Observer>,
}

impl Keeper {
    async fn run(mut self, mut up: Up) {
        loop {
            let number = up.number;
            tokio::select! {
                told = self.broken.wait_for(|broken| *broken >= number) => {
                    if told.is_err() {
                        return;
                    }
                }
                () = stops_answering(&mut up.connection) => {}
            }
            // Its last handle here: calls that are under way have their own.
            drop(up);
            up = Up { number: number + 1, connection: self.connect_again().await };
            self.publish.send_replace(State::Up(up.clone()));
        }
    }

    /// Tries with longer and longer pauses.
    async fn connect_again(&self) -> MultiplexedConnection {
        let since = Instant::now();
        let down = |cause: String| State::Down(Down { cause, since });
        self.publish.send_replace(down("the connection broke".to_owned()));
        let address = self.connector.store.url.address();
        let mut pause = FIRST_PAUSE;
        let mut told = false;
        loop {
            let cause = match self.connector.connect().await {
                Ok((connection, _)) => {
                    if told {
                        self.observer.event(&Event::StoreFound { address });
                    }
                    return connection;
                }
                Err(Failure::Refused(error)) => error.to_string(),
                Err(Failure::Down(cause)) => cause,
            };
            if !told {
                self.observer.event(&Event::StoreLost { address, cause: &cause });
                told = true;
            }
            self.publish.send_replace(down(cause));
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Ends when a connection has broken.
async fn stops_answering(connection: &mut MultiplexedConnection) {
    loop {
        sleep(PING_EVERY).await;
        match timeout(PING_LIMIT, redis::cmd("PING").query_async::<()>(connection)).await {
            Ok(Ok(())) => {}
            // Whatever it refuses, it is there.
            Ok(Err(error)) if !error.is_unrecoverable_error() => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
