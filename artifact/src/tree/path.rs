use super::MAX_PATH_BYTES;

/// The longest part of a path between two `/`, in bytes. Common file systems take no longer one.
pub const MAX_PART_BYTES: usize = 255;

/// The path breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("path `{path}` is refused: {why}")]
pub struct InvalidPath {
    /// The path, or how it begins.
    pub path: String,
    /// Which rule it breaks.
    pub why: &'static str,
}

/// Refuses a path that is not relative and plain: see [`Tree`](super::Tree) for the rules.
pub fn check_path(path: &str) -> Result<(), InvalidPath> {
    let Some(why) = broken_rule(path) else {
        return Ok(());
    };
    let path = path.chars().take(200).flat_map(char::escape_default).collect();
    Err(InvalidPath { path, why })
}

fn broken_rule(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.len() > MAX_PATH_BYTES {
        return Some("it has more than 1024 bytes");
    }
    if path.starts_with('/') {
        return Some("it is absolute");
    }
    if path.chars().any(char::is_control) {
        return Some("it has a control character");
    }
    path.split('/').find_map(|part| match part {
        "" => Some("a part is empty"),
        "." => Some("a part is `.`"),
        ".." => Some("a part is `..`"),
        _ if part.len() > MAX_PART_BYTES => Some("a part has more than 255 bytes"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, broken: Option<&str>) {
        assert_eq!(check_path(path).err().map(|error| error.why), broken);
    }

    #[test]
    fn rules() {
        check("a", None);
        check("a/b c/ü.md", None);
        check("...", None);
        check(".git/config", None);
        check("a\\b", None);
        check("", Some("it is empty"));
        check("/a", Some("it is absolute"));
        check("a//b", Some("a part is empty"));
        check("a/", Some("a part is empty"));
        check("./a", Some("a part is `.`"));
        check("a/../b", Some("a part is `..`"));
        check("a\nb", Some("it has a control character"));
        check("a\0", Some("it has a control character"));
        check("a\u{85}", Some("it has a control character"));
        check(&"a".repeat(255), None);
        check(&"a".repeat(256), Some("a part has more than 255 bytes"));
        check(&"a/".repeat(513), Some("it has more than 1024 bytes"));
    }

    #[test]
    fn what_is_shown_is_plain() {
        let error = check_path("a\u{1b}[31m").unwrap_err();
        assert_eq!(error.to_string(), "path `a\\u{1b}[31m` is refused: it has a control character");
    }
}
