use std::io::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{Artifacts, File, MemoryStore, Tree};

/// An archive of entries that are as hostile as wanted: path, type, mode and contents.
fn archive(entries: &[(&str, u8, u32, &[u8])]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (path, kind, mode, contents) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_mode(*mode);
        header.set_size(contents.len() as u64);
        header.set_cksum();
        out.append(&header, *contents).unwrap();
    }
    out.into_inner().unwrap()
}

#[track_caller]
fn check(entries: &[(&str, u8, u32, &[u8])], expected: &[(&str, &[u8], bool)]) {
    let files = read(archive(entries).as_slice()).unwrap();
    let found: Vec<_> =
        files.iter().map(|file| (file.path.as_str(), file.contents.as_slice(), file.executable)).collect();
    assert_eq!(found, expected);
}

#[test]
fn reads_files_and_passes_over_folders() {
    check(&[], &[]);
    check(&[("./", b'5', 0o755, b"")], &[]);
    check(
        &[
            ("pax_global_header", b'g', 0o666, b"20 comment=0123abcd\n"),
            ("./a/", b'5', 0o755, b""),
            ("./a/run", b'0', 0o755, b"#!"),
            ("old/", 0, 0o644, b""),
            ("old/b", 0, 0o644, b"x"),
            ("a\\c", b'7', 0o611, b""),
        ],
        &[("a/run", b"#!", true), ("old/b", b"x", false), ("a\\c", b"", false)],
    );
}

#[track_caller]
fn check_refused(bytes: &[u8], expected: &str) {
    assert_eq!(read(bytes).unwrap_err().to_string(), expected);
}

#[track_caller]
fn check_entry_refused(path: &str, kind: u8, expected: &str) {
    check_refused(&archive(&[("ok", b'0', 0o644, b"x"), (path, kind, 0o644, b"")]), expected);
}

#[test]
fn hostile_entries_are_refused_by_name() {
    let kinds = [
        (b'1', "hard link"),
        (b'2', "symbolic link"),
        (b'3', "device"),
        (b'4', "device"),
        (b'6', "pipe"),
        (b'V', "thing of unknown type"),
    ];
    for (kind, name) in kinds {
        let expected = format!("entry `evil` of the archive is a {name}: only files and folders are taken");
        check_entry_refused("evil", kind, &expected);
    }
    check_entry_refused("/etc/x", b'0', "path `/etc/x` is refused: it is absolute");
    check_entry_refused("a/../../x", b'0', "path `a/../../x` is refused: a part is `..`");
    check_entry_refused("a//x", b'0', "path `a//x` is refused: a part is empty");
    check_entry_refused("a\nx", b'0', "path `a\\nx` is refused: it has a control character");
    check_entry_refused("ok", b'0', "file `ok` is there twice");
    let mut bytes = archive(&[("x", b'0', 0o644, b"")]);
    bytes[0] = 0xff;
    let sum: u32 = bytes[..148].iter().chain(&bytes[156..512]).map(|byte| u32::from(*byte)).sum();
    write!(&mut bytes[148..156], "{:06o}\0 ", sum + 256).unwrap();
    check_refused(&bytes, "entry `\u{fffd}` of the archive has a path that is not UTF-8");
}

#[test]
fn files_with_holes_are_refused() {
    let extension = b"22 GNU.sparse.major=1\n";
    let bytes = archive(&[("x", b'x', 0o644, extension), ("holes", b'0', 0o644, b"x")]);
    check_refused(&bytes, "entry `holes` of the archive is a sparse file: only files and folders are taken");
}

#[test]
fn what_is_no_archive_is_refused() {
    check_refused(b"", "the archive is cut: its end is missing");
    check_refused(b"\x1f\x8b\x08\0", "the archive is compressed by gzip: hint: send it uncompressed");
    check_refused(b"PK\x03\x04rest", "the archive is compressed by zip: hint: send it uncompressed");
    assert!(matches!(read(&[b'x'; 2048][..]), Err(ArchiveError::Malformed(_))));
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_read() {
    let mut bytes = archive(&[("large", b'0', 0o644, b"")]);
    let header = tar::Header::from_byte_slice(&bytes[..512]);
    let mut header = header.clone();
    header.set_size(1 << 40);
    header.set_cksum();
    bytes[..512].copy_from_slice(header.as_bytes());
    check_refused(&bytes, "file `large` has 1099511627776 bytes: the limit is 67108864");
}

#[test]
fn every_cut_is_noticed() {
    let bytes = archive(&[("a", b'0', 0o644, b"abc"), ("b", b'0', 0o644, &[7; 1000])]);
    let end = bytes.len() - 1024;
    for cut in 0..=end {
        assert!(read(&bytes[..cut]).is_err(), "{cut}");
    }
    assert_eq!(read(&bytes[..end + 512]).unwrap().len(), 2);
}

fn stored(files: Vec<File>) -> (MemoryStore, Vec<u8>) {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let digest = artifacts.put(files, &[]).unwrap();
    let mut out = Vec::new();
    write(&artifacts, &artifacts.load(&digest).unwrap(), &mut out).unwrap();
    (store, out)
}

#[test]
fn long_paths_survive() {
    for path in ["é".repeat(50), "é".repeat(51), format!("{}/{}x", "a".repeat(99), "é/".repeat(200))] {
        let file = File { path, contents: b"x".to_vec(), executable: true };
        assert_eq!(read(stored(vec![file.clone()]).1.as_slice()).unwrap(), [file]);
    }
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let path = proptest::collection::vec("[a-cé\\\\. ]{1,3}", 1..4).prop_map(|parts| parts.join("/"));
    let contents = proptest::collection::vec(any::<u8>(), 0..2000);
    let file = (path, contents, any::<bool>()).prop_map(|(path, contents, executable)| File {
        path,
        contents,
        executable,
    });
    proptest::collection::vec(file, 0..8).prop_filter("not one tree", |files| {
        Artifacts::new(&MemoryStore::new()).stage_put(files.clone(), &[]).is_ok()
    })
}

proptest! {
    #[test]
    fn reads_what_it_writes(files in files()) {
        let (_, bytes) = stored(files.clone());
        let mut sorted = files;
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        prop_assert_eq!(read(bytes.as_slice()).unwrap(), sorted.clone());
        sorted.reverse();
        prop_assert_eq!(stored(sorted).1, bytes);
    }

    #[test]
    fn any_damage_is_an_error_or_other_files(files in files(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (_, mut bytes) = stored(files);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Whatever comes of it, it is a tree within the rules.
        if let Ok(files) = read(bytes.as_slice()) {
            let entries = files.iter().map(|file| (file.path.clone(), crate::Entry {
                digest: crate::Digest::of(&file.contents),
                size: file.contents.len() as u64,
                executable: file.executable,
            }));
            prop_assert!(!matches!(Tree::from_entries(entries), Err(crate::TreeError::Path(_))));
        }
    }
}
