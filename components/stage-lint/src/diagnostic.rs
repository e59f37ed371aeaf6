//! One thing that is wrong, and where.

use std::fmt;

use crate::rules::Rule;

/// How bad it is. Ordered: a note is less than an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; never fails a run.
    Note,
    /// Probably a mistake.
    Warning,
    /// A mistake.
    Error,
}

impl Severity {
    /// As reports write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1, in Unicode code points.
    pub column: u32,
}

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Relative to the project, `/` between names.
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends, the first place after it. The same as `start` for a point.
    pub end: Position,
    /// Which rule it breaks.
    pub rule: &'static Rule,
    /// The rule's severity, as configured.
    pub severity: Severity,
    /// What is wrong, one line.
    pub message: String,
    /// What would mend it, where the rule knows.
    pub fix: Option<Fix>,
}

/// What would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to do, one line.
    pub about: String,
    /// The same as changes of the file, none of which overlap. Empty where it takes a person.
    pub edits: Vec<Edit>,
}

/// One change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where what is replaced begins.
    pub start: Position,
    /// The first place after what is replaced. The same as `start` for an insertion.
    pub end: Position,
    /// What comes instead.
    pub text: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, start, rule, severity, message, .. } = self;
        write!(f, "{path}:{}:{} {severity} {} {message}", start.line, start.column, rule.id)
    }
}
