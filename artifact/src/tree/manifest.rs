use std::fmt::Write as _;

use super::{Entry, Tree, TreeError};
use crate::Digest;

/// The first line of every manifest.
const HEAD: &str = "ropewalk tree 1";

/// The text is not a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The first line is another.
    #[error("the manifest does not begin with the line `{HEAD}`")]
    Head,
    /// A line is malformed.
    #[error("line {line} of the manifest: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The files cannot be one tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Tree {
    /// The canonical manifest.
    pub fn to_manifest(&self) -> String {
        let mut text = String::with_capacity(HEAD.len() + 1 + self.entries.len() * 120);
        text.push_str(HEAD);
        text.push('\n');
        for (path, entry) in &self.entries {
            let kind = if entry.executable { 'x' } else { '-' };
            writeln!(text, "{} {} {kind} {path}", entry.digest.hex(), entry.size)
                .expect("a String takes any text");
        }
        text
    }

    /// Reads a canonical manifest, and refuses every other text.
    pub fn from_manifest(text: &str) -> Result<Self, ManifestError> {
        let body =
            text.strip_prefix(HEAD).and_then(|rest| rest.strip_prefix('\n')).ok_or(ManifestError::Head)?;
        let mut files = Vec::new();
        for (index, line) in body.split_inclusive('\n').enumerate() {
            let wrong = |why: &str| ManifestError::Line { line: index + 2, why: why.to_owned() };
            let line = line.strip_suffix('\n').ok_or_else(|| wrong("it has no end"))?;
            let (path, entry) = read_line(line).map_err(wrong)?;
            if files.last().is_some_and(|(before, _): &(String, Entry)| before.as_str() >= path) {
                return Err(wrong("its path is not after the one before"));
            }
            if files.len() >= super::MAX_FILES {
                return Err(TreeError::TooManyFiles.into());
            }
            files.push((path.to_owned(), entry));
        }
        Ok(Self::from_entries(files)?)
    }
}

fn read_line(line: &str) -> Result<(&str, Entry), &'static str> {
    let mut fields = line.splitn(4, ' ');
    let mut next = || fields.next().ok_or("it has fewer than four fields");
    let (digest, size, kind, path) = (next()?, next()?, next()?, next()?);
    let digest = Digest::from_hex(digest).map_err(|_| "its digest is malformed")?;
    let executable = match kind {
        "-" => false,
        "x" => true,
        _ => return Err("its third field is neither `-` nor `x`"),
    };
    Ok((path, Entry { digest, size: read_size(size)?, executable }))
}

fn read_size(text: &str) -> Result<u64, &'static str> {
    let canonical = text == "0" || !text.starts_with('0');
    if !canonical || text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("its size is malformed");
    }
    text.parse().map_err(|_| "its size is out of range")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn the_format_is_as_written_down() {
        assert_eq!(Tree::new().to_manifest(), "ropewalk tree 1\n");
        let entry = |executable| Entry { digest: Digest::of(b""), size: 0, executable };
        let files = [("run me.sh", true), ("a/b", false), ("a.b", false)];
        let files = files.map(|(path, executable)| (path.to_owned(), entry(executable)));
        let expected = format!("ropewalk tree 1\n{HEX} 0 - a.b\n{HEX} 0 - a/b\n{HEX} 0 x run me.sh\n");
        let tree = Tree::from_entries(files).unwrap();
        assert_eq!(tree.to_manifest(), expected);
        assert_eq!(tree.digest(), Digest::of(expected.as_bytes()));
        assert_eq!(Tree::from_manifest(&expected), Ok(tree));
    }

    #[track_caller]
    fn check_refused(lines: &str, expected: &str) {
        let text = lines.replace("HEX", HEX);
        assert_eq!(Tree::from_manifest(&text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn hostile_manifests_are_refused() {
        let head = "the manifest does not begin with the line `ropewalk tree 1`";
        check_refused("", head);
        check_refused("ropewalk tree 1", head);
        check_refused("ropewalk tree 2\n", head);
        check_refused("ropewalk tree 1\r\n", head);
        let check = |line: &str, expected| check_refused(&format!("ropewalk tree 1\n{line}"), expected);
        check("HEX 0 - a", "line 2 of the manifest: it has no end");
        check("\n", "line 2 of the manifest: it has fewer than four fields");
        check("HEX 0 -\n", "line 2 of the manifest: it has fewer than four fields");
        check("abc 0 - a\n", "line 2 of the manifest: its digest is malformed");
        check("HEX 01 - a\n", "line 2 of the manifest: its size is malformed");
        check("HEX +1 - a\n", "line 2 of the manifest: its size is malformed");
        check("HEX  - a\n", "line 2 of the manifest: its size is malformed");
        check("HEX 99999999999999999999 - a\n", "line 2 of the manifest: its size is out of range");
        check("HEX 0 X a\n", "line 2 of the manifest: its third field is neither `-` nor `x`");
        check("HEX 0 - b\nHEX 0 - a\n", "line 3 of the manifest: its path is not after the one before");
        check("HEX 0 - a\nHEX 0 - a\n", "line 3 of the manifest: its path is not after the one before");
        check("HEX 0 - /etc/passwd\n", "path `/etc/passwd` is refused: it is absolute");
        check("HEX 0 - a/../../b\n", "path `a/../../b` is refused: a part is `..`");
        check("HEX 0 - \n", "path `` is refused: it is empty");
        check("HEX 0 - a\r\n", "path `a\\r` is refused: it has a control character");
        check("HEX 0 - a\nHEX 0 - a/b\n", "`a` is both a file and a folder");
        check("HEX 67108865 - a\n", "file `a` has 67108865 bytes: the limit is 67108864");
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let part = "[a-z .é-]{1,6}";
        let path = proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"));
        let entry = (any::<[u8; 8]>(), 0..=1_000_000_u64, any::<bool>())
            .prop_map(|(seed, size, executable)| Entry { digest: Digest::of(&seed), size, executable });
        proptest::collection::vec((path, entry), 0..12)
            .prop_filter_map("not one tree", |files| Tree::from_entries(files).ok())
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(tree in trees()) {
            let text = tree.to_manifest();
            let read = Tree::from_manifest(&text);
            prop_assert_eq!(read.as_ref(), Ok(&tree));
        }

        #[test]
        fn one_tree_has_one_manifest(tree in trees(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = tree.to_manifest().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(text) = std::str::from_utf8(&bytes) && let Ok(read) = Tree::from_manifest(text) {
                prop_assert_eq!(read.to_manifest(), text);
            }
        }

        #[test]
        fn a_cut_manifest_is_another_tree_or_refused(tree in trees(), at in any::<prop::sample::Index>()) {
            let text = tree.to_manifest();
            let cut = at.index(text.len());
            if let Some(text) = text.get(..cut) && let Ok(read) = Tree::from_manifest(text) {
                prop_assert_ne!(read.digest(), tree.digest());
            }
        }
    }
}
