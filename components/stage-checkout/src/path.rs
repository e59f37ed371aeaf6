//! Paths that may be written: relative, text, and nothing in them that leads elsewhere.

use gix_object::bstr::{BStr, ByteSlice};
use gix_validate::path::{component, component::Mode, component::Options};

use crate::error::{Error, quoted};
use crate::limits::{MAX_NAME_BYTES, MAX_PATH_BYTES};

/// Backslashes and names of devices are ordinary where artifacts live. What stands for `.git` on another
/// system isn't.
const CHECKS: Options = Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };

/// The path of a name in a folder; the top folder is empty.
pub(crate) fn join(folder: &str, name: &BStr, is_link: bool) -> Result<String, Error> {
    let unsafe_path = |cause: &str| {
        let slash = if folder.is_empty() { "" } else { "/" };
        Error::UnsafePath { path: format!("{folder}{slash}{}", quoted(name)), cause: cause.to_owned() }
    };
    component(name, is_link.then_some(Mode::Symlink), CHECKS).map_err(|error| {
        unsafe_path(match error {
            component::Error::Empty => "a name is empty",
            component::Error::Relative => "a name is `.` or `..`",
            component::Error::PathSeparator => "a name has a slash in it",
            component::Error::DotGitDir => "a name is `.git`, or is read as that on some systems",
            component::Error::SymlinkedGitModules => "`.gitmodules` is a symbolic link",
            _ => "a name is not allowed",
        })
    })?;
    let Ok(text) = name.to_str() else {
        return Err(unsafe_path("a name is not UTF-8"));
    };
    if text.contains('\0') {
        return Err(unsafe_path("a name has a NUL in it"));
    }
    if text.len() > MAX_NAME_BYTES {
        return Err(unsafe_path(&format!("a name is longer than MAX_NAME_BYTES, {MAX_NAME_BYTES} bytes")));
    }
    let path = if folder.is_empty() { text.to_owned() } else { format!("{folder}/{text}") };
    if path.len() > MAX_PATH_BYTES {
        return Err(unsafe_path(&format!("it is longer than MAX_PATH_BYTES, {MAX_PATH_BYTES} bytes")));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, name: &[u8], expected: Result<&str, &str>) {
        let actual = join(folder, name.as_bstr(), false).map_err(|error| error.to_string());
        assert_eq!(actual.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn names_lead_nowhere_else() {
        check("", b"README.md", Ok("README.md"));
        check("a/b", "ü b".as_bytes(), Ok("a/b/ü b"));
        check("", b".gitignore", Ok(".gitignore"));
        check("units", br"dev-disk\x2dlabel.mount", Ok(r"units/dev-disk\x2dlabel.mount"));
        check("a", b"..", Err("path `a/..` is not safe: a name is `.` or `..`"));
        check("a", b".", Err("path `a/.` is not safe: a name is `.` or `..`"));
        check("", b"", Err("path `` is not safe: a name is empty"));
        check("", b"/etc/passwd", Err("path `/etc/passwd` is not safe: a name has a slash in it"));
        for name in [".git", ".GIT", "git~1", ".g\u{200c}it", ".git ", ".git::$INDEX_ALLOCATION"] {
            let expected = format!(
                "path `{}` is not safe: a name is `.git`, or is read as that on some systems",
                name.trim()
            );
            check("", name.as_bytes(), Err(&expected));
        }
        check("", b"a\0b", Err("path `a b` is not safe: a name has a NUL in it"));
        check("", b"\xff", Err("path `\u{fffd}` is not safe: a name is not UTF-8"));
        check(
            "",
            &[b'x'; 256],
            Err(&format!(
                "path `{}` is not safe: a name is longer than MAX_NAME_BYTES, 255 bytes",
                "x".repeat(256)
            )),
        );
        assert!(join("", b".gitmodules".as_bstr(), true).is_err());
    }
}
