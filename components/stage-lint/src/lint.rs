//! From a folder to its diagnostics.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Position};
use crate::files::{self, MAX_FILE_BYTES, Selection};
use crate::ignore::Ignores;
use crate::languages::{self, Language};
use crate::parameters::Parameters;
use crate::project::Project;
use crate::rules::{self, Rule};
use crate::text::Lines;

/// So many diagnostics of a run are kept and reported; the others are only counted.
pub const MAX_DIAGNOSTICS: usize = 5_000;

/// What a run found.
#[derive(Debug, Default)]
pub struct Findings {
    /// By path, then by place. At most [`MAX_DIAGNOSTICS`].
    pub diagnostics: Vec<Diagnostic>,
    /// How many there were of each rule and severity, those that were not kept included.
    pub counts: BTreeMap<(&'static str, crate::Severity), usize>,
    /// How many files were checked.
    pub files: usize,
}

/// Checks the files below `root`. Fails for a glob that doesn't parse, an unknown rule, and a folder that
/// can't be listed.
pub fn lint(root: &Path, parameters: &Parameters) -> Result<Findings, String> {
    parameters.check()?;
    let selection = Selection::new(parameters.include.as_deref(), parameters.exclude.as_deref())?;
    let listing = files::list(root).map_err(|error| format!("failed to list the files: {error}"))?;
    let project = Project::new(root, listing);
    let mut findings = Findings::default();
    for path in project.files().filter(|path| selection.has(path)) {
        if let Some(language) = Language::of(path) {
            findings.files += 1;
            findings.add(check(&project, path, language), parameters);
        }
    }
    Ok(findings)
}

impl Findings {
    /// How many there are of a severity.
    #[must_use]
    pub fn count(&self, severity: crate::Severity) -> usize {
        self.counts.iter().filter(|((_, of), _)| *of == severity).map(|(_, count)| count).sum()
    }

    fn add(&mut self, mut diagnostics: Vec<Diagnostic>, parameters: &Parameters) {
        diagnostics.sort_by(|a, b| (a.start, a.rule.id, &a.message).cmp(&(b.start, b.rule.id, &b.message)));
        diagnostics.dedup_by(|a, b| a.start == b.start && a.rule.id == b.rule.id && a.message == b.message);
        for mut diagnostic in diagnostics {
            let Some(severity) = parameters.severity(diagnostic.rule) else {
                continue;
            };
            diagnostic.severity = severity;
            *self.counts.entry((diagnostic.rule.id, severity)).or_default() += 1;
            if self.diagnostics.len() < MAX_DIAGNOSTICS {
                self.diagnostics.push(diagnostic);
            }
        }
    }
}

/// One file that is checked, and what was found in it.
pub(crate) struct File<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    pub(crate) project: &'a Project,
    lines: Lines<'a>,
    diagnostics: Vec<Diagnostic>,
}

impl File<'_> {
    /// Reports a diagnostic at a range of bytes.
    pub(crate) fn report(
        &mut self,
        rule: &'static Rule,
        range: std::ops::Range<usize>,
        message: impl Into<String>,
    ) {
        let (start, end) =
            (self.lines.position(range.start), self.lines.position(range.end.max(range.start)));
        self.diagnostics.push(diagnostic(self.path, rule, (start, end), message));
    }
}

fn diagnostic(
    path: &str,
    rule: &'static Rule,
    (start, end): (Position, Position),
    message: impl Into<String>,
) -> Diagnostic {
    let message = message.into().replace(['\n', '\r'], " ");
    Diagnostic { path: path.to_owned(), start, end, rule, severity: rule.severity, message }
}

fn check(project: &Project, path: &str, language: Language) -> Vec<Diagnostic> {
    let whole = |rule, message: String| {
        let start = Position { line: 1, column: 1 };
        vec![diagnostic(path, rule, (start, start), message)]
    };
    let place = project.path_of(path);
    match std::fs::metadata(&place) {
        Ok(metadata) if metadata.len() > MAX_FILE_BYTES => {
            let (have, limit) = (metadata.len(), MAX_FILE_BYTES >> 20);
            return whole(
                &rules::FILE_TOO_LARGE,
                format!("not checked: {have} bytes are over the limit of {limit} MiB a file"),
            );
        }
        Ok(_) => {}
        Err(error) => {
            return whole(&rules::FILE_ENCODING, format!("failed to read the file: {error}"));
        }
    }
    let bytes = match std::fs::read(&place) {
        Ok(bytes) => bytes,
        Err(error) => {
            return whole(&rules::FILE_ENCODING, format!("failed to read the file: {error}"));
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => check_text(project, path, &text, language),
        Err(error) => encoding(path, error.as_bytes(), error.utf8_error().valid_up_to()),
    }
}

fn encoding(path: &str, bytes: &[u8], valid: usize) -> Vec<Diagnostic> {
    let text = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    let start = Lines::new(text).position(valid);
    let what = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16",
        _ if bytes.contains(&0) => "it is binary",
        _ => "it is in another encoding, or damaged",
    };
    let message = format!("not UTF-8 from byte {valid} on: {what}");
    vec![diagnostic(path, &rules::FILE_ENCODING, (start, start), message)]
}

fn check_text(project: &Project, path: &str, text: &str, language: Language) -> Vec<Diagnostic> {
    let mut file = File { path, text, project, lines: Lines::new(text), diagnostics: Vec::new() };
    let ignores = Ignores::of(text, matches!(language, Language::Script));
    languages::check(&mut file, language);
    file.diagnostics.retain(|diagnostic| !ignores.has(diagnostic));
    for (line, column, name) in &ignores.unknown {
        let at = file.lines.start_of(*line) + column;
        let hint = rules::nearest(name).map(|rule| format!(", hint: did you mean `{}`?", rule.id));
        let message = format!("no rule is named `{name}`{}", hint.unwrap_or_default());
        file.report(&rules::UNKNOWN_RULE, at..at + name.len(), message);
    }
    file.diagnostics
}
