//! Programs of stages that other tools than cargo make.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use artifact::Globs;
use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

use super::event::{Event, Reporter};
use super::output::Output;
use crate::manifest::{Component, Program};

/// Bytes of a tool's words that are shown when it fails. The first are dropped.
const MAX_SHOWN_BYTES: usize = 64 << 10;

/// Sees to it that a component's program is there: what makes it is run, unless the files that it watches,
/// and the program, are as they were then.
pub(super) fn make(
    dir: &Path,
    component: &Component,
    program: &Program,
    reporter: &dyn Reporter,
) -> Result<()> {
    let Program { path, build } = program;
    let Some(command) = build else {
        if path.is_file() {
            return Ok(());
        }
        bail!(
            "component `{}`: its program `{}` is not there\nhint: make it, or name in `program_build` what does",
            component.id,
            path.display()
        );
    };
    let watch = component.build.as_ref().map_or(&[][..], |build| &build.watch);
    let output = Output::new(path);
    let before = inputs(dir, command, watch)?;
    if !watch.is_empty() && output.is_made_of(&before) {
        return Ok(());
    }
    reporter.event(&Event::Making { id: &component.id, command });
    run(dir, &component.id, command)?;
    if !path.is_file() {
        bail!("component `{}`: `{command}` did not make `{}`", component.id, path.display());
    }
    // A tool may have written one of the files that are watched: a lock file.
    output.note(&inputs(dir, command, watch)?)
}

/// Names a command and the files that it is given.
fn inputs(dir: &Path, command: &str, watch: &[String]) -> Result<String> {
    let globs = Globs::new(watch, &Vec::<String>::new()).context("`build.watch` is malformed")?;
    let mut all = Sha256::new_with_prefix(format!("program 1\n{command}\n"));
    let mut folders: Vec<&str> = watch.iter().map(|glob| fixed_folder(glob)).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let walk = WalkBuilder::new(dir.join(folder))
            .hidden(false)
            .parents(false)
            .require_git(false)
            .sort_by_file_name(Ord::cmp)
            .build();
        for entry in walk {
            let entry = entry.context("failed to read the files of `build.watch`")?;
            let name =
                entry.path().strip_prefix(dir).unwrap_or(entry.path()).to_string_lossy().replace('\\', "/");
            if entry.file_type().is_some_and(|kind| kind.is_file()) && globs.matches(&name) {
                let contents = std::fs::read(entry.path())
                    .with_context(|| format!("failed to read `{}`", entry.path().display()))?;
                all.update(format!("{name}\n{}\n", contents.len()));
                all.update(contents);
            }
        }
    }
    Ok(hex::encode(all.finalize()))
}

/// The folder below which everything is that a glob matches.
fn fixed_folder(glob: &str) -> &str {
    let end = glob.find(['*', '?', '[', '{', '\\']).unwrap_or(glob.len());
    glob[..end].rfind('/').map_or(".", |slash| &glob[..slash])
}

fn run(dir: &Path, id: &str, command: &str) -> Result<()> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let output = Command::new(shell)
        .args([flag, command])
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{shell}` cannot be run"))?;
    if output.status.success() {
        return Ok(());
    }
    let mut words = String::from_utf8_lossy(&output.stdout).into_owned();
    words.push_str(&String::from_utf8_lossy(&output.stderr));
    let words = words.trim();
    let from = words.ceil_char_boundary(words.len().saturating_sub(MAX_SHOWN_BYTES));
    bail!("component `{id}`: `{command}` failed, {}:\n{}", output.status, &words[from..])
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;
    use crate::manifest::Manifest;

    #[track_caller]
    fn check_folder(glob: &str, expected: &str) {
        assert_eq!(fixed_folder(glob), expected, "{glob}");
    }

    #[test]
    fn only_folders_that_can_match_are_walked() {
        check_folder("stages/check/**/*.py", "stages/check");
        check_folder("stages/check/app.py", "stages/check");
        check_folder("stages/check-*/app.py", "stages");
        check_folder("**", ".");
        check_folder("app.py", ".");
    }

    #[derive(Default)]
    struct Count(Cell<u32>);

    impl Reporter for Count {
        fn event(&self, _: &Event<'_>) {
            self.0.set(self.0.get() + 1);
        }
    }

    fn manifest(dir: &Path, tool: &str) -> Manifest {
        let text = format!(
            "spin_manifest_version = 2\n[application]\nname = \"x\"\n[[trigger.http]]\nroute = {{ private = true }}\n\
             component = \"x\"\n[component.x]\nsource = \"x.wasm\"\n\
             build = {{ command = \"true\", watch = [\"src/*.c\"] }}\n[component.x.tool.ropewalk]\n{tool}"
        );
        Manifest::parse(&text, &dir.join("spin.toml")).unwrap()
    }

    fn make_x(dir: &Path, tool: &str) -> Result<u32, String> {
        let manifest = manifest(dir, tool);
        let component = &manifest.components["x"];
        let count = Count::default();
        let made = make(dir, component, component.tool.program.as_ref().unwrap(), &count);
        made.map(|()| count.0.get())
            .map_err(|error| format!("{error:#}").replace(&*dir.to_string_lossy(), "DIR"))
    }

    #[test]
    fn a_program_is_made_anew_when_what_it_is_made_of_changed() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        fs::create_dir(dir.join("src")).unwrap();
        fs::write(dir.join("src/a.c"), "a").unwrap();
        let tool = "program = \"out.wasm\"\nprogram_build = \"cat src/*.c > out.wasm\"";
        assert_eq!(make_x(dir, tool), Ok(1));
        assert_eq!(make_x(dir, tool), Ok(0));
        fs::write(dir.join("src/other.h"), "not watched").unwrap();
        assert_eq!(make_x(dir, tool), Ok(0));
        fs::write(dir.join("src/b.c"), "b").unwrap();
        assert_eq!(make_x(dir, tool), Ok(1));
        assert_eq!(fs::read_to_string(dir.join("out.wasm")).unwrap(), "ab");
        fs::write(dir.join("out.wasm"), "damaged").unwrap();
        assert_eq!(make_x(dir, tool), Ok(1));
        assert_eq!(make_x(dir, &tool.replace("cat", "cat --")), Ok(1), "another command");
    }

    #[test]
    fn a_program_that_is_not_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let refused = |tool: &str| make_x(folder.path(), tool).unwrap_err();
        assert_eq!(
            refused("program = \"out.wasm\""),
            "component `x`: its program `DIR/out.wasm` is not there\n\
             hint: make it, or name in `program_build` what does"
        );
        assert_eq!(
            refused("program = \"out.wasm\"\nprogram_build = \"true\""),
            "component `x`: `true` did not make `DIR/out.wasm`"
        );
        assert_eq!(
            refused("program = \"out.wasm\"\nprogram_build = \"echo no compiler >&2; exit 3\""),
            "component `x`: `echo no compiler >&2; exit 3` failed, exit status: 3:\nno compiler"
        );
    }
}
