//! `ropewalk stage new`

mod interface;
mod skeleton;
mod workspace;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::super::Verdict;
use super::entry;
use crate::printer::Printer;
use crate::{app, files};
use skeleton::{Language, Names};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stage's name: words of lower-case letters and digits, joined by `-`
    name: String,
    /// The language it is written in
    #[arg(long, value_enum)]
    lang: Language,
    /// Its folder, within the application's; `stages/NAME` unless given
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let names = Names::new(&args.name)?;
    let app = app::find(app)?;
    let folder = folder(args, &names)?;
    let place = app.join(&folder);
    if place.exists() {
        bail!("`{}` exists already\nhint: name another folder with `--dir`", place.display());
    }
    let manifest = app.join(app::MANIFEST);
    let text = std::fs::read_to_string(&manifest)
        .with_context(|| format!("failed to read `{}`", manifest.display()))?;
    let text = entry::add(&text, &manifest, &names.id(), &skeleton::entry(args.lang, &names, &folder))?;
    for (path, contents) in skeleton::files(args.lang, &names)? {
        files::write(&place.join(path), &contents)?;
    }
    if args.lang == Language::Rust {
        workspace::add_member(&app, &folder)?;
    }
    // Last: an application that names a stage can be built.
    files::write(&manifest, text.as_bytes())?;
    printer.line(&format!("`{folder}` is stage `{}`, in {}", names.id(), args.lang.name()));
    printer.line(&format!("next: ropewalk stage test {}", names.name));
    Ok(Verdict::Passed)
}

/// The folder as spin.toml and shells have it: relative to the application's, `/` between names.
fn folder(args: &Args, names: &Names) -> Result<String> {
    let Some(dir) = &args.dir else {
        return Ok(format!("stages/{}", names.name));
    };
    let folder = dir.to_str().unwrap_or_default().replace('\\', "/");
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let climbs = folder.split('/').any(|part| part.is_empty() || part == "..");
    if climbs || !folder.chars().all(is_plain) {
        bail!(
            "`{}` is no folder within the application\nhint: name one of letters, digits, `-`, `_` and `.`, relative to that of spin.toml",
            dir.display()
        );
    }
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    const MANIFEST: &str = "spin_manifest_version = 2\n[application]\nname = \"ropewalk\" # ours\n[[trigger.http]]\nroute = \"/...\"\n\
                            component = \"site\"\n[component.site]\nsource = \"site.wasm\"\n";

    fn new(app: &Path, name: &str, lang: Language, dir: Option<&str>) -> Result<Verdict> {
        let args = Args { name: name.to_owned(), lang, dir: dir.map(PathBuf::from) };
        run(&args, Some(app), &Printer::plain())
    }

    #[track_caller]
    fn check_refused(app: &Path, name: &str, dir: Option<&str>, expected: &str) {
        let error = format!("{:#}", new(app, name, Language::C, dir).err().unwrap());
        let error = error.replace(&*app.to_string_lossy(), "APP");
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn stages_of_all_languages_stand_in_one_application() {
        let app = tempfile::tempdir().unwrap();
        std::fs::write(app.path().join("spin.toml"), MANIFEST).unwrap();
        std::fs::write(
            app.path().join("Cargo.toml"),
            "[workspace]\nmembers = [\n    # ours\n    \"cli\",\n]\n",
        )
        .unwrap();
        new(app.path(), "check", Language::Python, None).unwrap();
        new(app.path(), "stage-check-more", Language::Js, Some("./tools/more/")).unwrap();
        new(app.path(), "cc", Language::C, None).unwrap();
        new(app.path(), "own", Language::Rust, None).unwrap();
        let manifest = Manifest::load(&app.path().join("spin.toml")).unwrap();
        let ids: Vec<_> = manifest.components.keys().map(String::as_str).collect();
        assert_eq!(ids, ["site", "stage-cc", "stage-check", "stage-check-more", "stage-own"]);
        assert_eq!(manifest.triggers.len(), 5);
        assert!(std::fs::read_to_string(&manifest.path).unwrap().starts_with(MANIFEST));
        let program = manifest.components["stage-check-more"].tool.program.as_ref().unwrap();
        assert_eq!(program.path, app.path().join("tools/more/stage.wasm"));
        let workspace = std::fs::read_to_string(app.path().join("Cargo.toml")).unwrap();
        assert_eq!(workspace, "[workspace]\nmembers = [\n    # ours\n    \"cli\",\n    \"stages/own\",\n]\n");
        for file in
            ["stages/check/stage.py", "tools/more/stage.js", "stages/cc/stage.c", "stages/own/src/lib.rs"]
        {
            let text = std::fs::read_to_string(app.path().join(file)).unwrap();
            assert!(!text.contains("todo-marks") && !text.contains("TodoMarks"), "{file}");
        }
        let text = std::fs::read_to_string(app.path().join("tools/more/stage.js")).unwrap();
        assert!(text.contains("'check-more'") && text.contains("'CheckMore.TooMany'"), "{text}");
        assert!(app.path().join("stages/cc/bindings/hermetic_stage_component_type.o").is_file());
    }

    #[test]
    fn what_is_there_is_not_overwritten() {
        let app = tempfile::tempdir().unwrap();
        std::fs::write(app.path().join("spin.toml"), MANIFEST).unwrap();
        new(app.path(), "check", Language::C, None).unwrap();
        let before = std::fs::read_to_string(app.path().join("spin.toml")).unwrap();
        check_refused(app.path(), "check", None, "`APP/stages/check` exists already");
        check_refused(
            app.path(),
            "check",
            Some("other"),
            "`APP/spin.toml` has a component `stage-check` already",
        );
        check_refused(app.path(), "Check", None, "`Check` is no name for a stage");
        check_refused(app.path(), "7up", None, "`7up` is no name for a stage");
        check_refused(app.path(), "a--b", None, "`a--b` is no name for a stage");
        check_refused(app.path(), "x", Some("../x"), "`../x` is no folder within the application");
        check_refused(app.path(), "x", Some("/x"), "`/x` is no folder within the application");
        check_refused(app.path(), "x", Some("a b"), "`a b` is no folder within the application");
        assert_eq!(std::fs::read_to_string(app.path().join("spin.toml")).unwrap(), before);
    }
}
