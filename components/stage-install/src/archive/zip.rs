//! Zip archives: wheels.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{File, Files, Meter, clean_path};
use crate::error::Error;

/// The files of a zip archive.
pub(crate) fn unpack(what: &str, bytes: &[u8]) -> Result<Vec<File>, Error> {
    let meter = Meter::new(bytes.len());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| meter.explain(what, &error))?;
    let mut files = Files::of(what);
    if archive.has_duplicate_names() {
        return Err(Error::BadArchive {
            what: what.to_owned(),
            problem: "two entries of the archive have the same name".to_owned(),
        });
    }
    for at in 0..archive.len() {
        meter.entry(what)?;
        let mut entry = archive.by_index(at).map_err(|error| meter.explain(what, &error))?;
        let Ok(path) = std::str::from_utf8(entry.name_raw()).map(str::to_owned) else {
            let raw = String::from_utf8_lossy(entry.name_raw()).into_owned();
            return Err(files.unsafe_path(&raw, "it is not UTF-8"));
        };
        if entry.is_symlink() {
            return Err(files.unsafe_path(&path, "it is a link, which packages do not have"));
        }
        let clean = clean_path(&path).map_err(|problem| files.unsafe_path(&path, problem))?;
        if entry.is_dir() || clean.is_empty() {
            continue;
        }
        let mut contents = Vec::new();
        meter.read(&mut entry).read_to_end(&mut contents).map_err(|error| meter.explain(what, &error))?;
        files.add(clean, contents)?;
    }
    Ok(files.finish())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A zip archive of ordinary files.
    pub(crate) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, contents) in files {
            writer.start_file(*path, SimpleFileOptions::default()).unwrap();
            writer.write_all(contents).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], name: &str, cause: &str) {
        let error = unpack("`x` 1.0.0", bytes).unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert!(error.to_string().contains(cause), "{error}");
    }

    #[test]
    fn what_is_not_safe_is_refused() {
        check_refused(&zipped(&[("a/../../b", b"")]), "Install.UnsafePath", "climbs by `..`");
        check_refused(&zipped(&[("/b", b"")]), "Install.UnsafePath", "it is absolute");
        check_refused(b"PK", "Install.BadArchive", "the archive is broken");
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink("l", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let link = writer.finish().unwrap().into_inner();
        check_refused(&link, "Install.UnsafePath", "it is a link");
        let bomb = zipped(&[("bomb", &vec![0; 64 << 20])]);
        check_refused(&bomb, "Install.TooLarge", "MAX_RATIO");
        let whole = zipped(&[("a", b"some text")]);
        let mut broken = whole.clone();
        let at = whole.windows(4).position(|window| window == b"some").unwrap_or(32);
        broken[at] ^= 1;
        check_refused(&broken, "Install.BadArchive", "the archive is broken");
    }
}
