use super::*;
use crate::python::pinned::extras;

const HASH: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn try_read(files: &[(&str, &str)]) -> Result<Locked, Error> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let place = folder.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text.replace("HASH", HASH)).unwrap();
    }
    let environment = Parameters::default().environment().unwrap();
    let wants = Wants { environment, extras: extras(&[]).unwrap(), groups: Vec::new() };
    read(folder.path(), "requirements.txt", &wants)
}

#[track_caller]
fn check(text: &str, expected: &[&str], omitted: usize) {
    let locked = try_read(&[("requirements.txt", text)]).unwrap();
    let packages: Vec<String> = locked.packages.iter().map(Pinned::what).collect();
    assert_eq!(packages, expected);
    assert_eq!(locked.omitted, omitted);
}

#[test]
fn requirements_are_read_as_pip_reads_them() {
    check("# none\n\n--require-hashes\n--only-binary :all:\n", &[], 0);
    check("a==1.0 --hash=HASH\n", &["`a` 1.0"], 0);
    let compiled =
        "Foo_Bar[x]==1.0 \\\n    --hash=HASH \\\n    --hash=HASH\n    # via b\nb===2 --hash HASH # why\n";
    check(compiled, &["`foo-bar` 1.0", "`b` 2"], 0);
    let marked =
        "a==1 ; sys_platform == 'win32' --hash=HASH\nb==1 ; python_version >= '3.8' \\\n  --hash=HASH";
    check(marked, &["`b` 1"], 1);
    check("a @ https://f.example/a-1.0-py3-none-any.whl#x --hash=HASH", &["`a` 1.0"], 0);
}

#[test]
fn files_include_others_and_name_an_index() {
    let files = [
        ("requirements.txt", "-i https://i.example/simple\n-r more/base.txt\n"),
        ("more/base.txt", "--requirement=../other.txt\n"),
        ("more/other.txt", "a==1 --hash=HASH"),
    ];
    // Relative to the file that includes.
    let error = try_read(&files).unwrap_err();
    assert!(error.to_string().contains("climbs by `..`"), "{error}");
    let files = [
        ("requirements.txt", "-i https://i.example/simple\n-r more/base.txt\n"),
        ("more/base.txt", "--requirement=other.txt\n"),
        ("more/other.txt", "a==1 --hash=HASH"),
    ];
    let locked = try_read(&files).unwrap();
    assert_eq!(locked.packages[0].index.as_ref().unwrap().as_str(), "https://i.example/simple/");
}

#[track_caller]
fn check_refused(text: &str, name: &str, cause: &str) {
    let error = try_read(&[("requirements.txt", text)]).unwrap_err();
    assert_eq!(error.name(), name, "{error}");
    assert!(error.to_string().contains(cause), "{error}");
}

#[test]
fn what_is_not_pinned_is_refused() {
    check_refused("a==1\nb==2\n", "Install.NoHash", "no hash for `a` 1, `b` 2");
    let lock = "Install.InvalidLockFile";
    check_refused("a>=1 --hash=HASH", lock, "no single version of `a`");
    check_refused("a==1.* --hash=HASH", lock, "no single version of `a`");
    check_refused("a --hash=HASH", lock, "no single version of `a`");
    check_refused("a==1 --hash=md5:00", lock, "no hash of a kind that can be trusted");
    check_refused("a==1 --hash=sha256:00", lock, "a hash of a wrong length");
    check_refused("a==1 --global-option=x", lock, "option `--global-option=x` of a requirement");
    check_refused("-e .", lock, "option `-e` cannot be followed");
    check_refused("--extra-index-url https://i.example", lock, "option `--extra-index-url`");
    check_refused("a==1 ; nonsense", lock, "`a==1 ; nonsense`");
    check_refused("-r requirements.txt", "Install.TooLarge", "MAX_INCLUDES, 16");
    check_refused("-r ../x.txt", lock, "climbs by `..`");
    check_refused("-r absent.txt", "Install.NoLockFile", "`absent.txt`");
}
