//! Byte offsets of a text as lines and columns.

use crate::diagnostic::Position;

/// Where the lines of a text begin.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let after_newlines =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    /// The place of a byte offset. One past the end is the end; one within a character is the character.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let column = self.text[self.starts[line]..offset].chars().count();
        Position { line: to_u32(line + 1), column: to_u32(column + 1) }
    }

    /// The byte offset at which a line (counted from 1) begins; the end for a line past the last.
    pub(crate) fn start_of(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// The byte offset of a column counted in Unicode code points from 0.
    pub(crate) fn offset_of_chars(&self, line: usize, column: usize) -> usize {
        let start = self.start_of(line);
        self.text[start..].char_indices().nth(column).map_or(self.text.len(), |(at, _)| start + at)
    }

    /// The byte offset of a column counted in UTF-16 code units from 0.
    pub(crate) fn offset_of_utf16(&self, line: usize, column: usize) -> usize {
        let start = self.start_of(line);
        let mut units = 0;
        for (at, char) in self.text[start..].char_indices() {
            if units >= column {
                return start + at;
            }
            units += char.len_utf16();
        }
        self.text.len()
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
