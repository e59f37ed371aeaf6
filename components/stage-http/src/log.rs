//! The log of a call, as it is kept.

use crate::host::Printed;
use crate::mask::Masker;

/// What a stage may print, in bytes. The sandbox drops what comes after, and says so in the log.
pub const MAX_PRINTED_BYTES: u64 = 1 << 20;
/// What is kept of it, in bytes as JSON writes them: a record must fit in one value of the store. Of
/// a longer log the beginning and the end are kept.
pub const MAX_KEPT_BYTES: usize = 384 << 10;

/// So much of [`MAX_KEPT_BYTES`] is the beginning: most failures are told at the end.
const KEPT_START_BYTES: usize = MAX_KEPT_BYTES / 4;
/// A line up to this length is left out whole rather than cut.
const MAX_LINE_BYTES: usize = 1000;
/// So much is left for the line that tells what is left out.
const NOTICE_BYTES: usize = 100;

/// The log as text, without secrets, at most as long as it may be.
pub fn finish(printed: &[Printed], masker: &Masker) -> String {
    let printed: Vec<_> = printed.iter().map(|piece| piece.bytes.as_slice()).collect();
    let printed = printed.concat();
    let limit = usize::try_from(MAX_PRINTED_BYTES).unwrap_or(usize::MAX);
    let text = if printed.len() < limit {
        masker.text(to_text(printed))
    } else {
        // The sandbox has cut here, and written its notice behind.
        let notice = String::from_utf8_lossy(&printed[limit..]).into_owned();
        let mut cut = printed;
        cut.truncate(limit);
        let mut text = masker.text(to_text(cut));
        masker.cut_end(&mut text);
        text + &notice
    };
    shorten(text)
}

fn to_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn shorten(text: String) -> String {
    if json_bytes(&text) <= MAX_KEPT_BYTES {
        return text;
    }
    let start = fitting(text.chars(), KEPT_START_BYTES);
    let end = text.len() - fitting(text.chars().rev(), MAX_KEPT_BYTES - KEPT_START_BYTES - NOTICE_BYTES);
    // Whole lines, unless they are very long.
    let is_near = |at: &usize| *at <= MAX_LINE_BYTES;
    let line = text[..start].bytes().rev().position(|byte| byte == b'\n').filter(is_near);
    let start = start - line.unwrap_or_default();
    let line = text[end..].bytes().position(|byte| byte == b'\n').filter(is_near);
    let end = end + line.map_or(0, |at| at + 1);
    let left_out = end - start;
    let line_end = if text[..start].ends_with('\n') { "" } else { "\n" };
    format!("{}{line_end}… {left_out} bytes are left out …\n{}", &text[..start], &text[end..])
}

/// How many bytes of these characters take at most so many bytes in JSON.
pub(crate) fn fitting(chars: impl Iterator<Item = char>, max_json_bytes: usize) -> usize {
    let mut json = 0;
    let fitting = chars.take_while(|char| {
        json += json_bytes_of(*char);
        json <= max_json_bytes
    });
    fitting.map(char::len_utf8).sum()
}

fn json_bytes(text: &str) -> usize {
    text.chars().map(json_bytes_of).sum()
}

fn json_bytes_of(char: char) -> usize {
    match char {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        char if char < ' ' => 6,
        char => char.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Secret;

    fn masker() -> Masker {
        Masker::new(&[Secret { name: "S".to_owned(), value: "hunter22".to_owned() }])
    }

    fn all(bytes: Vec<u8>) -> [Printed; 1] {
        [Printed { is_error: false, bytes }]
    }

    #[track_caller]
    fn check(printed: &[u8], expected: &str) {
        assert_eq!(finish(&all(printed.to_vec()), &masker()), expected);
    }

    #[test]
    fn short_logs_are_kept_as_they_are() {
        check(b"", "");
        check(b"a\xffb\n", "a\u{fffd}b\n");
        check(b"is hunter22\n", "is ***\n");
    }

    #[test]
    fn of_long_logs_both_ends_are_kept() {
        let lines: Vec<_> = (0..90_000).map(|number| format!("line {number:05}\n")).collect();
        let lines = lines.concat();
        let log = finish(&all(lines.into_bytes()), &masker());
        assert!(log.starts_with("line 00000\n"), "{}", &log[..50]);
        assert!(log.ends_with("line 89998\nline 89999\n"), "{}", &log[log.len() - 50..]);
        let notice = log.lines().find(|line| line.starts_with('…')).unwrap();
        assert!(notice.ends_with("bytes are left out …"), "{notice}");
        let json = serde_json::to_string(&log).unwrap().len();
        assert!((MAX_KEPT_BYTES - 200..=MAX_KEPT_BYTES + 2).contains(&json), "{json}");
        let lines = log.lines().filter(|line| !line.starts_with("line ")).count();
        assert_eq!(lines, 1, "a line is cut");
    }

    #[test]
    fn what_json_writes_longer_counts_longer() {
        for byte in [b'\0', b'"', b'x', 0xff] {
            let log = finish(&all(vec![byte; 1_000_000]), &masker());
            let json = serde_json::to_string(&log).unwrap().len();
            assert!(json <= MAX_KEPT_BYTES + 2, "{byte}: {json}");
            assert!(json >= MAX_KEPT_BYTES - 200, "{byte}: {json}");
        }
    }

    #[test]
    fn a_secret_at_the_sandbox_s_cut_is_masked() {
        let mut printed = vec![b'x'; (1 << 20) - 6];
        printed.extend_from_slice(b"hunter\nthe log's limit is reached\n");
        let log = finish(&all(printed), &masker());
        assert!(log.ends_with("x***\nthe log's limit is reached\n"), "{}", &log[log.len() - 60..]);
    }
}
