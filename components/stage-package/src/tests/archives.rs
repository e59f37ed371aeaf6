//! What is in the archives, as others read them.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::Folder;

/// Path, mode and contents of each entry; all have the same owner and time.
#[track_caller]
fn tar_entries(bytes: &[u8], mtime: u64) -> Vec<(String, u32, String)> {
    let mut archive = tar::Archive::new(GzDecoder::new(bytes));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let header = entry.header().clone();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, mtime));
        assert_eq!(header.entry_type(), tar::EntryType::Regular);
        let path = String::from_utf8(entry.path_bytes().to_vec()).unwrap();
        let mut contents = String::new();
        entry.read_to_string(&mut contents).unwrap();
        (path, header.mode().unwrap(), contents)
    });
    entries.collect()
}

#[track_caller]
fn zip_entries(bytes: &[u8], year: u16) -> Vec<(String, u32, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let entries = (0..archive.len()).map(|index| {
        let mut entry = archive.by_index(index).unwrap();
        assert_eq!(entry.last_modified().unwrap().year(), year);
        let mut contents = String::new();
        entry.read_to_string(&mut contents).unwrap();
        (entry.name().unwrap().into_owned(), entry.unix_mode().unwrap() & 0o7777, contents)
    });
    entries.collect()
}

/// Packs and compares path and mode of what is in both archives.
#[track_caller]
fn check(files: &[(&str, &str)], parameters: Value, expected: &[(&str, u32)]) {
    let folder = Folder::new(files);
    let mut parameters = parameters;
    parameters["format"] = json!(["zip", "tar.gz"]);
    folder.run(parameters).unwrap();
    for entries in [
        tar_entries(&folder.read("out/package/knots-1.2.3.tar.gz"), 0),
        zip_entries(&folder.read("out/package/knots-1.2.3.zip"), 1980),
    ] {
        let found: Vec<(&str, u32)> = entries.iter().map(|(path, mode, _)| (path.as_str(), *mode)).collect();
        assert_eq!(found, expected);
        for (path, _, contents) in &entries {
            let last = |path: &str| path.rsplit('/').next().map(str::to_owned);
            let original = files.iter().find(|(name, _)| last(name) == last(path)).unwrap();
            assert_eq!(contents, original.1);
        }
    }
}

#[test]
fn files_are_sorted_and_have_modes() {
    let files = [("b", "#!/bin/sh\n"), ("a.txt", "x"), ("B/c", "\u{7f}ELF"), ("a/d", "y")];
    let all = [("B/c", 0o755), ("a.txt", 0o644), ("a/d", 0o644), ("b", 0o755)];
    check(&files, json!({}), &all);
    let named = [("B/c", 0o644), ("a.txt", 0o755), ("a/d", 0o644), ("b", 0o644)];
    check(&files, json!({ "executable": ["*.txt"] }), &named);
    check(&files, json!({ "include": ["a/**", "b"], "exclude": ["b"] }), &[("a/d", 0o644)]);
    check(&files, json!({ "root": "a", "prefix": "package/" }), &[("package/d", 0o644)]);
    let prefix = json!({ "root": "a", "prefix": "{name}-{version}", "name": "@rope/knots" });
    let folder = Folder::new(&files);
    folder.run(prefix).unwrap();
    let entries = tar_entries(&folder.read("out/package/rope-knots-1.2.3.tar.gz"), 0);
    assert_eq!(entries[0].0, "rope-knots-1.2.3/d");
}

#[test]
fn odd_paths_are_kept() {
    let deep =
        format!("{}/{}.txt", "folder-with-a-long-name/".repeat(8).trim_end_matches('/'), "f".repeat(120));
    let wide = format!("{}ü.txt", "x".repeat(99));
    let back = "back\\slash.txt";
    let files = [(deep.as_str(), "deep"), (wide.as_str(), "wide"), ("sp ace/ünï.txt", "odd"), (back, "back")];
    let sorted = [(back, 0o644), (deep.as_str(), 0o644), ("sp ace/ünï.txt", 0o644), (wide.as_str(), 0o644)];
    check(&files, json!({}), &sorted);
}

#[test]
fn files_are_of_the_time_that_is_given() {
    let folder = Folder::new(&[("a", "a")]);
    let parameters = json!({ "format": ["zip", "tar.gz"], "created": "2026-08-17T21:43:13+02:00" });
    folder.run(parameters).unwrap();
    tar_entries(&folder.read("out/package/knots-1.2.3.tar.gz"), 1_786_995_793);
    zip_entries(&folder.read("out/package/knots-1.2.3.zip"), 2026);
    // Earlier than zip can say.
    folder.run(json!({ "format": ["zip", "tar.gz"], "created": "1975-01-01T00:00:00Z" })).unwrap();
    tar_entries(&folder.read("out/package/knots-1.2.3.tar.gz"), 157_766_400);
    zip_entries(&folder.read("out/package/knots-1.2.3.zip"), 1980);
}

#[test]
fn names_of_files_follow_from_the_package() {
    let folder = Folder::new(&[("a", "a")]);
    let output =
        folder.run(json!({ "name": "@rope/knots", "version": "2.0.0-rc.1+x", "output": "dist" })).unwrap();
    assert_eq!(output.files[0].path, "rope-knots-2.0.0-rc.1+x.tar.gz");
    folder.read("out/dist/rope-knots-2.0.0-rc.1+x.tar.gz");
}
