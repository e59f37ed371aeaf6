use proptest::prelude::*;

use super::*;
use crate::{MAX_VALUE_BYTES, MemoryStore};

fn file(path: &str, contents: impl Into<Vec<u8>>) -> File {
    File { path: path.to_owned(), contents: contents.into(), executable: path.starts_with("bin/") }
}

/// Bytes that don't repeat, so that no two packs are the same.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

fn contents_of(artifacts: &Artifacts<'_, MemoryStore>, digest: &Digest) -> Vec<File> {
    let stored = artifacts.load(digest).unwrap();
    let paths: Vec<_> = stored.tree().iter().map(|(path, _)| path).collect();
    let contents = artifacts.read_all(&stored, paths).unwrap();
    let files = contents.into_iter().map(|(path, contents)| {
        let executable = stored.tree().get(&path).unwrap().executable;
        File { path, contents, executable }
    });
    files.collect()
}

#[track_caller]
fn check_survives(mut files: Vec<File>) {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let digest = artifacts.put(files.clone(), &[]).unwrap();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(contents_of(&artifacts, &digest), files);
}

#[test]
fn files_of_every_size_survive() {
    check_survives(vec![]);
    check_survives(vec![file("empty", ""), file("bin/empty", "")]);
    for size in [1, 899_999, 900_000, 900_001, 1_800_000, 5_000_000] {
        check_survives(vec![file("a", "x"), file("large", noise(1, size)), file("z", "y")]);
    }
    check_survives((0..100).map(|n| file(&format!("d/{n}"), noise(n, 50_000))).collect());
}

#[test]
fn equal_contents_are_stored_once() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let zeros = vec![0; 3_000_000];
    let digest = artifacts.put(vec![file("a", zeros.clone()), file("b", zeros.clone())], &[]).unwrap();
    assert!(store.bytes() < 1_300_000, "{}", store.bytes());
    assert_eq!(contents_of(&artifacts, &digest), [file("a", zeros.clone()), file("b", zeros)]);
}

#[test]
fn a_tree_that_is_there_is_not_written_again() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let files = vec![file("a", "1"), file("b", "2")];
    let (digest, writes) = artifacts.stage_put(files.clone(), &[]).unwrap();
    assert_eq!(writes.len(), 2);
    artifacts.write(&writes).unwrap();
    assert_eq!(store.writes(), 1);
    assert_eq!(artifacts.stage_put(files, &[]).unwrap(), (digest, vec![]));
}

#[test]
fn contents_of_bases_are_not_stored_again() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let base = artifacts.put(vec![file("a", noise(1, 2_000_000)), file("b", noise(2, 1000))], &[]).unwrap();
    let base = artifacts.load(&base).unwrap();
    let files = vec![file("x/a", noise(1, 2_000_000)), file("x/b", noise(2, 1000)), file("c", "new")];
    let (digest, writes) = artifacts.stage_put(files.clone(), &[&base]).unwrap();
    let bytes: usize = writes.iter().map(|(_, value)| value.len()).sum();
    assert!(bytes < 2000, "{bytes}");
    artifacts.write(&writes).unwrap();
    assert_eq!(contents_of(&artifacts, &digest).len(), 3);
    let stored = artifacts.load(&digest).unwrap();
    assert_eq!(artifacts.read(&stored, "x/b").unwrap(), noise(2, 1000));
    assert!(stored.pack_keys().is_superset(&base.pack_keys()));
}

#[test]
fn a_changed_file_leaves_most_packs_as_they_are() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let mut files: Vec<_> = (0..400).map(|n| file(&format!("f{n:03}"), noise(n, 20_000))).collect();
    artifacts.put(files.clone(), &[]).unwrap();
    files.insert(7, file("f006a", "inserted"));
    files[350] = file("f349", "changed");
    let (_, writes) = artifacts.stage_put(files, &[]).unwrap();
    let bytes: usize = writes.iter().map(|(_, value)| value.len()).sum();
    assert!(bytes < 3_000_000, "{bytes} of 8000000 bytes");
}

#[test]
fn many_files_need_few_reads_and_keys() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let files: Vec<_> = (0..1000).map(|n| file(&format!("f{n}"), noise(n, 100))).collect();
    let digest = artifacts.put(files, &[]).unwrap();
    assert_eq!(store.keys().len(), 2);
    let before = store.reads();
    assert_eq!(contents_of(&artifacts, &digest).len(), 1000);
    assert_eq!(store.reads() - before, 2);
}

#[test]
fn a_record_larger_than_a_value_survives() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let files: Vec<_> =
        (0..12_000).map(|n| file(&format!("{}/{n}", "long-name".repeat(8)), n.to_string())).collect();
    let digest = artifacts.put(files, &[]).unwrap();
    for key in store.keys() {
        assert!(store.get(&key).unwrap().unwrap().len() <= MAX_VALUE_BYTES);
    }
    let stored = artifacts.load(&digest).unwrap();
    assert_eq!(stored.tree().len(), 12_000);
    assert_eq!(stored.digest(), &digest);
    let again = artifacts.load_many(&[digest, digest]).unwrap();
    assert_eq!(again, [stored.clone(), stored]);
}

#[test]
fn what_is_not_there_is_named() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let digest = Digest::of(b"nothing");
    let error = artifacts.load(&digest).unwrap_err().to_string();
    assert_eq!(error, format!("artifact `{digest}` is not in the store"));
    let digest = artifacts.put(vec![file("a", "1")], &[]).unwrap();
    let stored = artifacts.load(&digest).unwrap();
    let error = artifacts.read(&stored, "b").unwrap_err().to_string();
    assert_eq!(error, format!("artifact `{digest}` has no file `b`"));
    let foreign = Tree::from_entries([("a".to_owned(), entry_of(&file("a", "2")))]).unwrap();
    let refused = artifacts.read_each(&stored, &foreign, |_, _, _| Ok::<_, Error>(()));
    assert!(matches!(refused, Err(Error::UnknownFile { .. })));
}

#[test]
fn hostile_files_are_refused_and_nothing_is_written() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    for path in ["../a", "/a", "", "a/./b", "a\n0 - b"] {
        let refused = artifacts.put(vec![file(path, "x")], &[]);
        assert!(matches!(refused, Err(Error::Tree(TreeError::Path(_)))), "{path}");
    }
    assert_eq!(store.writes(), 0);
}

#[test]
fn a_store_that_fails_at_any_write_leaves_no_broken_tree() {
    // Three batches of writes: the contents are 20 MB.
    let files: Vec<_> = (0..20).map(|n| file(&format!("f{n}"), noise(n, 1_000_000))).collect();
    for write in 1..=4 {
        let store = MemoryStore::failing_at_write(write);
        let artifacts = Artifacts::new(&store);
        let result = artifacts.put(files.clone(), &[]);
        let trees: Vec<_> = store.keys().into_iter().filter(|key| key.starts_with("tree/")).collect();
        assert_eq!(result.is_ok(), write > 3, "{write}");
        assert_eq!(trees.len(), usize::from(write > 3));
        store.heal();
        let digest = artifacts.put(files.clone(), &[]).unwrap();
        assert_eq!(contents_of(&artifacts, &digest).len(), 20);
    }
}

#[test]
fn cut_and_changed_records_are_refused() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let files = vec![file("a", "1"), file("b", noise(1, 2_000_000)), file("c", ""), file("d", "1")];
    let digest = artifacts.put(files, &[]).unwrap();
    let key = record::key(&digest);
    let record = store.get(&key).unwrap().unwrap();
    for cut in 0..record.len() {
        store.set(&key, &record[..cut]).unwrap();
        assert!(matches!(artifacts.load(&digest), Err(Error::CorruptRecord { .. })), "{cut}");
    }
    let text = String::from_utf8(record).unwrap();
    for (from, to) in [
        ("0 0\n", "9 0\n"),
        ("0 0\n", "0 -1\n"),
        ("0 0\n", "0 900000\n"),
        ("1,2,3", "1,2,4"),
        ("4 2 ", "4 1 "),
        ("4 2 ", "4 99999999999 "),
        ("4 2 ", "99999999999 2 "),
        (" - c", " - x"),
        ("record 1", "record 2"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        store.set(&key, text.replacen(from, to, 1).as_bytes()).unwrap();
        assert!(matches!(artifacts.load(&digest), Err(Error::CorruptRecord { .. })), "{from} {to}");
    }
}

#[test]
fn cut_changed_and_lost_packs_are_noticed() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let digest = artifacts.put(vec![file("a", "123"), file("b", noise(1, 2_000_000))], &[]).unwrap();
    let stored = artifacts.load(&digest).unwrap();
    for key in stored.pack_keys() {
        let pack = store.get(&key).unwrap().unwrap();
        let mut changed = pack.clone();
        changed[0] ^= 1;
        for damaged in [Some(&pack[..pack.len() - 1]), Some(changed.as_slice()), None] {
            match damaged {
                Some(bytes) => store.set(&key, bytes).unwrap(),
                None => store.delete(&key).unwrap(),
            }
            let error = artifacts.read_all(&stored, ["a", "b"]).unwrap_err();
            assert!(matches!(error, Error::CorruptFile { .. }), "{error}");
        }
        store.set(&key, &pack).unwrap();
    }
}

#[test]
fn a_lost_piece_of_a_large_record_is_noticed() {
    let store = MemoryStore::new();
    let artifacts = Artifacts::new(&store);
    let files: Vec<_> = (0..12_000).map(|n| file(&format!("{}/{n}", "long".repeat(20)), "")).collect();
    let digest = artifacts.put(files, &[]).unwrap();
    let piece = store.keys().into_iter().find(|key| key.starts_with("pack/")).unwrap();
    store.delete(&piece).unwrap();
    let error = artifacts.load(&digest).unwrap_err().to_string();
    assert!(error.ends_with("is corrupt: a piece of it is gone"), "{error}");
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let path = proptest::collection::vec("[a-d]{1,2}", 1..3).prop_map(|parts| parts.join("/"));
    let size = prop_oneof![0..10_usize, 0..300_000_usize, 800_000..2_000_000_usize];
    let file = (path, 0..5_u64, size).prop_map(|(path, seed, size)| file(&path, noise(seed, size)));
    proptest::collection::vec(file, 0..8).prop_filter("not one tree", |files| {
        Tree::from_entries(files.iter().map(|file| (file.path.clone(), entry_of(file)))).is_ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_put_is_read(base in files(), files in files()) {
        let store = MemoryStore::new();
        let artifacts = Artifacts::new(&store);
        let base = artifacts.put(base, &[]).unwrap();
        let base = artifacts.load(&base).unwrap();
        let digest = artifacts.put(files.clone(), &[&base]).unwrap();
        let mut sorted = files;
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        prop_assert_eq!(contents_of(&artifacts, &digest), sorted);
        prop_assert_eq!(artifacts.load(&digest).unwrap().tree().digest(), digest);
    }
}
