//! JavaScript and TypeScript: syntax and early errors by oxc, and the rules that eslint recommends.

mod assignments;
mod classes;
mod comments;
mod constants;
mod errors;
mod eslint;
mod expressions;
mod fixes;
mod globals;
mod layout;
mod literals;
mod names;
mod nesting;
mod private;
mod regexes;
mod statements;
mod supers;
mod undefined;
mod unused;

use oxc::allocator::Allocator;
use oxc::diagnostics::{OxcDiagnostic, Severity};
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::{Semantic, SemanticBuilder};
use oxc::span::{SourceType, Span};

use crate::languages::Source;
use crate::lint::{File, Suggestion};
use crate::parameters::Level;
use crate::rules::{self, Rule};

pub(crate) use eslint::{EslintConfigs, notes};
use globals::Globals;

/// The weight at which a script is not parsed: 250 brackets, or 2,000 terms of a sum, within each other.
const MAX_WEIGHT: usize = 2_000;

/// How a script is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptKind {
    /// `<script>`: its names are everybody's.
    Classic,
    /// An ES module.
    Module,
    /// `.cjs`.
    CommonJs,
    /// `.js`: a module if it imports or exports, else a classic script or `CommonJS`.
    Unknown,
    Jsx,
    TypeScript,
    /// `.d.ts`: only declares.
    Declarations,
    Tsx,
}

/// By a file's name.
pub(crate) fn kind_of(path: &str) -> ScriptKind {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let declares = [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| name.ends_with(end));
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        _ if declares => ScriptKind::Declarations,
        "mjs" => ScriptKind::Module,
        "cjs" => ScriptKind::CommonJs,
        "jsx" => ScriptKind::Jsx,
        "ts" | "mts" | "cts" => ScriptKind::TypeScript,
        "tsx" => ScriptKind::Tsx,
        _ => ScriptKind::Unknown,
    }
}

impl ScriptKind {
    fn source_type(self) -> SourceType {
        match self {
            Self::Classic => SourceType::script(),
            Self::Module => SourceType::mjs(),
            Self::CommonJs => SourceType::cjs(),
            Self::Unknown => SourceType::unambiguous().with_jsx(true),
            Self::Jsx => SourceType::jsx(),
            Self::TypeScript => SourceType::ts(),
            Self::Declarations => SourceType::d_ts(),
            Self::Tsx => SourceType::tsx(),
        }
    }
}

/// What one rule found, by places in the script.
pub(crate) type Found = Vec<(&'static Rule, Span, String)>;

/// What the rules look at.
pub(crate) struct Script<'s, 'a> {
    pub(crate) semantic: &'s Semantic<'a>,
    pub(crate) path: &'s str,
    pub(crate) kind: ScriptKind,
    /// Whether names at the top are the file's own.
    pub(crate) own_names: bool,
    /// Which names are there besides.
    globals: Globals,
    /// Names at the top that other scripts use, as a comment says.
    exported: Vec<String>,
}

impl<'a> Script<'_, 'a> {
    /// Everything that breaks a rule.
    fn broken(&self) -> Found {
        let mut found = Found::new();
        names::check(self, &mut found);
        undefined::check(self, &mut found);
        assignments::check(self, &mut found);
        unused::check(self, &mut found);
        statements::check(self, &mut found);
        errors::check(self, &mut found);
        expressions::check(self, &mut found);
        constants::check(self, &mut found);
        literals::check(self, &mut found);
        regexes::check(self, &mut found);
        layout::check(self, &mut found);
        classes::check(self, &mut found);
        private::check(self, &mut found);
        supers::check(self, &mut found);
        found
    }

    pub(crate) fn text(&self, span: Span) -> &'a str {
        &self.semantic.source_text()[span.start as usize..span.end as usize]
    }

    pub(crate) fn typescript(&self) -> bool {
        self.semantic.source_type().is_typescript()
    }

    /// Whether an expression is this global, and no variable of that name.
    pub(crate) fn is_global(&self, expression: &oxc::ast::ast::Expression<'a>, name: &str) -> bool {
        expression.get_identifier_reference().is_some_and(|identifier| {
            identifier.name == name && self.semantic.is_reference_to_global_variable(identifier)
        })
    }
}

/// Checks a script.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>, kind: ScriptKind) {
    let mut effective = file.project.eslint.of(file.project, file.path);
    if effective.ignored {
        return;
    }
    if let Err(at) = nesting::check(source.text, MAX_WEIGHT) {
        let message = "expressions or blocks nest deeper than the linter can follow: the file is not parsed";
        file.report(&rules::NESTING, source.at(at), message);
        return;
    }
    let allocator = Allocator::default();
    let options = ParseOptions {
        parse_regular_expression: true,
        allow_return_outside_function: matches!(kind, ScriptKind::CommonJs | ScriptKind::Unknown),
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, source.text, kind.source_type()).with_options(options).parse();
    for error in &parsed.diagnostics {
        syntax(file, source, error);
    }
    if parsed.panicked {
        return;
    }
    let analysed =
        SemanticBuilder::new().with_build_nodes(true).with_check_syntax_error(true).build(&parsed.program);
    for error in &analysed.diagnostics {
        syntax(file, source, error);
    }
    let wrong = parsed.diagnostics.has_errors() || analysed.diagnostics.has_errors();
    if wrong || kind == ScriptKind::Declarations {
        return;
    }
    let configured = comments::read(source.text, &parsed.program.comments, &mut effective.globals);
    effective.levels.extend(configured.levels);
    let semantic = &analysed.semantic;
    let script = Script {
        semantic,
        path: file.path,
        kind,
        own_names: own_names(semantic, kind),
        globals: effective.globals,
        exported: configured.exported,
    };
    for (rule, span, message) in script.broken() {
        let level = effective.levels.get(rule.id).copied();
        let Some(severity) = level.map_or(Some(rule.severity), Level::severity) else { continue };
        let fix = fixes::suggest(rule, &script, span).map(|fix| Suggestion {
            about: fix.about,
            edits: fix.edits.into_iter().map(|(range, text)| (source.range(range), text)).collect(),
        });
        file.report_as(rule, severity, source.range(span.start as usize..span.end as usize), message, fix);
    }
}

/// What is wrong with a JSON file that configures eslint, if it is one.
pub(crate) fn check_config(file: &mut File<'_>) {
    if let Some(problem) = eslint::problem(file.path, file.text) {
        file.report(&rules::ESLINT_CONFIG, 0..0, format!("eslint's configuration is not read: {problem}"));
    }
}

/// Names at the top of a classic script are other scripts', too; those of a module or of `CommonJS` are not.
fn own_names(semantic: &Semantic<'_>, kind: ScriptKind) -> bool {
    let requires = || {
        let globals = semantic.scoping().root_unresolved_references();
        ["require", "module", "exports"].iter().any(|name| globals.keys().any(|global| global == name))
    };
    match kind {
        ScriptKind::Classic => false,
        ScriptKind::Unknown => semantic.source_type().is_module() || requires(),
        _ => true,
    }
}

fn syntax(file: &mut File<'_>, source: Source<'_>, error: &OxcDiagnostic) {
    let label = error.labels.iter().find(|label| label.primary()).or_else(|| error.labels.last());
    let range = label.map_or(0..0, |label| {
        let start = label.offset() as usize;
        start..start + label.len() as usize
    });
    let mut message = error.message.trim_end_matches('.').to_owned();
    if let Some(help) = error.help.as_deref() {
        message = format!("{message}, hint: {}", help.trim_end_matches('.'));
    }
    if error.severity == Severity::Error {
        file.report(&rules::JS_SYNTAX, source.range(range), message);
    }
}
