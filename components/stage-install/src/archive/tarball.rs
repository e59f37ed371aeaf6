//! Tarballs of npm packages.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::{File, Files, Meter, clean_path};
use crate::error::Error;

/// The files of a tarball, without the folder in which it has them all.
pub(crate) fn unpack(what: &str, bytes: &[u8]) -> Result<Vec<File>, Error> {
    let meter = Meter::new(bytes.len());
    let plain: Box<dyn Read + '_> =
        if bytes.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) };
    let mut archive = Archive::new(meter.read(plain));
    let mut files = Files::of(what);
    for entry in archive.entries().map_err(|error| meter.explain(what, &error))? {
        let mut entry = entry.map_err(|error| meter.explain(what, &error))?;
        meter.entry(what)?;
        let raw = entry.path_bytes().into_owned();
        let Ok(path) = std::str::from_utf8(&raw) else {
            return Err(files.unsafe_path(&String::from_utf8_lossy(&raw), "it is not UTF-8"));
        };
        let kind = entry.header().entry_type();
        match kind {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            EntryType::Symlink | EntryType::Link => {
                return Err(files.unsafe_path(path, "it is a link, which packages do not have"));
            }
            _ => return Err(files.unsafe_path(path, "it is neither a file nor a folder")),
        }
        let clean = clean_path(path).map_err(|problem| files.unsafe_path(path, problem))?;
        // What is beside the folder is no part of the package.
        let Some((_, inside)) = clean.split_once('/') else { continue };
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).map_err(|error| meter.explain(what, &error))?;
        files.add(inside.to_owned(), contents)?;
    }
    Ok(files.finish())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tar::{Builder, Header};

    use super::*;
    use crate::limits::{MAX_PACKAGE_BYTES, MAX_PACKAGE_ENTRIES};

    /// An entry as it is written, safe or not.
    pub(crate) fn raw(builder: &mut Builder<impl Write>, path: &str, kind: EntryType, contents: &[u8]) {
        let mut header = Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(kind);
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, contents).unwrap();
    }

    fn gzip(write: impl FnOnce(&mut Builder<GzEncoder<Vec<u8>>>)) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        write(&mut builder);
        builder.into_inner().unwrap().finish().unwrap()
    }

    /// A tarball of ordinary files.
    pub(crate) fn tarball(files: &[(&str, &str)]) -> Vec<u8> {
        gzip(|builder| {
            for (path, contents) in files {
                raw(builder, path, EntryType::Regular, contents.as_bytes());
            }
        })
    }

    #[test]
    fn files_come_out_of_their_folder() {
        let bytes = tarball(&[("package/b/c.js", "1"), ("package/a.js", "2"), ("stray", "3")]);
        let files = unpack("`x`", &bytes).unwrap();
        let expected = [("a.js", "2"), ("b/c.js", "1")]
            .map(|(path, contents)| File { path: path.to_owned(), contents: contents.into() });
        assert_eq!(files, expected);
        let twice = tarball(&[("p/a", "1"), ("p/a", "1")]);
        assert_eq!(unpack("`x`", &twice).unwrap().len(), 1);
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], name: &str, cause: &str) {
        let error = unpack("`x` 1.0.0", bytes).unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert!(error.to_string().contains(cause), "{error}");
    }

    #[test]
    fn what_is_not_safe_is_refused() {
        let one = |path: &str, kind| gzip(|builder| raw(builder, path, kind, b"x"));
        let unsafe_path = "Install.UnsafePath";
        check_refused(&one("package/../../x", EntryType::Regular), unsafe_path, "climbs by `..`");
        check_refused(&one("/etc/x", EntryType::Regular), unsafe_path, "`/etc/x`: it is absolute");
        check_refused(&one("package/l", EntryType::Symlink), unsafe_path, "it is a link");
        check_refused(&one("package/l", EntryType::Link), unsafe_path, "it is a link");
        check_refused(&one("package/p", EntryType::Fifo), unsafe_path, "neither a file nor a folder");
        check_refused(&tarball(&[("p/a", "1"), ("p/a", "2")]), unsafe_path, "there twice");
        check_refused(b"no archive", "Install.BadArchive", "the archive is broken");
        let whole = tarball(&[("p/a", &"x".repeat(10_000))]);
        check_refused(&whole[..whole.len() - 20], "Install.BadArchive", "the archive is broken");
    }

    #[test]
    fn bombs_are_stopped() {
        let zeros = |bytes: u64| {
            gzip(|builder| {
                let mut header = Header::new_gnu();
                header.set_path("package/bomb").unwrap();
                header.set_size(bytes);
                header.set_cksum();
                builder.append(&header, std::io::repeat(0).take(bytes)).unwrap();
            })
        };
        check_refused(&zeros(64 << 20), "Install.TooLarge", "MAX_RATIO, 200 times its");
        let mut noise = zeros(1 << 20);
        // Behind the end of the archive, so that only its size counts.
        noise.resize(2 << 20, 0);
        assert_eq!(unpack("`x`", &noise[..zeros(1 << 20).len()]).unwrap()[0].contents.len(), 1 << 20);
        let large = Meter::new(usize::MAX >> 8);
        let error = std::io::copy(
            &mut large.read(std::io::repeat(0).take(MAX_PACKAGE_BYTES + 1)),
            &mut std::io::sink(),
        )
        .unwrap_err();
        assert!(large.explain("`x`", &error).to_string().contains("MAX_PACKAGE_BYTES, 201326592 bytes"));
        let many = gzip(|builder| {
            for number in 0..=MAX_PACKAGE_ENTRIES {
                raw(builder, &format!("p/{number}"), EntryType::Regular, b"");
            }
        });
        check_refused(&many, "Install.TooLarge", "MAX_PACKAGE_ENTRIES, 20000 entries");
    }
}
