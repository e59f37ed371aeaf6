//! Writing: one thread, one transaction and one sync for all the writes that wait.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::commit::Committer;
use super::open;
use crate::host::keyvalue::StoreError;
use crate::host::keyvalue::write::{Outcome, Write};
use crate::host::limits::MAX_WRITES_WAITING;

/// So many writes go into one transaction at most.
const MAX_GROUP: usize = 256;
/// A transaction takes no further write once it has so many bytes.
const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;
/// The log is moved into the file once it may have grown by so many bytes.
const CHECKPOINT_BYTES: usize = 4 * 1024 * 1024;
/// A log of more pages makes the writer wait until it has been moved: it would grow for ever under constant load.
const CHECKPOINT_NOW_PAGES: usize = 16 * 1024;
/// What one entry adds to the log at least: a page of the table and one of the index.
const ENTRY_BYTES: usize = 8192;

pub(super) type Reply = oneshot::Sender<Result<Outcome, StoreError>>;

enum Message {
    Write(Write, Reply),
    /// Answers once everything before it is durable; the thread ends.
    Close(oneshot::Sender<()>),
}

pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        path: &Path,
        most_keys: Option<(u64, String)>,
    ) -> Result<Self, StoreError> {
        let (messages, inbox) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let checkpointer = Checkpointer::start(path)?;
        let mut thread = Thread {
            inbox,
            waiting: waiting.clone(),
            committer: Committer::new(connection, most_keys),
            checkpointer,
        };
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || thread.run())
            .map_err(|error| StoreError::Other(format!("failed to start a thread: {error}")))?;
        Ok(Self { messages, waiting })
    }

    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WRITES_WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            let text = format!("{MAX_WRITES_WAITING} writes are waiting for the disk already");
            return Err(StoreError::Limit(text));
        }
        let (reply, answer) = oneshot::channel();
        self.messages.send(Message::Write(write, reply)).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.messages.send(Message::Close(reply)).is_ok() {
            // An error means that the thread has ended already.
            let _ = answer.await;
        }
    }
}

struct Thread {
    inbox: mpsc::Receiver<Message>,
    waiting: Arc<AtomicUsize>,
    committer: Committer,
    checkpointer: Checkpointer,
}

impl Thread {
    fn run(&mut self) {
        while let Ok(message) = self.inbox.recv() {
            let mut closing = None;
            let mut group = Vec::new();
            let mut bytes = 0;
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    Message::Write(write, reply) => {
                        bytes += write.bytes();
                        group.push((write, reply));
                    }
                    Message::Close(reply) => {
                        closing = Some(reply);
                        break;
                    }
                }
                let full = group.len() >= MAX_GROUP || bytes >= MAX_GROUP_BYTES;
                next = if full { None } else { self.inbox.try_recv().ok() };
            }
            self.waiting.fetch_sub(group.len(), Ordering::Relaxed);
            self.committer.commit(group);
            self.checkpoint(bytes);
            if let Some(reply) = closing {
                self.checkpointer.stop();
                self.committer.checkpoint();
                // Nobody waits any more: fine.
                let _ = reply.send(());
                return;
            }
        }
    }

    fn checkpoint(&mut self, written: usize) {
        self.checkpointer.pending += written;
        if self.checkpointer.pending >= CHECKPOINT_BYTES {
            self.checkpointer.wake();
        }
        if self.checkpointer.log_pages.load(Ordering::Relaxed) >= CHECKPOINT_NOW_PAGES {
            self.committer.checkpoint();
            self.checkpointer.log_pages.store(0, Ordering::Relaxed);
        }
    }
}

impl Write {
    /// About how many bytes it adds to the log.
    fn bytes(&self) -> usize {
        match self {
            Self::Set(entries) => {
                entries.iter().map(|(key, value)| ENTRY_BYTES + key.len() + value.len()).sum()
            }
            Self::Delete(keys) => keys.len() * ENTRY_BYTES,
            Self::Swap { new, .. } => ENTRY_BYTES + new.len(),
            Self::Increment { .. } => ENTRY_BYTES,
        }
    }
}

/// Moves the log into the file beside the writer, so that no caller waits for it.
struct Checkpointer {
    wake: Option<mpsc::SyncSender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    /// Bytes written since it was woken.
    pending: usize,
    /// Pages in the log when it last looked, those it could move included: they are free only when all are moved.
    log_pages: Arc<AtomicUsize>,
}

impl Checkpointer {
    fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = open::checkpointer(path)?;
        let (wake, woken) = mpsc::sync_channel::<()>(1);
        let log_pages = Arc::new(AtomicUsize::new(0));
        let seen = log_pages.clone();
        let thread = thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || {
                while woken.recv().is_ok() {
                    let pages = connection
                        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1));
                    // What could not be moved now is moved next time; a full disk shows in the writes themselves.
                    if let Ok(pages) = pages {
                        seen.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
                    }
                }
            })
            .map_err(|error| StoreError::Other(format!("failed to start a thread: {error}")))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), pending: 0, log_pages })
    }

    fn wake(&mut self) {
        if let Some(wake) = &self.wake {
            // Full means that it is awake.
            let _ = wake.try_send(());
        }
        self.pending = 0;
    }

    fn stop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic there leaves the log as it was, and it is moved by whoever opens the store next.
            let _ = thread.join();
        }
    }
}
