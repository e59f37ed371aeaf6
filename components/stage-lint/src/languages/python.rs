//! Python: syntax, and the rules of ruff as the project's own configuration of ruff chooses them.

mod nesting;
mod settings;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use ruff_db::diagnostic::Diagnostic;
use ruff_linter::RuleSelector;
use ruff_linter::linter::{ParseSource, lint_only};
use ruff_linter::package::PackageRoot;
use ruff_linter::packaging::detect_package_root;
use ruff_linter::registry::Rule as RuffRule;
use ruff_linter::settings::flags::Noqa;
use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::PySourceType;
use ruff_text_size::Ranged;

use crate::diagnostic::Severity;
use crate::lint::{File, Suggestion};
use crate::rules::{self, Rule};

pub(crate) use settings::Configurations;

/// The language's name in parameters.
pub(crate) const GROUP: &str = "python";

/// A suggested change that is longer than this is only described.
const MAX_EDIT_BYTES: usize = 4 << 10;

/// What is wrong by ruff's default rules in a project that hasn't chosen any is an error if it is one of these:
/// the program can't work as it stands. Other rules are warnings there, and errors in a project that chose them.
const ERRORS_UNASKED: &[&str] = &["E9", "F5", "F6", "F7", "F82"];

/// Checks a file. Nothing is done for one that the project's configuration of ruff leaves out.
pub(crate) fn check(file: &mut File<'_>) {
    let path = file.project.path_of(file.path);
    let settings = match file.project.python.settings(file.project, file.path) {
        Ok(settings) => settings,
        Err(error) => {
            if file.project.python.is_news(&error) {
                let message = format!("Python is not checked where this configures it: {error}");
                file.report(&rules::PYTHON_CONFIG, 0..0, message);
            }
            return;
        }
    };
    let path = settings.absolute(&path);
    if !settings.includes(&path) {
        return;
    }
    if !nesting::is_shallow(file.text) {
        let message = "expressions or blocks nest deeper than the linter can follow: the file is not parsed";
        file.report(&rules::NESTING, 0..0, message);
        return;
    }
    let source_type = PySourceType::from(path.as_path());
    let source = SourceKind::Python { code: file.text.to_owned(), is_stub: source_type.is_stub() };
    let namespaces = &settings.linter().namespace_packages;
    let package = path.parent().and_then(|folder| detect_package_root(folder, namespaces));
    let package = package.map(|path: &Path| PackageRoot::Root { path });
    let linted =
        lint_only(&path, package, settings.linter(), Noqa::Enabled, &source, source_type, ParseSource::None);
    for diagnostic in linted.diagnostics {
        report(file, &diagnostic, settings.chosen);
    }
}

fn report(file: &mut File<'_>, diagnostic: &Diagnostic, chosen: bool) {
    let range = diagnostic.range().unwrap_or_default();
    let range = range.start().to_usize()..range.end().to_usize();
    let message = diagnostic.concise_message().to_str().into_owned();
    let Some(rule) = diagnostic.secondary_code().and_then(|code| rule(code.as_str())) else {
        let message = message.strip_prefix("SyntaxError: ").unwrap_or(&message);
        file.report(&rules::PYTHON_SYNTAX, range, message);
        return;
    };
    let severe = chosen || ERRORS_UNASKED.iter().any(|prefix| rule.id.starts_with(prefix));
    let severity = if severe { Severity::Error } else { Severity::Warning };
    file.report_as(rule, severity, range, message, suggestion(diagnostic));
}

fn suggestion(diagnostic: &Diagnostic) -> Option<Suggestion> {
    let fix = diagnostic.fix()?;
    let about = diagnostic.first_help_text().unwrap_or("rewrite it").to_owned();
    let length: usize = fix.edits().iter().filter_map(|edit| edit.content()).map(str::len).sum();
    if length > MAX_EDIT_BYTES {
        return Some(Suggestion { about, edits: Vec::new() });
    }
    let edits = fix.edits().iter().map(|edit| {
        let range = edit.start().to_usize()..edit.end().to_usize();
        (range, edit.content().unwrap_or_default().to_owned())
    });
    Some(Suggestion { about, edits: edits.collect() })
}

/// The rule of ruff with this code.
pub(crate) fn rule(code: &str) -> Option<&'static Rule> {
    static KNOWN: Mutex<BTreeMap<String, &'static Rule>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(rule) = known.get(code) {
        return Some(rule);
    }
    let ruff = RuffRule::from_code(code).ok()?;
    // There are as many as ruff has rules, and each is made once.
    let id: &'static str = Box::leak(code.to_owned().into_boxed_str());
    let about: &'static str = ruff.message_formats().first().copied().unwrap_or("");
    let rule: &'static Rule =
        Box::leak(Box::new(Rule { id, group: GROUP, severity: Severity::Warning, about }));
    known.insert(code.to_owned(), rule);
    Some(rule)
}

/// Whether rules of ruff have codes that begin so: `E`, `PLR`, `F40`.
pub(crate) fn is_prefix(name: &str) -> bool {
    name != "ALL"
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && name.parse::<RuleSelector>().is_ok()
}
