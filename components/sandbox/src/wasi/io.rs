//! `wasi:io`: streams over files and the log. Everything is ready at once, except for time.

use super::bindings::exports::wasi::io::error::GuestError;
use super::bindings::exports::wasi::io::poll::{GuestPollable, Pollable, PollableBorrow};
use super::bindings::exports::wasi::io::streams::{
    GuestInputStream, GuestOutputStream, InputStreamBorrow, StreamError,
};
use super::bindings::exports::wasi::io::{error, poll, streams};
use super::files::Held;
use super::{Sandbox, State, with};
use crate::fs;
use crate::log::Channel;

use std::cell::Cell;

/// Bytes that one call of a stream moves at most. The caller asks again for the rest.
pub(super) const MAX_TRANSFER_BYTES: u64 = 4 << 20;

impl error::Guest for Sandbox {
    type Error = fs::Error;
}

impl GuestError for fs::Error {
    fn to_debug_string(&self) -> String {
        self.to_string()
    }
}

impl poll::Guest for Sandbox {
    type Pollable = Waiting;

    fn poll(pollables: Vec<PollableBorrow<'_>>) -> Vec<u32> {
        let waits: Vec<Waiting> = pollables.iter().map(|one| *one.get::<Waiting>()).collect();
        with(|state| {
            if !waits.iter().any(|wait| wait.is_over(state)) {
                let first = waits.iter().filter_map(|wait| wait.end()).min();
                state.clock.wait_until(first.expect("WASI forbids to wait for nothing"));
            }
            (0..).zip(&waits).filter(|(_, wait)| wait.is_over(state)).map(|(at, _)| at).collect()
        })
    }
}

/// What a pollable waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Waiting {
    /// Files and the log never make anyone wait.
    Over,
    /// A moment of the monotonic clock.
    Until(u64),
}

impl Waiting {
    fn is_over(self, state: &State) -> bool {
        self.end().is_none_or(|moment| state.clock.has_reached(moment))
    }

    fn end(self) -> Option<u64> {
        match self {
            Self::Over => None,
            Self::Until(moment) => Some(moment),
        }
    }
}

impl GuestPollable for Waiting {
    fn ready(&self) -> bool {
        with(|state| {
            // Asking counts as reading the clock, so that a loop that only asks ends, too.
            state.clock.read();
            self.is_over(state)
        })
    }

    fn block(&self) {
        if let Some(moment) = self.end() {
            with(|state| state.clock.wait_until(moment));
        }
    }
}

impl streams::Guest for Sandbox {
    type InputStream = Input;
    type OutputStream = Output;
}

/// Where bytes come from.
pub(super) enum Input {
    /// Standard input, of which all streams take in turn.
    Stdin,
    /// A file, from some offset on.
    File(Held, Cell<u64>),
}

impl GuestInputStream for Input {
    fn read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        self.advance(len, <[u8]>::to_vec)
    }

    fn blocking_read(&self, len: u64) -> Result<Vec<u8>, StreamError> {
        self.read(len)
    }

    fn skip(&self, len: u64) -> Result<u64, StreamError> {
        self.advance(len, |bytes| bytes.len() as u64)
    }

    fn blocking_skip(&self, len: u64) -> Result<u64, StreamError> {
        self.skip(len)
    }

    fn subscribe(&self) -> Pollable {
        Pollable::new(Waiting::Over)
    }
}

impl Input {
    fn advance<T>(&self, len: u64, take: impl FnOnce(&[u8]) -> T) -> Result<T, StreamError> {
        with(|state| {
            let Self::File(file, offset) = self else {
                let left = &state.stdin[state.stdin_read..];
                if left.is_empty() && len > 0 {
                    return Err(StreamError::Closed);
                }
                let bytes =
                    &left[..left.len().min(usize::try_from(len.min(MAX_TRANSFER_BYTES)).unwrap_or(0))];
                state.stdin_read += bytes.len();
                return Ok(take(bytes));
            };
            let len_now = len.min(MAX_TRANSFER_BYTES);
            let bytes = state.fs.read(file.id(), offset.get(), len_now).map_err(failed)?;
            if bytes.is_empty() && len > 0 {
                return Err(StreamError::Closed);
            }
            offset.set(offset.get() + bytes.len() as u64);
            Ok(take(bytes))
        })
    }
}

/// Where bytes go.
pub(super) enum Output {
    /// The log.
    Log(Channel),
    /// A file, from some offset on.
    At(Held, Cell<u64>),
    /// A file, wherever its end is.
    End(Held),
}

impl GuestOutputStream for Output {
    fn check_write(&self) -> Result<u64, StreamError> {
        Ok(MAX_TRANSFER_BYTES)
    }

    fn write(&self, contents: Vec<u8>) -> Result<(), StreamError> {
        with(|state| {
            match self {
                Self::Log(channel) => {
                    state.log.print(*channel, &contents);
                    Ok(())
                }
                Self::End(file) => state.fs.append(file.id(), contents),
                Self::At(file, offset) => {
                    let end = offset.get().saturating_add(contents.len() as u64);
                    state.fs.write(file.id(), offset.get(), contents).map(|()| offset.set(end))
                }
            }
            .inspect_err(|error| state.note_limit(*error))
            .map_err(failed)
        })
    }

    fn blocking_write_and_flush(&self, contents: Vec<u8>) -> Result<(), StreamError> {
        self.write(contents)
    }

    fn flush(&self) -> Result<(), StreamError> {
        Ok(())
    }

    fn blocking_flush(&self) -> Result<(), StreamError> {
        Ok(())
    }

    fn subscribe(&self) -> Pollable {
        Pollable::new(Waiting::Over)
    }

    fn write_zeroes(&self, len: u64) -> Result<(), StreamError> {
        let len = usize::try_from(len).ok().filter(|len| *len as u64 <= MAX_TRANSFER_BYTES);
        self.write(vec![0; len.expect("WASI forbids to write more than `check-write` allows")])
    }

    fn blocking_write_zeroes_and_flush(&self, len: u64) -> Result<(), StreamError> {
        self.write_zeroes(len)
    }

    fn splice(&self, source: InputStreamBorrow<'_>, len: u64) -> Result<u64, StreamError> {
        let bytes = source.get::<Input>().read(len)?;
        let moved = bytes.len() as u64;
        self.write(bytes).map(|()| moved)
    }

    fn blocking_splice(&self, source: InputStreamBorrow<'_>, len: u64) -> Result<u64, StreamError> {
        self.splice(source, len)
    }
}

fn failed(error: fs::Error) -> StreamError {
    StreamError::LastOperationFailed(error::Error::new(error))
}
