//! Writing: one transaction and one sync for all the writes that wait.
//!
//! Whoever writes while nobody else does commits it on the spot: on a fast disk, to hand it to a thread and to be woken by that
//! takes longer than the sync. What comes meanwhile waits, and a thread commits it, all of it at once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

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
/// Where the last commit took longer, the next is the thread's: the caller's own thread has other work to do.
const MAX_ON_THE_SPOT: Duration = Duration::from_millis(2);
/// Where writes come faster than this on average, they are the thread's, too: it commits many at once, while others go on.
const MIN_INTERVAL_ON_THE_SPOT: Duration = Duration::from_micros(400);

pub(super) type Reply = oneshot::Sender<Result<Outcome, StoreError>>;

enum Message {
    /// There is something to commit.
    Commit,
    /// Answers once everything that waits is durable; the thread ends.
    Close(oneshot::Sender<()>),
}

pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
    shared: Arc<Shared>,
}

/// What is to be committed, and how fast it comes.
struct Waiting {
    writes: Vec<(Write, Reply)>,
    last_at: Instant,
    /// Average of the newest intervals between writes: each counts for an eighth.
    interval: Duration,
}

/// What callers and the thread have in common.
struct Shared {
    waiting: Mutex<Waiting>,
    disk: Mutex<Disk>,
    /// Whether callers leave all commits to the thread.
    slow: AtomicBool,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        path: &Path,
        most_keys: Option<(u64, String)>,
    ) -> Result<Self, StoreError> {
        let (messages, inbox) = mpsc::channel();
        let committer = Committer::new(connection, most_keys);
        let disk = Disk { committer, checkpointer: Checkpointer::start(path)?, closed: false };
        let shared = Arc::new(Shared {
            waiting: Mutex::new(Waiting {
                writes: Vec::new(),
                last_at: Instant::now(),
                interval: MIN_INTERVAL_ON_THE_SPOT,
            }),
            disk: Mutex::new(disk),
            slow: AtomicBool::new(false),
        });
        let of_thread = shared.clone();
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || of_thread.run(&inbox))
            .map_err(|error| StoreError::Other(format!("failed to start a thread: {error}")))?;
        Ok(Self { messages, shared })
    }

    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        let is_lone = self.shared.queue(write, reply)?;
        if !(is_lone && self.shared.commit_on_the_spot()) {
            self.messages.send(Message::Commit).map_err(|_| StoreError::Closed)?;
        }
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

impl Shared {
    /// Says whether writes come one by one.
    fn queue(&self, write: Write, reply: Reply) -> Result<bool, StoreError> {
        let mut waiting = lock(&self.waiting);
        if waiting.writes.len() >= MAX_WRITES_WAITING {
            let text = format!("{MAX_WRITES_WAITING} writes are waiting for the disk already");
            return Err(StoreError::Limit(text));
        }
        waiting.writes.push((write, reply));
        let now = Instant::now();
        // A long pause counts no more than makes the next write a lone one.
        let interval = (now - waiting.last_at).min(MIN_INTERVAL_ON_THE_SPOT * 8);
        waiting.interval = (waiting.interval * 7 + interval) / 8;
        waiting.last_at = now;
        Ok(waiting.interval >= MIN_INTERVAL_ON_THE_SPOT)
    }

    /// Commits one group, if nobody else commits now and the disk is fast. `false`: something waits for the thread.
    fn commit_on_the_spot(&self) -> bool {
        if self.slow.load(Ordering::Relaxed) {
            return false;
        }
        let mut disk = match self.disk.try_lock() {
            Ok(disk) => disk,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if disk.closed || disk.must_move_log() {
            return false;
        }
        self.commit(&mut disk)
    }

    /// Commits one group of what waits. `false`: more waits.
    fn commit(&self, disk: &mut Disk) -> bool {
        let (group, bytes, is_all) = take_group(&mut lock(&self.waiting).writes);
        if !group.is_empty() {
            let began = Instant::now();
            disk.committer.commit(group);
            self.slow.store(began.elapsed() > MAX_ON_THE_SPOT, Ordering::Relaxed);
            disk.checkpointer.wrote(bytes);
        }
        is_all
    }

    /// The thread.
    fn run(&self, inbox: &mpsc::Receiver<Message>) {
        while let Ok(message) = inbox.recv() {
            let mut disk = lock(&self.disk);
            while !self.commit(&mut disk) {}
            if disk.must_move_log() {
                disk.committer.checkpoint();
                disk.checkpointer.log_pages.store(0, Ordering::Relaxed);
            }
            if let Message::Close(reply) = message {
                disk.closed = true;
                disk.checkpointer.stop();
                disk.committer.checkpoint();
                // Nobody waits any more: fine.
                let _ = reply.send(());
                return;
            }
        }
    }
}

/// As many writes as go into one transaction, their bytes, and whether none is left.
fn take_group(waiting: &mut Vec<(Write, Reply)>) -> (Vec<(Write, Reply)>, usize, bool) {
    let mut bytes = 0;
    let mut count = 0;
    while count < waiting.len().min(MAX_GROUP) && bytes < MAX_GROUP_BYTES {
        bytes += waiting[count].0.bytes();
        count += 1;
    }
    let group = waiting.drain(..count).collect();
    (group, bytes, waiting.is_empty())
}

/// No panic leaves what a lock guards half done: a transaction that was not committed is none.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whoever holds it writes.
struct Disk {
    committer: Committer,
    checkpointer: Checkpointer,
    closed: bool,
}

impl Disk {
    /// Whether the log is so long that writing must wait until it is moved.
    fn must_move_log(&self) -> bool {
        self.checkpointer.log_pages.load(Ordering::Relaxed) >= CHECKPOINT_NOW_PAGES
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

    fn wrote(&mut self, bytes: usize) {
        self.pending += bytes;
        if self.pending < CHECKPOINT_BYTES {
            return;
        }
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
