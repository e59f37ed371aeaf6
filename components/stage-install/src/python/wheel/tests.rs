use super::*;
use crate::archive::zip::tests::zipped;

#[track_caller]
fn check_name(file: &str, expected: Option<(&str, &str, bool)>) {
    let read = WheelName::parse(file);
    let read = read.map(|name| (name.name.to_string(), name.version.to_string(), name.is_pure(13)));
    assert_eq!(read, expected.map(|(name, version, pure)| (name.to_owned(), version.to_owned(), pure)));
}

#[test]
fn names_tell_what_a_wheel_is() {
    check_name("requests-2.31.0-py3-none-any.whl", Some(("requests", "2.31.0", true)));
    check_name("Six_X-1.16.0-py2.py3-none-any.whl", Some(("six-x", "1.16.0", true)));
    check_name("a-1-1build-py3-none-any.whl", Some(("a", "1", true)));
    check_name("a-1-py2-none-any.whl", Some(("a", "1", false)));
    check_name("a-1-py313-none-any.whl", Some(("a", "1", true)));
    check_name("a-1-py314-none-any.whl", Some(("a", "1", false)));
    check_name("a-1-cp313-cp313-manylinux_2_17_x86_64.whl", Some(("a", "1", false)));
    check_name("a-1-py3-none-win_amd64.whl", Some(("a", "1", false)));
    check_name("a-1.tar.gz", None);
    check_name("a-py3-none-any.whl", None);
}

/// A wheel of `a` 1.0 whose RECORD is right.
pub(crate) fn wheel(files: &[(&str, &str)]) -> Vec<u8> {
    wheel_with("Wheel-Version: 1.0\nRoot-Is-Purelib: true\n", files, "")
}

fn wheel_with(kind: &str, files: &[(&str, &str)], more_record: &str) -> Vec<u8> {
    let mut all = vec![("a-1.0.dist-info/WHEEL", kind), ("a-1.0.dist-info/METADATA", "Name: a")];
    all.extend(files);
    let line = |(path, contents): &(&str, &str)| {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(contents.as_bytes()));
        format!("{path},sha256={hash},{}\n", contents.len())
    };
    let mut record: String = all.iter().map(line).collect();
    record.push_str(more_record);
    record.push_str("a-1.0.dist-info/RECORD,,\n");
    all.push(("a-1.0.dist-info/RECORD", &record));
    let bytes: Vec<(&str, &[u8])> = all.iter().map(|(path, contents)| (*path, contents.as_bytes())).collect();
    zipped(&bytes)
}

fn pinned() -> Pinned {
    Pinned::new("requirements.txt", "A", "1.0.0").unwrap()
}

#[test]
fn files_go_where_they_belong() {
    let bytes =
        wheel(&[("a/__init__.py", "1"), ("a-1.0.data/purelib/b.py", "2"), ("a-1.0.data/scripts/tool", "3")]);
    let unpacked = unpack(&pinned(), "`a` 1.0", &bytes).unwrap();
    let mut paths: Vec<&str> = unpacked.files.iter().map(|file| file.path.as_str()).collect();
    paths.retain(|path| !path.contains("dist-info"));
    assert_eq!(paths, ["b.py", "a/__init__.py"]);
    assert_eq!(unpacked.left_out, ["`a-1.0.data/scripts/tool`"]);
}

#[track_caller]
fn check_refused(bytes: &[u8], cause: &str) {
    let error = unpack(&pinned(), "`a` 1.0", bytes).unwrap_err();
    assert_eq!(error.name(), "Install.BadArchive");
    assert!(error.to_string().contains(cause), "{error}");
}

#[test]
fn wheels_are_held_against_what_they_say_of_themselves() {
    let pure = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n";
    let native = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n";
    check_refused(&wheel_with(native, &[], ""), "it has native code");
    check_refused(&wheel_with("Wheel-Version: 2.0\n", &[], ""), "wheels of version `2.0`");
    let absent = "b.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n";
    check_refused(&wheel_with(pure, &[], absent), "`b.py` is in the wheel's RECORD, and not in the wheel");
    let other = "a.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n";
    check_refused(&wheel_with(pure, &[("a.py", "1")], other), "`a.py` has not the hash");
    check_refused(&zipped(&[("a.py", b"")]), "0 folders `….dist-info`");
    check_refused(&zipped(&[("b-1.0.dist-info/RECORD", b"")]), "the wheel is one of `b-1.0`");
    check_refused(&zipped(&[("a-1.0.dist-info/RECORD", b"")]), "no file `a-1.0.dist-info/WHEEL`");
    let unlisted = zipped(&[
        ("a-1.0.dist-info/WHEEL", pure.as_bytes()),
        ("a-1.0.dist-info/RECORD", b"a-1.0.dist-info/RECORD,,\n"),
    ]);
    check_refused(&unlisted, "`a-1.0.dist-info/WHEEL` is not in the wheel's RECORD");
}
