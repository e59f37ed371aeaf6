use std::fmt;

use toml::de::DeValue;

use super::RESERVED_PREFIX;
use super::read::{Reader, Table, Value};

/// Which requests a trigger takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// None from outside: only other components reach it, by service chaining.
    Private,
    /// Those whose path matches.
    Public(Pattern),
}

/// The path of a route: `/exact`, `/api/...`, `/users/:name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    segments: Vec<Segment>,
    wildcard: bool,
}

/// What stands between two slashes of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Exactly this text.
    Exact(String),
    /// `:name`: any one segment, which is not empty.
    Named(String),
}

impl Route {
    /// Whether two public routes match the same paths.
    pub(super) fn same_requests(&self, other: &Self) -> bool {
        let (Self::Public(a), Self::Public(b)) = (self, other) else {
            return false;
        };
        let same = |(a, b): (&Segment, &Segment)| match (a, b) {
            (Segment::Exact(a), Segment::Exact(b)) => a == b,
            (Segment::Named(_), Segment::Named(_)) => true,
            _ => false,
        };
        a.wildcard == b.wildcard
            && a.segments.len() == b.segments.len()
            && a.segments.iter().zip(&b.segments).all(same)
    }
}

impl Pattern {
    /// Reads a route. The error says what is wrong with it.
    pub fn parse(source: &str) -> Result<Self, String> {
        let path = source.strip_prefix('/').unwrap_or(source);
        let (path, wildcard) = match path.rsplit_once('/').unwrap_or(("", path)) {
            (before, "..." | "*") => (before, true),
            _ => (path, false),
        };
        let mut segments = Vec::new();
        for text in path.trim_end_matches('/').split('/') {
            if text.is_empty() && segments.is_empty() && path.trim_end_matches('/').is_empty() {
                break;
            }
            segments.push(parse_segment(source, text)?);
        }
        let pattern = Self {
            source: if source.starts_with('/') { source.to_owned() } else { format!("/{source}") },
            segments,
            wildcard,
        };
        if pattern.source.starts_with(RESERVED_PREFIX) {
            return Err(format!("paths under `{RESERVED_PREFIX}` are the host's own"));
        }
        Ok(pattern)
    }

    /// The route as it was written, with its leading slash.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The route less its trailing wildcard: `/api` of `/api/...`.
    pub fn prefix(&self) -> &str {
        self.source.strip_suffix("/...").unwrap_or(&self.source)
    }

    /// What stands between its slashes, the wildcard left out.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether it takes everything below, too.
    pub fn is_wildcard(&self) -> bool {
        self.wildcard
    }
}

fn parse_segment(source: &str, text: &str) -> Result<Segment, String> {
    if text.is_empty() {
        return Err(format!("`{source}` has two slashes in a row"));
    }
    if text == "..." || text.contains('*') {
        return Err(format!("`{source}`: a wildcard may only be the last part"));
    }
    if text.contains(['?', '#', ' ']) || text.chars().any(char::is_control) {
        return Err(format!("`{source}` is not a path"));
    }
    match text.strip_prefix(':') {
        Some("") => Err(format!("`{source}`: `:` needs a name")),
        Some(name) if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') => {
            Ok(Segment::Named(name.to_owned()))
        }
        Some(name) => Err(format!("`{source}`: `{name}` is not a name: use letters, digits, `_` and `-`")),
        None => Ok(Segment::Exact(text.to_owned())),
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private => f.write_str("{ private = true }"),
            Self::Public(pattern) => f.write_str(&pattern.source),
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>, trigger: &Table<'_>, value: Value<'_>) -> Option<Route> {
    let span = value.span();
    let key = trigger.key("route");
    match value.into_inner() {
        DeValue::String(source) => match Pattern::parse(&source) {
            Ok(pattern) => Some(Route::Public(pattern)),
            Err(reason) => {
                reader.problem(Some(span), &key, &reason, None);
                None
            }
        },
        DeValue::Table(table) => {
            let mut table = Table::new(table, key.clone());
            let private = table.boolean(reader, "private");
            table.finish(reader);
            if private != Some(true) {
                let hint = "write a path, or `{ private = true }`";
                reader.problem(Some(span), &key, "not a route", Some(hint));
                return None;
            }
            Some(Route::Private)
        }
        _ => {
            let hint = "write a path, or `{ private = true }`";
            reader.problem(Some(span), &key, "not a route", Some(hint));
            None
        }
    }
}
