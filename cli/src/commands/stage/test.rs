//! `ropewalk stage test`: a case is a folder. A hermetic stage gives the same each time, so that its whole answer can
//! be told beforehand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use artifact::File;
use serde_json::{Value, json};
use stage_http::inputs::{DEFAULT_INPUT, ROOT};

use super::super::Verdict;
use super::run::{read_folder, read_parameters};
use crate::files;
use crate::manifest::Component;
use crate::printer::{Printer, Tone};
use crate::solo::{Call, Ended, Failure, Input, Solo};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stage: `stage-lint`, or `lint`
    name: String,
    /// Folder of the cases, each a folder with `input/`, `parameters.json`, `expected.json` and `out/`; `tests` beside
    /// the stage's program unless given
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Write what the stage gives as what is expected
    #[arg(long)]
    bless: bool,
}

pub(super) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let manifest = super::load(app)?;
    let component = super::find(&manifest, &args.name)?.clone();
    let folder = match (&args.cases, &component.tool.program) {
        (Some(folder), _) => folder.clone(),
        (None, Some(program)) => program.path.with_file_name("tests"),
        (None, None) => package_folder(&manifest.dir, &component)?.join("tests"),
    };
    let cases = cases(&folder)?;
    let mut solo = Solo::start(manifest, &component.id, printer)?;
    let mut failed = 0;
    for case in &cases {
        let problems = check(case, &mut solo, args.bless, printer)?;
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        if problems.is_empty() {
            printer.line(&format!("{} {name}", printer.paint(Tone::Good, "✓")));
            continue;
        }
        failed += 1;
        printer.line(&format!("{} {name}", printer.paint(Tone::Bad, "✗")));
        for problem in problems {
            printer.line(&format!("  {}", problem.replace('\n', "\n  ")));
        }
    }
    solo.stop();
    printer.line(&format!("{} passed, {failed} failed", cases.len() - failed));
    Ok(if failed == 0 { Verdict::Passed } else { Verdict::Failed })
}

/// The folder of a package that cargo compiles: where the workspace says it is.
fn package_folder(workspace: &Path, component: &Component) -> Result<PathBuf> {
    let package = component.tool.stage.as_deref().unwrap_or(&component.id);
    crate::compose::package_folder(workspace, package)?.with_context(|| {
        format!("the workspace has no package `{package}`; hint: name the cases with `--cases`")
    })
}

/// The folders of the cases, by name.
fn cases(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed =
        std::fs::read_dir(folder).with_context(|| format!("failed to read `{}`", folder.display()))?;
    let mut cases = Vec::new();
    for entry in listed {
        let path = entry.with_context(|| format!("failed to read `{}`", folder.display()))?.path();
        if path.join(EXPECTED).is_file() || path.join("input").is_dir() {
            cases.push(path);
        }
    }
    if cases.is_empty() {
        bail!("no case in `{}`\nhint: a case is a folder with `input/` and `{EXPECTED}`", folder.display());
    }
    cases.sort();
    Ok(cases)
}

/// What a case expects: `{"result": …}`, or `{"error": …}` with or without `"cause"`.
const EXPECTED: &str = "expected.json";

/// Runs a case, and tells what is not as expected.
fn check(case: &Path, solo: &mut Solo, bless: bool, printer: &Printer) -> Result<Vec<String>> {
    let parameters = case.join("parameters.json");
    let parameters = match parameters.is_file() {
        true => read_parameters(&format!("@{}", parameters.display()))?,
        false => json!({}),
    };
    let input = case.join("input");
    let files = if input.is_dir() { read_folder(&input, printer)? } else { Vec::new() };
    let inputs = vec![Input { name: DEFAULT_INPUT.to_owned(), path: ROOT.to_owned(), files }];
    let ended = solo.call(Call { parameters, inputs, secrets: Vec::new() })?;
    if bless {
        write(case, &ended)?;
        return Ok(Vec::new());
    }
    let path = case.join(EXPECTED);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("failed to read `{}`; hint: `--bless` writes it", path.display()))?;
    let expected: Value =
        serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON", path.display()))?;
    let mut problems = Vec::new();
    let (given, cause) = given(&ended);
    let mut wanted = expected;
    // A cause may be left open.
    if let Some(cause) = cause.filter(|_| wanted.get("cause").is_none()) {
        wanted["cause"] = cause.into();
    }
    if given != wanted {
        problems.push(format!("expected {wanted:#}\ngiven {given:#}"));
        problems.extend(ended.log.lines().map(|line| format!("| {line}")));
    }
    let out = case.join("out");
    if out.is_dir() {
        compare(&read_folder(&out, printer)?, &given_files(&ended), &mut problems);
    }
    Ok(problems)
}

fn given(ended: &Ended) -> (Value, Option<&str>) {
    match &ended.outcome {
        Ok(result) => (json!({ "result": result }), None),
        Err(Failure { error, cause }) => (json!({ "error": error, "cause": cause }), Some(cause)),
    }
}

fn given_files(ended: &Ended) -> BTreeMap<String, &[u8]> {
    let all = ended.outputs.iter().flat_map(|(name, files)| {
        files.iter().map(move |file| (format!("{name}/{}", file.path), file.contents.as_slice()))
    });
    all.collect()
}

/// Files are compared byte by byte, those of JSON by what they say.
fn compare(expected: &[File], given: &BTreeMap<String, &[u8]>, problems: &mut Vec<String>) {
    for file in expected {
        match given.get(&file.path) {
            None => problems.push(format!("`out/{}` is missing", file.path)),
            Some(contents) if is_same(&file.path, &file.contents, contents) => {}
            Some(contents) => {
                let shown = String::from_utf8_lossy(contents);
                problems.push(format!("`out/{}` is another:\n{}", file.path, shown.trim_end()));
            }
        }
    }
    for path in given.keys().filter(|path| !expected.iter().any(|file| &file.path == *path)) {
        problems.push(format!("`out/{path}` is not expected"));
    }
}

fn is_same(path: &str, expected: &[u8], given: &[u8]) -> bool {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    expected == given || path.ends_with(".json") && read(expected).is_some() && read(expected) == read(given)
}

fn write(case: &Path, ended: &Ended) -> Result<()> {
    files::write(&case.join(EXPECTED), format!("{:#}\n", given(ended).0).as_bytes())?;
    let out = case.join("out");
    if out.is_dir() {
        std::fs::remove_dir_all(&out).with_context(|| format!("failed to remove `{}`", out.display()))?;
    }
    for (path, contents) in given_files(ended) {
        files::write(&out.join(path), contents)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_compared(expected: &[(&str, &str)], given: &[(&str, &str)], problems: &[&str]) {
        let expected: Vec<File> = expected
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                contents: text.as_bytes().to_vec(),
                executable: false,
            })
            .collect();
        let given = given.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes())).collect();
        let mut found = Vec::new();
        compare(&expected, &given, &mut found);
        assert_eq!(found, problems);
    }

    #[test]
    fn outputs_are_compared() {
        check_compared(&[("r/a", "x")], &[("r/a", "x")], &[]);
        check_compared(&[("r/a", "x")], &[("r/a", "y")], &["`out/r/a` is another:\ny"]);
        check_compared(&[("r/a", "x")], &[], &["`out/r/a` is missing"]);
        check_compared(&[], &[("r/a", "x")], &["`out/r/a` is not expected"]);
        check_compared(&[("r/a.json", "{\"a\":1}")], &[("r/a.json", "{ \"a\": 1 }")], &[]);
        check_compared(&[("r/a.json", "1")], &[("r/a.json", "{")], &["`out/r/a.json` is another:\n{"]);
    }
}
