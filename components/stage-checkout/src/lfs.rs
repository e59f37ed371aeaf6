//! Git LFS pointers: small texts that stand where a large file should.

/// The first line of every pointer.
const VERSION: &str = "version https://git-lfs.github.com/spec/v1\n";
/// No pointer is longer, by the specification.
const MAX_POINTER_BYTES: usize = 1024;

/// What a pointer says of its file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    /// Digest of the contents: `sha256:` and 64 hexadecimal digits.
    pub oid: String,
    /// Size in bytes.
    pub size: u64,
}

/// Reads a pointer, if the file is one.
pub(crate) fn parse(contents: &[u8]) -> Option<Pointer> {
    if contents.len() > MAX_POINTER_BYTES {
        return None;
    }
    let lines = std::str::from_utf8(contents).ok()?.strip_prefix(VERSION)?;
    let value = |key: &str| lines.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let oid = value("oid")?;
    let digits = oid.strip_prefix("sha256:")?;
    let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some(Pointer { oid: oid.to_owned(), size: value("size")?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(contents: &str, expected: Option<u64>) {
        assert_eq!(parse(contents.as_bytes()).map(|pointer| pointer.size), expected, "{contents}");
    }

    #[test]
    fn pointers_are_told_from_files() {
        let oid = "a".repeat(64);
        check(&format!("{VERSION}oid sha256:{oid}\nsize 12345\n"), Some(12345));
        check(&format!("{VERSION}ext-0-x sha256:1\noid sha256:{oid}\nsize 1\n"), Some(1));
        check(&format!("{VERSION}oid sha256:abc\nsize 12345\n"), None);
        check(&format!("{VERSION}oid sha256:{oid}\nsize many\n"), None);
        check(VERSION, None);
        check("just text", None);
        check(&format!("{VERSION}oid sha256:{oid}\nsize 1\n{}", "x".repeat(1024)), None);
    }
}
