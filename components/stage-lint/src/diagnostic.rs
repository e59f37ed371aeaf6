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

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
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
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, start, rule, severity, message, .. } = self;
        write!(f, "{path}:{}:{} {severity} {} {message}", start.line, start.column, rule.id)
    }
}
