//! What is said in the log: each thing once.

use std::cell::Cell;

use super::bindings::wasi::cli::stderr::get_stderr;

/// Something that is said once.
pub(super) struct Note {
    text: &'static str,
    is_said: Cell<bool>,
}

thread_local! {
    pub(super) static SOCKETS: Note =
        const { Note::new("sandbox: a stage has no network: what is asked of `wasi:sockets` is refused\n") };
    pub(super) static HTTP: Note = const {
        Note::new(
            "sandbox: a stage has no network: its request by `wasi:http` is refused; a stage with effects sends \
             requests by `ropewalk:pipeline/outbound`\n",
        )
    };
}

impl Note {
    const fn new(text: &'static str) -> Self {
        Self { text, is_said: Cell::new(false) }
    }

    pub(super) fn say(&self) {
        if !self.is_said.replace(true) {
            // A log that is full drops it, as anything else.
            let _ = get_stderr().blocking_write_and_flush(self.text.as_bytes());
        }
    }
}
