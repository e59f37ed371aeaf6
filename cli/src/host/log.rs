//! What components print: line by line, with their names, into a file and to the observer.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::event::{Event, Observer};
use super::limits::{MAX_LINE_BYTES, MAX_LOG_BYTES};

/// Where a component printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The log of all components.
pub(super) struct Log {
    path: PathBuf,
    /// The file and how many bytes it has. `None`: it cannot be written, and lines go to the observer alone.
    file: Mutex<Option<(File, u64)>>,
    observer: Arc<dyn Observer>,
}

impl Log {
    /// Opens `<folder>/components.log`, and creates it if there is none.
    pub(super) fn open(folder: &Path, observer: Arc<dyn Observer>) -> io::Result<Self> {
        let path = folder.join("components.log");
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, file: Mutex::new(Some((file, size))), observer })
    }

    fn line(&self, component: &str, stream: Stream, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.observer.event(&Event::Line { component, stream, text: &text });
        let name = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        let line = format!("{} {component} {name} {text}\n", timestamp(SystemTime::now()));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.as_ref().is_some_and(|(_, size)| *size > MAX_LOG_BYTES) {
            *file = self.rotate().ok();
        }
        if let Some((out, size)) = file.as_mut() {
            // A log that cannot be written must not stop the component.
            match out.write_all(line.as_bytes()) {
                Ok(()) => *size += line.len() as u64,
                Err(_) => *file = append(&self.path).ok().map(|file| (file, 0)),
            }
        }
    }

    fn rotate(&self) -> io::Result<(File, u64)> {
        std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
        Ok((append(&self.path)?, 0))
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// `2026-01-31T23:59:59.123Z`.
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let milliseconds = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

/// The date so many days after 1970-01-01.
fn date(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let february = if leap { 29 } else { 28 };
        for (month, length) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            if days < length {
                return (year, month, days + 1);
            }
            days -= length;
        }
        year += 1;
    }
}

/// The standard output or error of one instance.
#[derive(Clone)]
pub(super) struct Output(Arc<Lines>);

struct Lines {
    log: Arc<Log>,
    component: Arc<str>,
    stream: Stream,
    /// What was printed after the last end of a line.
    rest: Mutex<Vec<u8>>,
}

impl Output {
    pub(super) fn new(log: Arc<Log>, component: Arc<str>, stream: Stream) -> Self {
        Self(Arc::new(Lines { log, component, stream, rest: Mutex::new(Vec::new()) }))
    }

    fn print(&self, mut bytes: &[u8]) {
        let mut rest = self.0.rest.lock().unwrap_or_else(PoisonError::into_inner);
        while !bytes.is_empty() {
            let room = MAX_LINE_BYTES - rest.len();
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n');
            let taken = end.unwrap_or_else(|| bytes.len().min(room));
            rest.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken + usize::from(end.is_some())..];
            if end.is_some() || rest.len() >= MAX_LINE_BYTES {
                self.0.log.line(&self.0.component, self.0.stream, &rest);
                rest.clear();
            }
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let rest = self.rest.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !rest.is_empty() {
            self.log.line(&self.component, self.stream, rest);
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.print(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(1024 * 1024)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.print(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    #[track_caller]
    fn check(seconds: u64, expected: &str) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(super::timestamp(time), expected);
    }

    #[test]
    fn timestamps() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_399, "2000-02-28T23:59:59.000Z");
        check(951_782_400, "2000-02-29T00:00:00.000Z");
        check(951_868_800, "2000-03-01T00:00:00.000Z");
        check(1_798_761_599, "2026-12-31T23:59:59.000Z");
        check(4_107_542_400, "2100-03-01T00:00:00.000Z");
    }
}
