//! What `std::fs` must answer on the sandbox.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use ropewalk_stage::Failure;
use serde_json::{Value, json};

type Check = (&'static str, fn() -> io::Result<String>, &'static str);

/// Runs every check in a folder of its own; answers with those that went otherwise than expected.
pub(super) fn check_all() -> Result<Value, Failure> {
    let mut wrong = Vec::new();
    for (name, check, expected) in CHECKS {
        let got = check().unwrap_or_else(|error| format!("{:?}", error.kind()));
        if got != *expected {
            wrong.push(format!("{name}: got `{got}`, not `{expected}`"));
        }
    }
    if wrong.is_empty() {
        return Ok(json!({"checks": CHECKS.len()}));
    }
    Err(Failure::new("Probe.Files", wrong.join("; ")))
}

const CHECKS: &[Check] = &[
    ("create_new on what is there", create_new, "AlreadyExists"),
    ("append", append, "one two"),
    ("truncate by OpenOptions", truncate, "b"),
    ("set_len", set_len, "ab\0\0 ab"),
    ("seek and overwrite", seek, "abXYef 4"),
    ("write past the end", gap, "\0\0\0x"),
    ("read what is opened for writing", read_only_for_writing, "Uncategorized"),
    ("read_dir", read_dir, "a b c/"),
    ("remove_dir of a full folder", remove_full, "Uncategorized"),
    ("remove_dir_all", remove_all, "false"),
    ("rename over a file", rename, "new"),
    ("rename a folder into itself", rename_into_itself, "InvalidInput"),
    ("rename an open file", rename_open, "text"),
    ("read an open file that is removed", removed, "text NotFound"),
    ("copy", copy, "4 text"),
    ("open a folder for writing", open_folder, "IsADirectory"),
    ("a file as a folder", file_as_folder, "NotADirectory"),
    ("climb out", climb, "PermissionDenied"),
    ("climb within", climb_within, "text"),
    ("absolute path", absolute, "text"),
    ("name too long", long_name, "InvalidFilename"),
    ("metadata", metadata, "4 file true"),
    ("times stand still", times, "true"),
    ("hard link", hard_link, "text 2 true"),
    ("symbolic link", soft_link, "../read_from/file text link 17"),
    ("write through a link", write_through, "new"),
    ("links in a circle", circle, "FilesystemLoop"),
    ("a link that leads out", link_out, "PermissionDenied"),
    ("a link to an absolute path", link_absolute, "PermissionDenied"),
    ("a link that leads nowhere", dangling, "NotFound"),
    ("remove_dir_all over a link", remove_link, "true"),
    ("rename over a link", rename_over_link, "file text"),
    ("read_link of a file", read_link, "InvalidInput"),
    ("current directory", current_dir, "/"),
    ("change directory", change_dir, "text"),
    ("canonicalize", canonicalize, "/canonical/file"),
    ("exists", exists, "true false"),
    ("write through a second handle", two_handles, "abc"),
];

fn folder(name: &str) -> io::Result<String> {
    fs::create_dir_all(name)?;
    Ok(name.to_owned())
}

fn file(name: &str, text: &str) -> io::Result<String> {
    let path = format!("{}/file", folder(name)?);
    fs::write(&path, text)?;
    Ok(path)
}

fn create_new() -> io::Result<String> {
    let path = file("create_new", "")?;
    OpenOptions::new().write(true).create_new(true).open(path)?;
    Ok("created".to_owned())
}

fn append() -> io::Result<String> {
    let path = file("append", "one")?;
    let mut open = OpenOptions::new().append(true).open(&path)?;
    open.write_all(b" t")?;
    open.write_all(b"wo")?;
    fs::read_to_string(path)
}

fn truncate() -> io::Result<String> {
    let path = file("truncate", "aaa")?;
    OpenOptions::new().write(true).truncate(true).open(&path)?.write_all(b"b")?;
    fs::read_to_string(path)
}

fn set_len() -> io::Result<String> {
    let path = file("set_len", "abc")?;
    let open = OpenOptions::new().write(true).open(&path)?;
    open.set_len(2)?;
    let short = fs::read_to_string(&path)?;
    open.set_len(4)?;
    Ok(format!("{} {short}", fs::read_to_string(&path)?))
}

fn seek() -> io::Result<String> {
    let path = file("seek", "abcdef")?;
    let mut open = OpenOptions::new().read(true).write(true).open(&path)?;
    open.seek(SeekFrom::Start(2))?;
    open.write_all(b"XY")?;
    let at = open.stream_position()?;
    open.seek(SeekFrom::End(-6))?;
    let mut text = String::new();
    open.read_to_string(&mut text)?;
    Ok(format!("{text} {at}"))
}

fn gap() -> io::Result<String> {
    let path = file("gap", "")?;
    let mut open = OpenOptions::new().write(true).open(&path)?;
    open.seek(SeekFrom::Start(3))?;
    open.write_all(b"x")?;
    fs::read_to_string(path)
}

fn read_only_for_writing() -> io::Result<String> {
    let mut text = String::new();
    File::create(file("write_only", "")?)?.read_to_string(&mut text)?;
    Ok(text)
}

fn read_dir() -> io::Result<String> {
    let top = folder("read_dir")?;
    fs::create_dir(format!("{top}/c"))?;
    fs::write(format!("{top}/b"), "")?;
    fs::write(format!("{top}/a"), "")?;
    let mut names = Vec::new();
    for entry in fs::read_dir(top)? {
        let entry = entry?;
        let end = if entry.metadata()?.is_dir() { "/" } else { "" };
        names.push(format!("{}{end}", entry.file_name().display()));
    }
    Ok(names.join(" "))
}

fn remove_full() -> io::Result<String> {
    file("remove_full", "")?;
    fs::remove_dir("remove_full").map(|()| "removed".to_owned())
}

fn remove_all() -> io::Result<String> {
    for number in 0..300 {
        fs::create_dir_all(format!("remove_all/{}/x", number % 7))?;
        fs::write(format!("remove_all/{}/x/{number}", number % 7), "")?;
    }
    fs::remove_dir_all("remove_all")?;
    Ok(fs::exists("remove_all")?.to_string())
}

fn rename() -> io::Result<String> {
    let path = file("rename", "new")?;
    fs::write("rename/old", "old")?;
    fs::rename(path, "rename/old")?;
    fs::read_to_string("rename/old")
}

fn rename_into_itself() -> io::Result<String> {
    fs::create_dir_all("itself/below")?;
    fs::rename("itself", "itself/below/itself").map(|()| "renamed".to_owned())
}

fn rename_open() -> io::Result<String> {
    let mut open = File::open(file("rename_open", "text")?)?;
    fs::rename("rename_open/file", "rename_open/moved")?;
    let mut text = String::new();
    open.read_to_string(&mut text)?;
    Ok(text)
}

fn removed() -> io::Result<String> {
    let path = file("removed", "text")?;
    let mut open = File::open(&path)?;
    fs::remove_file(&path)?;
    let mut text = String::new();
    open.read_to_string(&mut text)?;
    let gone = fs::read(path).map_or_else(|error| error.kind(), |_| ErrorKind::Other);
    Ok(format!("{text} {gone:?}"))
}

fn copy() -> io::Result<String> {
    let bytes = fs::copy(file("copy", "text")?, "copy/copy")?;
    Ok(format!("{bytes} {}", fs::read_to_string("copy/copy")?))
}

fn open_folder() -> io::Result<String> {
    fs::write(folder("open_folder")?, "").map(|()| "written".to_owned())
}

fn file_as_folder() -> io::Result<String> {
    let path = file("file_as_folder", "")?;
    fs::write(format!("{path}/below"), "").map(|()| "written".to_owned())
}

fn climb() -> io::Result<String> {
    fs::read_to_string("../../etc/passwd")
}

fn climb_within() -> io::Result<String> {
    file("climb/a", "text")?;
    fs::create_dir("climb/b")?;
    fs::read_to_string("climb/b/../a/./file")
}

fn absolute() -> io::Result<String> {
    let path = file("absolute", "text")?;
    fs::read_to_string(Path::new("/").join(path))
}

fn long_name() -> io::Result<String> {
    fs::write("x".repeat(256), "").map(|()| "written".to_owned())
}

fn metadata() -> io::Result<String> {
    let path = file("metadata", "text")?;
    let known = fs::metadata(&path)?;
    let kind = if known.is_file() { "file" } else { "other" };
    let is_same = File::open(path)?.metadata()?.len() == known.len();
    Ok(format!("{} {kind} {is_same}", known.len()))
}

fn times() -> io::Result<String> {
    let path = file("times", "text")?;
    let before = fs::metadata(&path)?.modified()?;
    std::thread::sleep(std::time::Duration::from_secs(3));
    fs::write(&path, "more text")?;
    let after = fs::metadata(&path)?.modified()?;
    Ok((before == after && after == std::time::SystemTime::now()).to_string())
}

fn hard_link() -> io::Result<String> {
    let path = file("hard_link", "old")?;
    fs::hard_link(&path, "hard_link/link")?;
    fs::write(path, "text")?;
    let is_gone = |path| fs::remove_file(path).and_then(|()| fs::exists(path));
    let text = fs::read_to_string("hard_link/link")?;
    Ok(format!("{text} {} {}", fs::read_dir("hard_link")?.count(), !is_gone("hard_link/file")?))
}

// The newer name of this function is one of each system, and not stable for WASI.
#[allow(deprecated)]
fn link(target: &str, path: &str) -> io::Result<()> {
    fs::soft_link(target, path)
}

fn soft_link() -> io::Result<String> {
    file("read_from", "text")?;
    folder("soft_link")?;
    link("../read_from/file", "soft_link/link")?;
    let target = fs::read_link("soft_link/link")?;
    let text = fs::read_to_string("soft_link/link")?;
    let known = fs::symlink_metadata("soft_link/link")?;
    let kind = if known.file_type().is_symlink() { "link" } else { "other" };
    Ok(format!("{} {text} {kind} {}", target.display(), known.len()))
}

fn write_through() -> io::Result<String> {
    folder("write_through")?;
    link("to", "write_through/from")?;
    fs::write("write_through/from", "new")?;
    fs::read_to_string("write_through/to")
}

fn circle() -> io::Result<String> {
    folder("circle")?;
    link("b", "circle/a")?;
    link("a", "circle/b")?;
    fs::read_to_string("circle/a")
}

fn link_out() -> io::Result<String> {
    folder("link_out")?;
    link("../../etc/passwd", "link_out/link")?;
    fs::read_to_string("link_out/link")
}

fn link_absolute() -> io::Result<String> {
    link("/etc/passwd", "absolute_link").map(|()| "linked".to_owned())
}

fn dangling() -> io::Result<String> {
    folder("dangling")?;
    link("none", "dangling/link")?;
    fs::symlink_metadata("dangling/link")?;
    fs::read_to_string("dangling/link")
}

fn remove_link() -> io::Result<String> {
    file("remove_link/kept", "")?;
    folder("remove_link/gone")?;
    link("../kept", "remove_link/gone/link")?;
    fs::remove_dir_all("remove_link/gone")?;
    Ok(fs::exists("remove_link/kept/file")?.to_string())
}

fn rename_over_link() -> io::Result<String> {
    let path = file("over_link", "text")?;
    fs::write("over_link/other", "other")?;
    link("other", "over_link/link")?;
    fs::rename(path, "over_link/link")?;
    let kind = if fs::symlink_metadata("over_link/link")?.is_file() { "file" } else { "other" };
    Ok(format!("{kind} {}", fs::read_to_string("over_link/link")?))
}

fn read_link() -> io::Result<String> {
    fs::read_link(file("read_link", "")?).map(|path| path.display().to_string())
}

fn current_dir() -> io::Result<String> {
    Ok(std::env::current_dir()?.display().to_string())
}

fn change_dir() -> io::Result<String> {
    file("change_dir", "text")?;
    std::env::set_current_dir("change_dir")?;
    let text = fs::read_to_string("file");
    std::env::set_current_dir("/")?;
    text
}

fn canonicalize() -> io::Result<String> {
    let path = file("canonical", "")?;
    Ok(fs::canonicalize(format!("./{path}"))?.display().to_string())
}

fn exists() -> io::Result<String> {
    let path = file("exists", "")?;
    Ok(format!("{} {}", fs::exists(path)?, fs::exists("exists/not")?))
}

fn two_handles() -> io::Result<String> {
    let path = file("two_handles", "")?;
    let mut first = OpenOptions::new().append(true).open(&path)?;
    let mut second = OpenOptions::new().append(true).open(&path)?;
    first.write_all(b"a")?;
    second.write_all(b"b")?;
    first.write_all(b"c")?;
    fs::read_to_string(path)
}
