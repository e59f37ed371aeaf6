//! What a command prints: read as it comes, masked, and sent on while the command runs.

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use stage_http::mask::Masker;

use super::exchange::Exchange;
use super::mask::MaskedStream;
use super::retry::Patience;

/// Most bytes of one command's output; the application keeps no more either, the runner's own lines included.
pub(crate) const MAX_OUTPUT_BYTES: u64 = 15 << 20;
/// How often what is new is sent.
const PAUSE: Duration = Duration::from_millis(300);
/// Most bytes of one message.
const MAX_CHUNK_BYTES: usize = 512 << 10;
/// Most bytes of the end of a log that a failure tells.
const MAX_TAIL_BYTES: usize = 2 << 10;

/// The log of one task.
pub(super) struct Log<'a> {
    masker: &'a Masker,
    text: Mutex<String>,
    is_whole: AtomicBool,
    flooded: AtomicBool,
}

impl<'a> Log<'a> {
    pub(super) fn new(masker: &'a Masker) -> Self {
        Self {
            masker,
            text: Mutex::default(),
            is_whole: AtomicBool::new(false),
            flooded: AtomicBool::new(false),
        }
    }

    /// A line of the runner's own.
    pub(super) fn say(&self, line: &str) {
        let line = self.masker.text(line.to_owned());
        self.add(&format!("[runner] {line}\n"));
    }

    /// Reads a command's output to its end. What is over the limit is dropped, and said.
    pub(super) fn read(&self, mut output: impl Read, limit: u64) {
        let mut stream = MaskedStream::new(self.masker);
        let mut bytes = vec![0; 16 << 10];
        let mut left = limit;
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            let kept = count.min(usize::try_from(left).unwrap_or(usize::MAX));
            left -= kept as u64;
            self.add(&stream.push(&bytes[..kept]));
            if kept < count {
                self.flooded.store(true, Ordering::SeqCst);
            }
        }
        self.add(&stream.finish());
    }

    /// Whether the command printed more than it may.
    pub(super) fn is_flooded(&self) -> bool {
        self.flooded.load(Ordering::SeqCst)
    }

    /// Nothing more comes.
    pub(super) fn end(&self) {
        self.is_whole.store(true, Ordering::SeqCst);
    }

    /// The end of what was printed.
    pub(super) fn tail(&self) -> String {
        let text = self.lock();
        text[text.ceil_char_boundary(text.len().saturating_sub(MAX_TAIL_BYTES))..].to_owned()
    }

    /// Sends it on as it comes, until all of it is told, or nobody listens.
    pub(super) fn send(&self, exchange: &Exchange, token: &str) {
        let mut sent = 0;
        loop {
            let is_whole = self.is_whole.load(Ordering::SeqCst);
            let chunk = self.after(sent);
            if chunk.is_empty() {
                if is_whole {
                    return;
                }
                thread::sleep(PAUSE);
                continue;
            }
            let path = format!("/api/tasks/{token}/log?offset={sent}");
            // Where nobody listens, the result will be told the same, and by it the task ends.
            if exchange.bytes(Patience::UntilStopped, "POST", &path, chunk.as_bytes()).is_err() {
                return;
            }
            sent += chunk.len();
            if chunk.len() < MAX_CHUNK_BYTES / 2 && !is_whole {
                thread::sleep(PAUSE);
            }
        }
    }

    fn after(&self, sent: usize) -> String {
        let text = self.lock();
        text[sent..text.floor_char_boundary(sent + MAX_CHUNK_BYTES)].to_owned()
    }

    fn add(&self, text: &str) {
        self.lock().push_str(text);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, String> {
        // Text that a thread left when it panicked is text.
        self.text.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use stage_http::host::Secret;

    use super::*;

    #[test]
    fn a_flood_is_cut_and_told() {
        let masker = Masker::new(&[]);
        let log = Log::new(&masker);
        log.read(&b"0123456789"[..], 4);
        assert_eq!((log.after(0).as_str(), log.is_flooded()), ("0123", true));
        let log = Log::new(&masker);
        log.read(&b"0123"[..], 4);
        assert!(!log.is_flooded());
    }

    #[test]
    fn secrets_are_masked_in_all_that_is_told() {
        let masker = Masker::new(&[Secret { name: "S".to_owned(), value: "hunter22".to_owned() }]);
        let log = Log::new(&masker);
        log.say("the key is hunter22");
        log.read(&b"> hunter22\n"[..], 100);
        assert_eq!(log.after(0), "[runner] the key is ***\n> ***\n");
        assert_eq!(log.tail(), log.after(0));
    }
}
