//! Links: where they lead, and that they lead nowhere else.

use super::*;

/// The sample, with links.
fn linked() -> FileSystem {
    let mut fs = sample();
    for (name, target) in [
        ("to-file", "file"),
        ("to-folder", "folder/"),
        ("folder/up", "../file"),
        ("folder/below/far", "../../to-folder/up"),
        ("dangling", "none"),
        ("self", "self"),
        ("ping", "pong"),
        ("pong", "ping"),
        ("out", "../file"),
        ("folder/out", "../../file"),
        ("here", "."),
    ] {
        fs.symlink(target, ROOT, name).unwrap();
    }
    fs
}

#[track_caller]
fn check_lookup(path: &str, follow: Follow, expected: Result<(Kind, u64), Error>) {
    let fs = linked();
    let found = fs.lookup(ROOT, path, follow).map(|node| (fs.stat(node).kind, fs.stat(node).size));
    assert_eq!(found, expected, "{path} {follow:?}");
}

#[test]
fn links_lead_where_their_targets_say() {
    check_lookup("to-file", Follow::Always, Ok((Kind::File, 8)));
    check_lookup("to-file", Follow::BeforeSlash, Ok((Kind::Link, 4)));
    check_lookup("to-file/", Follow::Always, Err(Error::NotFolder));
    check_lookup("to-folder/file", Follow::Never, Ok((Kind::File, 5)));
    check_lookup("to-folder", Follow::Always, Ok((Kind::Folder, 0)));
    check_lookup("to-folder/", Follow::BeforeSlash, Ok((Kind::Folder, 0)));
    check_lookup("to-folder/", Follow::Never, Err(Error::NotFolder));
    check_lookup("to-folder/../file", Follow::Always, Ok((Kind::File, 8)));
    check_lookup("folder/below/far", Follow::Always, Ok((Kind::File, 8)));
    check_lookup("here/here/here/./file", Follow::Always, Ok((Kind::File, 8)));
    check_lookup("dangling", Follow::Always, Err(Error::NotFound));
    check_lookup("dangling/file", Follow::Never, Err(Error::NotFound));
    check_lookup("to-file/below", Follow::Always, Err(Error::NotFolder));
}

#[test]
fn circles_end_and_nothing_leads_out() {
    check_lookup("self", Follow::Always, Err(Error::Loop));
    check_lookup("self/x", Follow::Never, Err(Error::Loop));
    check_lookup("ping", Follow::Always, Err(Error::Loop));
    check_lookup("ping", Follow::Never, Ok((Kind::Link, 4)));
    check_lookup("out", Follow::Always, Err(Error::Outside));
    check_lookup("folder/out", Follow::Always, Err(Error::Outside));
    check_lookup(&"here/".repeat(40), Follow::Always, Ok((Kind::Folder, 0)));
    check_lookup(&"here/".repeat(41), Follow::Always, Err(Error::Loop));
    let fs = linked();
    let folder = fs.lookup(ROOT, "folder", Follow::Always).unwrap();
    // The folder that was opened bounds its links, too.
    assert_eq!(fs.lookup(folder, "up", Follow::Always), Err(Error::Outside));
}

#[track_caller]
fn check_symlink(target: &str, path: &str, expected: Result<(), Error>) {
    assert_eq!(linked().symlink(target, ROOT, path), expected, "{path} to {target}");
}

#[test]
fn links_are_made_where_nothing_is() {
    check_symlink("anything/at/all", "new", Ok(()));
    check_symlink("x", "to-folder/new", Ok(()));
    check_symlink("", "new", Err(Error::NotFound));
    check_symlink("/file", "new", Err(Error::Outside));
    check_symlink("a\0b", "new", Err(Error::Invalid));
    check_symlink(&"x".repeat(4096), "new", Ok(()));
    check_symlink(&"x".repeat(4097), "new", Err(Error::NameTooLong));
    check_symlink("x", "new/", Err(Error::NotFound));
    check_symlink("x", "file", Err(Error::Exists));
    check_symlink("x", "folder/", Err(Error::Exists));
    check_symlink("x", "dangling", Err(Error::Exists));
    check_symlink("x", "../new", Err(Error::Outside));
    check_symlink("x", "none/new", Err(Error::NotFound));
    let mut fs = FileSystem::new(Limits { bytes: 5, ..ROOMY }, 0);
    assert_eq!(fs.symlink("target", ROOT, "a"), Err(Error::BytesLimit(5)));
    fs.symlink("there", ROOT, "a").unwrap();
    assert_eq!((fs.bytes(), fs.read_link(ROOT, "a")), (5, Ok("there")));
    assert_eq!(fs.read_link(ROOT, "."), Err(Error::Invalid));
    fs.remove_file(ROOT, "a").unwrap();
    assert_eq!((fs.bytes(), fs.files()), (0, 0));
}

#[track_caller]
fn check_open(path: &str, how: Open, expected: Result<u64, Error>) {
    let mut fs = linked();
    let opened = fs.open(ROOT, path, how).map(|node| fs.stat(node).size);
    assert_eq!(opened, expected, "{path} {how:?}");
}

#[test]
fn what_is_behind_a_link_is_opened() {
    let keep = |how: Open| Open { follow: false, ..how };
    check_open("to-file", READ, Ok(8));
    check_open("to-file", keep(READ), Err(Error::IsLink));
    check_open("to-folder", keep(Open { folder: true, ..READ }), Err(Error::IsLink));
    check_open("to-folder/", keep(READ), Ok(0));
    check_open("dangling", READ, Err(Error::NotFound));
    check_open("dangling", CREATE_NEW, Err(Error::Exists));
    check_open("self", CREATE, Err(Error::Loop));
    check_open("out", CREATE, Err(Error::Outside));
    let mut fs = linked();
    fs.open(ROOT, "dangling", CREATE).unwrap();
    assert!(fs.lookup(ROOT, "none", Follow::Never).is_ok(), "the target was not created");
}

#[test]
fn a_link_is_moved_and_removed_itself() {
    let mut fs = linked();
    fs.rename(ROOT, "to-folder", ROOT, "moved").unwrap();
    assert_eq!(fs.read_link(ROOT, "moved"), Ok("folder/"));
    assert_eq!(fs.rename(ROOT, "moved/", ROOT, "again"), Err(Error::NotFolder));
    assert_eq!(fs.remove_folder(ROOT, "moved"), Err(Error::NotFolder));
    assert_eq!(fs.remove_folder(ROOT, "moved/"), Err(Error::NotFolder));
    assert_eq!(fs.remove_file(ROOT, "moved/"), Err(Error::NotFolder));
    assert_eq!(fs.create_folder(ROOT, "dangling"), Err(Error::Exists));
    fs.remove_file(ROOT, "moved").unwrap();
    assert!(fs.lookup(ROOT, "folder/file", Follow::Never).is_ok());
    fs.rename(ROOT, "folder/file", ROOT, "to-file").unwrap();
    assert_eq!(fs.contents("to-file"), Ok(&b"other"[..]));
    assert_eq!(fs.contents("file"), Ok(&b"contents"[..]));
}

#[test]
fn a_file_has_as_many_names_as_it_is_given() {
    let mut fs = linked();
    let count = fs.files();
    fs.link(ROOT, "file", Follow::Never, ROOT, "folder/second").unwrap();
    fs.link(ROOT, "to-file", Follow::Always, ROOT, "third").unwrap();
    fs.link(ROOT, "to-file", Follow::Never, ROOT, "fourth").unwrap();
    let file = fs.lookup(ROOT, "third", Follow::Always).unwrap();
    assert_eq!((fs.stat(file).links, fs.files() - count), (3, 3));
    fs.write(file, 0, b"C".to_vec()).unwrap();
    assert_eq!(fs.contents("folder/second"), Ok(&b"Contents"[..]));
    assert_eq!(fs.read_link(ROOT, "fourth"), Ok("file"));
    for (from, to, expected) in [
        ("folder", "x", Error::FolderNames),
        ("file", "third", Error::Exists),
        ("file", "x/", Error::NotFound),
        ("none", "x", Error::NotFound),
        ("file", "../x", Error::Outside),
    ] {
        assert_eq!(fs.link(ROOT, from, Follow::Never, ROOT, to), Err(expected), "{from} {to}");
    }
    fs.rename(ROOT, "file", ROOT, "third").unwrap();
    assert_eq!(fs.stat(file).links, 3, "a name took the place of another of the same file");
    let bytes = fs.bytes();
    for name in ["file", "third", "folder/second"] {
        assert!(fs.contents(name).is_ok());
        fs.remove_file(ROOT, name).unwrap();
    }
    assert_eq!((bytes - fs.bytes(), count - fs.files()), (8, 0));
}

#[test]
fn listings_follow_links_and_end() {
    let mut fs = FileSystem::new(Limits { files: 60, ..ROOMY }, 0);
    fs.mount("src/a", b"aa".to_vec(), true).unwrap();
    fs.mount("src/b/c", b"c".to_vec(), false).unwrap();
    for (path, target) in [
        ("out/x/file", "../../src/a"),
        ("out/x/folder", "../../src"),
        ("out/x/dangling", "none"),
        ("out/x/outside", "../../../src"),
        ("out/x/circle", "circle"),
        ("out/x/above", ".."),
        ("src/b/back", "../../out"),
    ] {
        fs.create_folders(path.rsplit_once('/').unwrap().0).unwrap();
        fs.symlink(target, FileSystem::ROOT, path).unwrap();
    }
    let mut listed = String::new();
    for file in fs.list("out") {
        let path = format!("out/{}", file.path);
        let read = match fs.contents(&path) {
            Ok(bytes) => format!("{} {}", bytes.len(), if file.executable { "x" } else { "-" }),
            Err(error) => format!("{error:?}"),
        };
        listed = format!("{listed}{}: {read}\n", file.path);
    }
    assert_eq!(
        listed,
        "x/above: EndlessLink\nx/circle: Loop\nx/dangling: NotFound\nx/file: 2 x\nx/folder/a: 2 x\n\
         x/folder/b/back: EndlessLink\nx/folder/b/c: 1 -\nx/outside: Outside\n"
    );
}

#[test]
fn links_that_multiply_are_listed_up_to_the_limit() {
    let mut fs = FileSystem::new(Limits { files: 500, ..ROOMY }, 0);
    for number in 0..30 {
        fs.create_folders(&format!("out/{number}")).unwrap();
        for name in ["a", "b"] {
            fs.symlink(&format!("../{}", number + 1), ROOT, &format!("out/{number}/{name}")).unwrap();
        }
    }
    fs.mount("out/30/file", Vec::new(), false).unwrap();
    let listed = fs.list("out");
    assert!(listed.len() < 3 * 500, "{} files", listed.len());
    let endless = |file: &Listed| fs.contents(&format!("out/{}", file.path)) == Err(Error::EndlessLink);
    assert!(listed.iter().any(endless));
}
