//! Packet lines: reading them off an answer, and writing a request's.

use gix_object::bstr::ByteSlice;
use gix_packetline::blocking_io::encode;
use gix_packetline::decode::{Stream, streaming};
use gix_packetline::{BandRef, PacketLineRef};

use crate::error::quoted;

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It isn't packet lines, or not those that should come.
    Malformed(String),
    /// It ends before it is complete.
    Truncated,
    /// The server reports an error.
    Refused(String),
}

/// The packet lines of an answer.
pub(crate) struct Packets<'a> {
    body: &'a [u8],
    position: usize,
}

/// A packet line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Bytes, as they are.
    Data(&'a [u8]),
    /// Ends a list, or the answer.
    Flush,
    /// Stands between parts.
    Delimiter,
}

impl<'a> Packets<'a> {
    /// The packet lines of a whole answer.
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { body, position: 0 }
    }

    /// The next line. It is an error that there is none.
    pub(crate) fn read(&mut self) -> Result<Packet<'a>, Problem> {
        let stream = streaming(&self.body[self.position..]).map_err(|error| malformed(&error))?;
        let Stream::Complete { line, bytes_consumed } = stream else {
            return Err(Problem::Truncated);
        };
        self.position += bytes_consumed;
        if let Some(error) = line.check_error() {
            return Err(Problem::Refused(quoted(error.0)));
        }
        Ok(match line {
            PacketLineRef::Data(data) => Packet::Data(data),
            PacketLineRef::Flush | PacketLineRef::ResponseEnd => Packet::Flush,
            PacketLineRef::Delimiter => Packet::Delimiter,
        })
    }

    /// The next line as text without its line end, and `None` at the end of the list.
    pub(crate) fn next_text(&mut self) -> Result<Option<&'a str>, Problem> {
        match self.read()? {
            Packet::Data(data) => text(data).map(Some),
            Packet::Flush | Packet::Delimiter => Ok(None),
        }
    }

    /// How many bytes are read.
    pub(crate) fn position(&self) -> usize {
        self.position
    }
}

/// A line's text.
pub(crate) fn text(data: &[u8]) -> Result<&str, Problem> {
    let line = data.strip_suffix(b"\n").unwrap_or(data);
    line.to_str().map_err(|_| Problem::Malformed(format!("a line that is no text: `{}`", quoted(line))))
}

/// Takes the data out of the sideband that begins at `start` and goes on to a flush. The data moves to
/// the beginning of the same memory: a pack isn't held twice.
pub(crate) fn without_sideband(mut body: Vec<u8>, start: usize) -> Result<Vec<u8>, Problem> {
    let (mut read, mut written) = (start, 0);
    loop {
        let stream = streaming(&body[read..]).map_err(|error| malformed(&error))?;
        let Stream::Complete { line, bytes_consumed } = stream else {
            return Err(Problem::Truncated);
        };
        if matches!(line, PacketLineRef::Flush | PacketLineRef::ResponseEnd) {
            break;
        }
        let data_bytes = match line.decode_band().map_err(|error| malformed(&error))? {
            BandRef::Data(data) => data.len(),
            BandRef::Progress(_) => 0,
            BandRef::Error(message) => return Err(Problem::Refused(quoted(message))),
        };
        let end = read + bytes_consumed;
        body.copy_within(end - data_bytes..end, written);
        written += data_bytes;
        read = end;
    }
    body.truncate(written);
    Ok(body)
}

fn malformed(error: &dyn std::fmt::Display) -> Problem {
    Problem::Malformed(error.to_string())
}

/// A request's lines.
#[derive(Debug, Default)]
pub(crate) struct Lines(Vec<u8>);

impl Lines {
    /// Adds a line of text. Names of references, the longest text there is, are far shorter than a packet.
    #[must_use]
    pub(crate) fn line(mut self, text: &str) -> Self {
        let written = encode::text_to_write(text.as_bytes(), &mut self.0);
        debug_assert!(written.is_ok(), "a line of a request fits a packet");
        self
    }

    /// Adds several lines.
    #[must_use]
    pub(crate) fn lines(self, lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        lines.into_iter().fold(self, |all, line| all.line(line.as_ref()))
    }

    /// Ends a part.
    #[must_use]
    pub(crate) fn delimiter(mut self) -> Self {
        self.0.extend_from_slice(b"0001");
        self
    }

    /// Ends a list.
    #[must_use]
    pub(crate) fn flush(mut self) -> Self {
        self.0.extend_from_slice(b"0000");
        self
    }

    /// The request's body.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_sideband(body: &str, expected: Result<&str, Problem>) {
        let actual = without_sideband(body.as_bytes().to_vec(), 4);
        assert_eq!(actual, expected.map(|data| data.as_bytes().to_vec()));
    }

    #[test]
    fn the_data_of_a_sideband_is_put_together() {
        check_sideband("----0008\u{1}PAC000c\u{2}working0006\u{1}K0000", Ok("PACK"));
        check_sideband("----0008\u{1}PAC", Err(Problem::Truncated));
        check_sideband("----", Err(Problem::Truncated));
        check_sideband("----000b\u{3}broken0000", Err(Problem::Refused("broken".to_owned())));
    }

    #[test]
    fn lines_come_back_as_they_were_written() {
        let body = Lines::default()
            .line("command=ls-refs")
            .delimiter()
            .lines(["peel", "symrefs"])
            .flush()
            .into_bytes();
        assert_eq!(body, b"0014command=ls-refs\n00010009peel\n000csymrefs\n0000");
        let mut packets = Packets::new(&body);
        assert_eq!(packets.next_text(), Ok(Some("command=ls-refs")));
        assert_eq!(packets.read(), Ok(Packet::Delimiter));
        assert_eq!(packets.next_text(), Ok(Some("peel")));
        assert_eq!(packets.next_text(), Ok(Some("symrefs")));
        assert_eq!(packets.next_text(), Ok(None));
        assert_eq!(packets.read(), Err(Problem::Truncated));
        assert_eq!(packets.position(), body.len());
    }

    #[test]
    fn the_servers_errors_are_told() {
        let mut packets = Packets::new(b"001aERR access denied, you");
        assert_eq!(packets.read(), Err(Problem::Refused("access denied, you".to_owned())));
        assert!(matches!(Packets::new(b"<!doctype html>").read(), Err(Problem::Malformed(_))));
    }
}
