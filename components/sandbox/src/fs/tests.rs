use super::*;

mod links;

const ROOT: NodeId = FileSystem::ROOT;
const ROOMY: Limits = Limits { bytes: 1 << 20, files: 20_000, open: 100 };
const READ: Open =
    Open { create: false, exclusive: false, folder: false, truncate: false, write: false, follow: true };
const WRITE: Open = Open { write: true, ..READ };
const CREATE: Open = Open { create: true, ..WRITE };
const CREATE_NEW: Open = Open { exclusive: true, ..CREATE };

/// `file`, `folder/file`, `folder/below/` and `empty/`.
fn sample() -> FileSystem {
    let mut fs = FileSystem::new(ROOMY, 1_000);
    fs.mount("file", b"contents".to_vec(), false).unwrap();
    fs.mount("folder/file", b"other".to_vec(), true).unwrap();
    fs.create_folders("folder/below").unwrap();
    fs.create_folders("empty").unwrap();
    fs
}

fn show(fs: &FileSystem) -> String {
    let mut all = String::new();
    for file in fs.list(".") {
        let contents = String::from_utf8_lossy(fs.contents(&file.path).unwrap()).into_owned();
        all = format!("{all}{}={contents} ", file.path);
    }
    all.trim_end().to_owned()
}

#[track_caller]
fn check_lookup(path: &str, expected: Result<Kind, Error>) {
    let fs = sample();
    let found = fs.lookup(ROOT, path, Follow::Always).map(|node| fs.stat(node).kind);
    assert_eq!(found, expected, "{path}");
}

#[test]
fn paths_lead_to_nodes() {
    check_lookup("file", Ok(Kind::File));
    check_lookup("./folder//below/", Ok(Kind::Folder));
    check_lookup("folder/below/../file", Ok(Kind::File));
    check_lookup(".", Ok(Kind::Folder));
    check_lookup("folder/..", Ok(Kind::Folder));
    check_lookup("", Err(Error::NotFound));
    check_lookup("none", Err(Error::NotFound));
    check_lookup("none/../file", Err(Error::NotFound));
    check_lookup("file/", Err(Error::NotFolder));
    check_lookup("file/.", Err(Error::NotFolder));
    check_lookup("file/below", Err(Error::NotFolder));
    check_lookup("/file", Err(Error::Outside));
    check_lookup("..", Err(Error::Outside));
    check_lookup("folder/../../file", Err(Error::Outside));
    check_lookup("a\0b", Err(Error::Invalid));
    check_lookup(&"x".repeat(255), Err(Error::NotFound));
    check_lookup(&"x".repeat(256), Err(Error::NameTooLong));
}

#[test]
fn a_folder_that_is_opened_bounds_its_paths() {
    let fs = sample();
    let folder = fs.lookup(ROOT, "folder", Follow::Always).unwrap();
    assert_eq!(fs.lookup(folder, "../file", Follow::Always), Err(Error::Outside));
    assert!(fs.lookup(folder, "below/../file", Follow::Always).is_ok());
}

#[track_caller]
fn check_open(path: &str, how: Open, expected: Result<u64, Error>) {
    let mut fs = sample();
    let opened = fs.open(ROOT, path, how).map(|node| fs.stat(node).size);
    assert_eq!(opened, expected, "{path} {how:?}");
}

#[test]
fn opening_keeps_to_what_is_asked() {
    check_open("file", READ, Ok(8));
    check_open("file", CREATE, Ok(8));
    check_open("file", Open { truncate: true, ..WRITE }, Ok(0));
    check_open("file", CREATE_NEW, Err(Error::Exists));
    check_open("new", CREATE_NEW, Ok(0));
    check_open("new", WRITE, Err(Error::NotFound));
    check_open("none/new", CREATE, Err(Error::NotFound));
    check_open("file/new", CREATE, Err(Error::NotFolder));
    check_open("new/", CREATE, Err(Error::IsFolder));
    check_open("folder", READ, Ok(0));
    check_open(".", Open { folder: true, ..READ }, Ok(0));
    check_open("folder", WRITE, Err(Error::IsFolder));
    check_open("folder", CREATE_NEW, Err(Error::Exists));
    check_open("file", Open { folder: true, ..READ }, Err(Error::NotFolder));
    check_open("new", Open { folder: true, ..CREATE }, Err(Error::Invalid));
    check_open("file", Open { truncate: true, ..READ }, Ok(0));
}

#[track_caller]
fn check_change(change: impl FnOnce(&mut FileSystem) -> Result<(), Error>, expected: Result<&str, Error>) {
    let mut fs = sample();
    let changed = change(&mut fs).map(|()| show(&fs));
    assert_eq!(changed.as_deref().map_err(|error| *error), expected);
}

#[test]
fn names_are_given_and_taken() {
    let rename =
        |from: &'static str, to: &'static str| move |fs: &mut FileSystem| fs.rename(ROOT, from, ROOT, to);
    check_change(rename("file", "moved"), Ok("folder/file=other moved=contents"));
    check_change(rename("file", "folder/file"), Ok("folder/file=contents"));
    check_change(rename("file", "file"), Ok("file=contents folder/file=other"));
    check_change(rename("folder", "empty"), Ok("empty/file=other file=contents"));
    check_change(rename("folder/", "moved/"), Ok("file=contents moved/file=other"));
    check_change(rename("empty", "folder"), Err(Error::NotEmpty));
    check_change(rename("file", "empty"), Err(Error::IsFolder));
    check_change(rename("empty", "file"), Err(Error::NotFolder));
    check_change(rename("file", "moved/"), Err(Error::NotFolder));
    check_change(rename("folder", "folder/below/x"), Err(Error::Invalid));
    check_change(rename("folder", "folder"), Ok("file=contents folder/file=other"));
    check_change(rename("none", "x"), Err(Error::NotFound));
    check_change(rename("file", "none/x"), Err(Error::NotFound));
    check_change(rename(".", "x"), Err(Error::Invalid));

    check_change(|fs| fs.remove_file(ROOT, "file"), Ok("folder/file=other"));
    check_change(|fs| fs.remove_file(ROOT, "folder"), Err(Error::IsFolder));
    check_change(|fs| fs.remove_file(ROOT, "file/"), Err(Error::NotFolder));
    check_change(|fs| fs.remove_folder(ROOT, "empty/"), Ok("file=contents folder/file=other"));
    check_change(|fs| fs.remove_folder(ROOT, "folder"), Err(Error::NotEmpty));
    check_change(|fs| fs.remove_folder(ROOT, "file"), Err(Error::NotFolder));
    check_change(|fs| fs.remove_folder(ROOT, "."), Err(Error::Invalid));
    check_change(|fs| fs.create_folder(ROOT, "folder/"), Err(Error::Exists));
    check_change(|fs| fs.create_folder(ROOT, "x/y"), Err(Error::NotFound));
}

#[track_caller]
fn check_write(change: impl FnOnce(&mut FileSystem, NodeId) -> Result<(), Error>, expected: &str) {
    let mut fs = FileSystem::new(ROOMY, 0);
    fs.mount("file", b"abcdef".to_vec(), false).unwrap();
    let file = fs.lookup(ROOT, "file", Follow::Always).unwrap();
    change(&mut fs, file).unwrap();
    assert_eq!(fs.contents("file").unwrap(), expected.as_bytes());
    assert_eq!(fs.bytes(), expected.len() as u64);
}

#[test]
fn bytes_are_written_where_they_belong() {
    check_write(|fs, file| fs.write(file, 2, b"XY".to_vec()), "abXYef");
    check_write(|fs, file| fs.write(file, 5, b"XY".to_vec()), "abcdeXY");
    check_write(|fs, file| fs.write(file, 8, b"X".to_vec()), "abcdef\0\0X");
    check_write(|fs, file| fs.write(file, 99, Vec::new()), "abcdef");
    check_write(|fs, file| fs.append(file, b"g".to_vec()), "abcdefg");
    check_write(|fs, file| fs.set_len(file, 2), "ab");
    check_write(|fs, file| fs.set_len(file, 8), "abcdef\0\0");
    check_write(|fs, file| fs.set_len(file, 0).and_then(|()| fs.write(file, 1, b"x".to_vec())), "\0x");
    check_write(|fs, file| fs.set_len(file, 0).and_then(|()| fs.write(file, 0, b"x".to_vec())), "x");
}

#[test]
fn bytes_are_read_up_to_the_end() {
    let fs = sample();
    let file = fs.lookup(ROOT, "file", Follow::Always).unwrap();
    assert_eq!(fs.read(file, 3, 2), Ok(&b"te"[..]));
    assert_eq!(fs.read(file, 6, u64::MAX), Ok(&b"ts"[..]));
    assert_eq!(fs.read(file, u64::MAX, 1), Ok(&b""[..]));
    assert_eq!(fs.read(ROOT, 0, 1), Err(Error::IsFolder));
}

#[test]
fn limits_hold_and_what_is_removed_counts_no_more() {
    let mut fs = FileSystem::new(Limits { bytes: 10, files: 3, open: 2 }, 0);
    fs.mount("a/b", vec![0; 8], false).unwrap();
    assert_eq!(fs.mount("c", vec![0; 3], false), Err(Error::BytesLimit(10)));
    let file = fs.open(ROOT, "c", CREATE).unwrap();
    assert_eq!(fs.write(file, 0, vec![0; 3]), Err(Error::BytesLimit(10)));
    assert_eq!(fs.write(file, u64::MAX, vec![0; 3]), Err(Error::BytesLimit(10)));
    assert_eq!(fs.set_len(file, 3), Err(Error::BytesLimit(10)));
    assert_eq!((fs.bytes(), fs.files()), (8, 3));
    assert_eq!(fs.symlink("a", ROOT, "d"), Err(Error::FilesLimit(3)));
    assert_eq!(fs.link(ROOT, "c", Follow::Never, ROOT, "d"), Err(Error::FilesLimit(3)));
    let more = fs.open(ROOT, "c", READ).unwrap();
    assert_eq!(fs.open(ROOT, "c", READ), Err(Error::OpenLimit(2)));
    assert_eq!(fs.open(ROOT, "d", CREATE), Err(Error::OpenLimit(2)));
    assert_eq!(fs.hold(more), Err(Error::OpenLimit(2)));
    fs.release(more);
    assert_eq!(fs.create_folder(ROOT, "d"), Err(Error::FilesLimit(3)));
    assert_eq!(fs.open(ROOT, "d", CREATE), Err(Error::FilesLimit(3)));

    fs.remove_file(ROOT, "a/b").unwrap();
    assert_eq!((fs.bytes(), fs.files()), (0, 2));
    fs.write(file, 0, vec![0; 10]).unwrap();
    fs.remove_file(ROOT, "c").unwrap();
    assert_eq!(fs.bytes(), 10, "an open file is there until it is released");
    assert_eq!(fs.stat(file).links, 0);
    fs.release(file);
    assert_eq!((fs.bytes(), fs.files()), (0, 1));
}

#[test]
fn a_removed_folder_takes_nothing_in() {
    let mut fs = sample();
    let folder = fs.open(ROOT, "empty", READ).unwrap();
    fs.remove_folder(ROOT, "empty").unwrap();
    assert_eq!(fs.open(folder, "x", CREATE), Err(Error::NotFound));
    assert_eq!(fs.create_folder(folder, "x"), Err(Error::NotFound));
    assert_eq!(fs.rename(ROOT, "file", folder, "x"), Err(Error::NotFound));
    assert_eq!(fs.entries(folder), Ok(Vec::new()));
    fs.release(folder);
}

#[test]
fn numbers_are_never_given_twice() {
    let mut fs = sample();
    let number = |fs: &FileSystem, path: &str| fs.stat(fs.lookup(ROOT, path, Follow::Always).unwrap()).number;
    let old = number(&fs, "file");
    fs.rename(ROOT, "file", ROOT, "moved").unwrap();
    assert_eq!(number(&fs, "moved"), old);
    fs.remove_file(ROOT, "moved").unwrap();
    fs.mount("file", Vec::new(), false).unwrap();
    assert_ne!(number(&fs, "file"), old);
}

#[test]
fn times_stand_still_unless_set() {
    let mut fs = sample();
    let file = fs.open(ROOT, "file", WRITE).unwrap();
    fs.write(file, 0, b"x".to_vec()).unwrap();
    let now = Time { seconds: 1_000, nanoseconds: 0 };
    assert_eq!((fs.stat(file).accessed, fs.stat(file).modified), (now, now));
    let then = Time { seconds: 5, nanoseconds: 6 };
    fs.set_times(file, None, Some(then));
    assert_eq!((fs.stat(file).accessed, fs.stat(file).modified), (now, then));
}

#[track_caller]
fn check_mount(path: &str, expected: Result<&str, Error>) {
    check_change(|fs| fs.mount(path, b"new".to_vec(), false), expected);
}

#[test]
fn mounted_paths_are_plain() {
    check_mount("a", Ok("a=new file=contents folder/file=other"));
    check_mount("folder/a/b", Ok("file=contents folder/a/b=new folder/file=other"));
    check_mount("folder-a", Ok("file=contents folder-a=new folder/file=other"));
    check_mount("file", Err(Error::Exists));
    check_mount("folder", Err(Error::Exists));
    check_mount("file/a", Err(Error::NotFolder));
    check_mount("", Err(Error::Outside));
    check_mount(".", Err(Error::Outside));
    check_mount("/a", Err(Error::Outside));
    check_mount("a/", Err(Error::Outside));
    check_mount("a//b", Err(Error::Outside));
    check_mount("a/../b", Err(Error::Outside));
    check_mount(&format!("a/{}", "x".repeat(256)), Err(Error::NameTooLong));
}

#[test]
fn listings_are_sorted_by_path_and_know_what_may_be_run() {
    let fs = sample();
    let listed = |folder: &str| {
        let files = fs.list(folder);
        files.into_iter().map(|file| (file.path, file.size, file.executable)).collect::<Vec<_>>()
    };
    assert_eq!(listed("folder"), [("file".to_owned(), 5, true)]);
    assert_eq!(listed("."), [("file".to_owned(), 8, false), ("folder/file".to_owned(), 5, true)]);
    assert_eq!(listed("none"), []);
    assert_eq!(listed("file"), []);
    let names = [("below".to_owned(), Kind::Folder), ("file".to_owned(), Kind::File)];
    assert_eq!(fs.entries(fs.lookup(ROOT, "folder", Follow::Always).unwrap()), Ok(names.to_vec()));
}

#[test]
fn depth_and_breadth_cost_no_stack_and_no_square() {
    let mut fs = FileSystem::new(Limits { files: 50_000, ..ROOMY }, 0);
    let deep = vec!["d"; 10_000].join("/");
    fs.mount(&format!("{deep}/file"), b"x".to_vec(), false).unwrap();
    for number in 0..10_000 {
        fs.mount(&format!("wide/{number}"), Vec::new(), false).unwrap();
    }
    assert_eq!(fs.entries(fs.lookup(ROOT, "wide", Follow::Always).unwrap()).unwrap().len(), 10_000);
    assert_eq!(fs.contents(&format!("{deep}/file")), Ok(&b"x"[..]));
    fs.rename(ROOT, "d", ROOT, "wide/d").unwrap();
    assert_eq!(fs.list("wide").len(), 10_001);
}
