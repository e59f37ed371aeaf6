//! The only door to the terminal. Standard output is data, everything else goes to standard error; progress
//! bars are a layer over plain lines, and there only where somebody watches.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Prints for one command.
#[derive(Clone)]
pub(crate) struct Printer {
    bars: Option<MultiProgress>,
    colour: bool,
}

/// What a line is about; coloured where colour is wanted, legible where not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    Dim,
    Strong,
}

impl Printer {
    /// A printer for this process's terminal.
    pub(crate) fn new() -> Self {
        let watched = std::io::stderr().is_terminal();
        let colour = watched && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { bars: watched.then(MultiProgress::new), colour }
    }

    /// A printer that never colours and shows no bars.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { bars: None, colour: false }
    }

    /// A line of data, on standard output.
    pub(crate) fn data(&self, line: &str) {
        self.raw_data(line.as_bytes());
        self.raw_data(b"\n");
    }

    /// Bytes of data, on standard output. A reader that has gone away is no error of ours.
    pub(crate) fn raw_data(&self, bytes: &[u8]) {
        let _ = std::io::stdout().write_all(bytes);
    }

    /// A line for people, on standard error.
    pub(crate) fn line(&self, text: &str) {
        let print = || {
            let _ = writeln!(std::io::stderr(), "{text}");
        };
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    /// An error, whole, with its causes.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let mark = self.paint(Tone::Bad, "error");
        self.line(&format!("{mark}: {error:#}"));
    }

    /// Text in the colour of its tone.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Dim => "2",
            Tone::Strong => "1",
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Something that takes a while. Without a terminal it is one plain line.
    pub(crate) fn progress(&self, what: &str, total: Option<u64>) -> Progress {
        let Some(bars) = &self.bars else {
            self.line(what);
            return Progress { bar: ProgressBar::hidden() };
        };
        let template = match total {
            Some(_) => "{spinner} {msg:32!} {bar:30} {pos}/{len} {elapsed:.dim}",
            None => "{spinner} {msg} {elapsed:.dim}",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        let bar = bars.add(bar.with_style(style).with_message(what.to_owned()));
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress { bar }
    }
}

impl Printer {
    /// Something that takes a while, shown only where somebody watches.
    pub(crate) fn watched_progress(&self, what: &str) -> Progress {
        match &self.bars {
            Some(_) => self.progress(what, None),
            None => Progress { bar: ProgressBar::hidden() },
        }
    }
}

/// One bar. Gone when it is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Sets how far it is.
    pub(crate) fn set(&self, position: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(position);
    }

    /// Says what is being done now.
    pub(crate) fn message(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
