//! What a program prints, kept up to a limit.

/// Where a piece of the log came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What was printed to one channel without anything from the other in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it came from.
    pub channel: Channel,
    /// What was printed.
    pub bytes: Vec<u8>,
}

/// Both channels in the order of printing, and what the sandbox has to say of the program.
#[derive(Debug)]
pub struct Log {
    pieces: Vec<Piece>,
    limit_bytes: u64,
    used_bytes: u64,
    dropped_bytes: u64,
    notes: Vec<String>,
}

/// Different things that the sandbox says in one log.
const MAX_NOTES: usize = 16;

impl Log {
    /// An empty log of at most so many bytes. What comes after is dropped, and counted.
    pub fn new(limit_bytes: u64) -> Self {
        Self { pieces: Vec::new(), limit_bytes, used_bytes: 0, dropped_bytes: 0, notes: Vec::new() }
    }

    /// Adds what was printed.
    pub fn print(&mut self, channel: Channel, bytes: &[u8]) {
        // After the first cut nothing more is let in, so that the log has no holes.
        let room = if self.dropped_bytes > 0 { 0 } else { self.limit_bytes - self.used_bytes };
        let kept = cut(bytes, usize::try_from(room).unwrap_or(usize::MAX));
        self.dropped_bytes += (bytes.len() - kept.len()) as u64;
        if kept.is_empty() {
            return;
        }
        self.used_bytes += kept.len() as u64;
        match self.pieces.last_mut() {
            Some(last) if last.channel == channel => last.bytes.extend_from_slice(kept),
            _ => self.pieces.push(Piece { channel, bytes: kept.to_vec() }),
        }
    }

    /// Adds a line of the sandbox's own, the same one once. It doesn't count to the limit.
    pub fn note(&mut self, text: &str) {
        if self.notes.len() < MAX_NOTES && !self.notes.iter().any(|note| note == text) {
            self.notes.push(text.to_owned());
        }
    }

    /// Empties the log. Notes come last, one a line, on standard error.
    pub fn take(&mut self) -> Vec<Piece> {
        let mut notes = std::mem::take(&mut self.notes);
        if self.dropped_bytes > 0 {
            notes.push(format!(
                "the log's limit of {} bytes is reached: {} further bytes are dropped",
                self.limit_bytes, self.dropped_bytes
            ));
        }
        self.used_bytes = 0;
        self.dropped_bytes = 0;
        let mut pieces = std::mem::take(&mut self.pieces);
        if notes.is_empty() {
            return pieces;
        }
        let line_is_open = pieces.last().is_some_and(|piece| !piece.bytes.ends_with(b"\n"));
        let mut text = if line_is_open { "\n".to_owned() } else { String::new() };
        for note in notes {
            text.push_str("sandbox: ");
            text.push_str(&note);
            text.push('\n');
        }
        pieces.push(Piece { channel: Channel::Stderr, bytes: text.into_bytes() });
        pieces
    }
}

/// At most `max` bytes, not ending within a character if the bytes are UTF-8.
fn cut(bytes: &[u8], max: usize) -> &[u8] {
    if bytes.len() <= max {
        return bytes;
    }
    // A character of UTF-8 has at most three bytes after its first.
    let is_boundary = |at: &usize| bytes[*at] & 0b1100_0000 != 0b1000_0000;
    let end = (max.saturating_sub(3)..=max).rev().find(is_boundary).unwrap_or(max);
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: u64, printed: &[(Channel, &str)], expected: &[(Channel, &str)]) {
        let mut log = Log::new(limit);
        for (channel, text) in printed {
            log.print(*channel, text.as_bytes());
        }
        let taken = log.take();
        let taken: Vec<_> =
            taken.iter().map(|piece| (piece.channel, std::str::from_utf8(&piece.bytes).unwrap())).collect();
        assert_eq!(taken, expected);
        assert_eq!(log.take(), []);
    }

    const OUT: Channel = Channel::Stdout;
    const ERR: Channel = Channel::Stderr;

    #[test]
    fn keeps_the_order_of_channels() {
        check(99, &[], &[]);
        check(99, &[(OUT, "a"), (OUT, "b"), (ERR, "c"), (OUT, "d")], &[(OUT, "ab"), (ERR, "c"), (OUT, "d")]);
    }

    #[test]
    fn drops_what_is_over_the_limit_and_says_so() {
        check(3, &[(OUT, "abc")], &[(OUT, "abc")]);
        check(
            3,
            &[(OUT, "ab"), (OUT, "cde"), (ERR, "f")],
            &[
                (OUT, "abc"),
                (ERR, "\nsandbox: the log's limit of 3 bytes is reached: 3 further bytes are dropped\n"),
            ],
        );
        check(
            4,
            &[(OUT, "ab\u{20ac}"), (OUT, "c")],
            &[
                (OUT, "ab"),
                (ERR, "\nsandbox: the log's limit of 4 bytes is reached: 4 further bytes are dropped\n"),
            ],
        );
        check(
            0,
            &[(OUT, "a\n")],
            &[(ERR, "sandbox: the log's limit of 0 bytes is reached: 2 further bytes are dropped\n")],
        );
    }

    #[test]
    fn says_the_same_once() {
        let mut log = Log::new(9);
        log.print(OUT, b"a\n");
        log.note("full");
        log.note("full");
        let taken = log.take();
        assert_eq!(taken[1], Piece { channel: ERR, bytes: b"sandbox: full\n".to_vec() });
    }
}
