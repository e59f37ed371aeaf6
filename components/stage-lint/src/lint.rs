//! From a folder to its diagnostics.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Edit, Fix, Position, Severity};
use crate::files::{self, MAX_FILE_BYTES, Selection};
use crate::ignore::Ignores;
use crate::languages::editorconfig::{self, Wanted};
use crate::languages::{self, Language};
use crate::parameters::{FailOn, PROJECT_FILE, Parameters};
use crate::project::Project;
use crate::rules::{self, Rule};
use crate::text::Lines;

/// So many diagnostics of a run are kept and reported; the others are only counted.
pub const MAX_DIAGNOSTICS: usize = 5_000;

/// So much of a file without an extension is read to find out what it is.
const MAX_FIRST_LINE_BYTES: usize = 128;

/// What a run found.
#[derive(Debug, Default)]
pub struct Findings {
    /// By path, then by place. At most [`MAX_DIAGNOSTICS`].
    pub diagnostics: Vec<Diagnostic>,
    /// How many there were of each rule and severity, those that were not kept included.
    pub counts: BTreeMap<(&'static str, Severity), usize>,
    /// How many files were checked.
    pub files: usize,
    /// How many of them were of each language.
    pub languages: BTreeMap<&'static str, usize>,
    /// What the one who reads the log must know besides.
    pub notes: Vec<String>,
    /// With which severity the run fails, as the caller or the project sets it.
    pub fail_on: FailOn,
}

/// Checks the files below `root`. Fails for a glob that doesn't parse, an unknown rule, a `ropewalk.toml` that
/// can't be read, and a folder that can't be listed.
pub fn lint(root: &Path, parameters: &Parameters) -> Result<Findings, String> {
    parameters.check()?;
    let listing = files::list(root).map_err(|error| format!("failed to list the files: {error}"))?;
    let project = Project::new(root, listing);
    let parameters = match project.read(PROJECT_FILE) {
        Some(text) => parameters.over(Parameters::of_project(&text)?),
        None => parameters.clone(),
    };
    let selection = Selection::new(parameters.include.as_deref(), parameters.exclude.as_deref())?;
    let mut findings = Findings {
        fail_on: parameters.fail_on.unwrap_or_default(),
        notes: languages::script::notes(&project),
        ..Findings::default()
    };
    for path in project.files().filter(|path| selection.has(path)) {
        let language = language_of(&project, path).filter(|language| parameters.reads(language.group()));
        let wanted = project.editor.of(path).filter(|_| parameters.reads("editorconfig"));
        if language.is_none() && wanted.is_none() {
            continue;
        }
        if let Some(diagnostics) = check(&project, path, language, wanted.as_ref()) {
            findings.files += 1;
            if let Some(language) = language {
                *findings.languages.entry(language.group()).or_default() += 1;
            }
            findings.add(diagnostics, &parameters);
        }
    }
    Ok(findings)
}

/// By the name, or else by the first line of a file whose name has no extension.
fn language_of(project: &Project, path: &str) -> Option<Language> {
    let by_name = Language::of(path);
    if by_name.is_some() || path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return by_name;
    }
    let mut start = Vec::with_capacity(MAX_FIRST_LINE_BYTES);
    let file = std::fs::File::open(project.path_of(path)).ok()?;
    file.take(MAX_FIRST_LINE_BYTES as u64).read_to_end(&mut start).ok()?;
    let line = start.split(|byte| *byte == b'\n').next()?;
    Language::of_first_line(std::str::from_utf8(line).ok()?)
}

impl Findings {
    /// How many there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.counts.iter().filter(|((_, of), _)| *of == severity).map(|(_, count)| count).sum()
    }

    fn add(&mut self, mut diagnostics: Vec<Diagnostic>, parameters: &Parameters) {
        diagnostics.sort_by(|a, b| (a.start, a.rule.id, &a.message).cmp(&(b.start, b.rule.id, &b.message)));
        diagnostics.dedup_by(|a, b| a.start == b.start && a.rule.id == b.rule.id && a.message == b.message);
        for mut diagnostic in diagnostics {
            let Some(severity) = parameters.severity(diagnostic.rule, diagnostic.severity) else {
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
    pub(crate) fn report(&mut self, rule: &'static Rule, range: Range<usize>, message: impl Into<String>) {
        let (start, end) =
            (self.lines.position(range.start), self.lines.position(range.end.max(range.start)));
        self.diagnostics.push(diagnostic(self.path, rule, (start, end), message));
    }

    /// The line in which a byte of the file stands, from 1.
    pub(crate) fn line_of(&self, offset: usize) -> u32 {
        self.lines.position(offset).line
    }

    /// The same, with what would mend it.
    pub(crate) fn suggest(
        &mut self,
        rule: &'static Rule,
        range: Range<usize>,
        message: impl Into<String>,
        suggestion: Suggestion,
    ) {
        self.report_as(rule, rule.severity, range, message, Some(suggestion));
    }

    /// The same, with a severity that the project has chosen.
    pub(crate) fn report_as(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        range: Range<usize>,
        message: impl Into<String>,
        suggestion: Option<Suggestion>,
    ) {
        self.report(rule, range, message);
        let lines = &self.lines;
        let fix = suggestion.map(|Suggestion { about, edits }| Fix {
            about: about.replace(['\n', '\r'], " "),
            edits: edits
                .into_iter()
                .map(|(range, text)| Edit {
                    start: lines.position(range.start),
                    end: lines.position(range.end),
                    text,
                })
                .collect(),
        });
        if let Some(last) = self.diagnostics.last_mut() {
            last.severity = severity;
            last.fix = fix;
        }
    }
}

/// What would mend something, by bytes of the file.
#[derive(Debug, Clone)]
pub(crate) struct Suggestion {
    /// What to do, one line.
    pub(crate) about: String,
    /// What is replaced by what.
    pub(crate) edits: Vec<(Range<usize>, String)>,
}

impl Suggestion {
    /// Something that takes a person.
    pub(crate) fn by_hand(about: impl Into<String>) -> Self {
        Self { about: about.into(), edits: Vec::new() }
    }

    /// To replace one range.
    pub(crate) fn replace(about: impl Into<String>, range: Range<usize>, text: impl Into<String>) -> Self {
        Self { about: about.into(), edits: vec![(range, text.into())] }
    }
}

fn diagnostic(
    path: &str,
    rule: &'static Rule,
    (start, end): (Position, Position),
    message: impl Into<String>,
) -> Diagnostic {
    let message = message.into().replace(['\n', '\r'], " ");
    Diagnostic { path: path.to_owned(), start, end, rule, severity: rule.severity, message, fix: None }
}

/// What is wrong with a file; none for one that is no text, and of no language.
fn check(
    project: &Project,
    path: &str,
    language: Option<Language>,
    wanted: Option<&Wanted>,
) -> Option<Vec<Diagnostic>> {
    let whole = |rule, message: String| {
        let start = Position { line: 1, column: 1 };
        Some(vec![diagnostic(path, rule, (start, start), message)])
    };
    let unreadable = |error| whole(&rules::FILE_ENCODING, format!("failed to read the file: {error}"));
    let place = project.path_of(path);
    match std::fs::metadata(&place) {
        Ok(metadata) if metadata.len() > MAX_FILE_BYTES => {
            let (have, limit) = (metadata.len(), MAX_FILE_BYTES >> 20);
            let message = format!("not checked: {have} bytes are over the limit of {limit} MiB a file");
            return language.and_then(|_| whole(&rules::FILE_TOO_LARGE, message));
        }
        Ok(_) => {}
        Err(error) => return unreadable(error),
    }
    let bytes = match std::fs::read(&place) {
        Ok(bytes) => bytes,
        Err(error) => return unreadable(error),
    };
    match String::from_utf8(bytes) {
        Ok(text) if language.is_none() && text.contains('\0') => None,
        Ok(text) => Some(check_text(project, path, &text, language, wanted)),
        Err(error) => {
            let rule = match (language, wanted) {
                (Some(_), _) => &rules::FILE_ENCODING,
                (None, Some(wanted)) if wanted.is_utf8() && !error.as_bytes().contains(&0) => {
                    &rules::EDITORCONFIG_CHARSET
                }
                _ => return None,
            };
            Some(encoding(path, rule, error.as_bytes(), error.utf8_error().valid_up_to()))
        }
    }
}

fn encoding(path: &str, rule: &'static Rule, bytes: &[u8], valid: usize) -> Vec<Diagnostic> {
    let text = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    let start = Lines::new(text).position(valid);
    let what = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16",
        _ if bytes.contains(&0) => "it is binary",
        _ => "it is in another encoding, or damaged",
    };
    let message = format!("not UTF-8 from byte {valid} on: {what}");
    vec![diagnostic(path, rule, (start, start), message)]
}

fn check_text(
    project: &Project,
    path: &str,
    text: &str,
    language: Option<Language>,
    wanted: Option<&Wanted>,
) -> Vec<Diagnostic> {
    let mut file = File { path, text, project, lines: Lines::new(text), diagnostics: Vec::new() };
    let ignores = Ignores::of(text, matches!(language, Some(Language::Script)));
    if let Some(language) = language {
        languages::check(&mut file, language);
    }
    if let Some(wanted) = wanted {
        editorconfig::check_text(&mut file, wanted, language);
    }
    file.diagnostics.retain(|diagnostic| !ignores.has(diagnostic));
    for (line, column, name) in &ignores.unknown {
        let at = file.lines.start_of(*line) + column;
        file.report(&rules::UNKNOWN_RULE, at..at + name.len(), rules::unknown(name));
    }
    file.diagnostics
}
