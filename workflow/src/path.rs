//! JSONPath as Amazon States Language has it: `$`, `$$`, `$variable`, members, indices, slices, wildcards, descent, filters.

mod evaluate;
mod filter;
mod parse;
mod reference;

use std::fmt;

pub(crate) use evaluate::{Found, MAX_PATH_STEPS, Roots, TooManySteps};
pub(crate) use filter::Filter;
pub(crate) use parse::Cursor;
pub(crate) use reference::ReferencePath;

/// Characters that a path may have.
pub(crate) const MAX_PATH_CHARS: usize = 8_192;

/// Filters within filters, and groups within them.
pub(crate) const MAX_PATH_DEPTH: usize = 32;

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) segments: Vec<Segment>,
    pub(crate) function: Option<Function>,
    text: String,
}

/// What a path starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// `$`: the data of the field.
    Data,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
    /// `@`: the item that a filter looks at.
    Item,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Segment {
    /// `.name` or `['name']`.
    Member(String),
    /// `['a','b']`: an object of the members that are there.
    Members(Vec<String>),
    /// `[0]`, `[-1]`.
    Index(i64),
    /// `[0,2]`.
    Indices(Vec<i64>),
    /// `[1:3]`.
    Slice(Option<i64>, Option<i64>),
    /// `.*` or `[*]`.
    All,
    /// `[?(…)]`.
    Filter(Filter),
    /// `..`: the value itself and everything below it, to which the next segment applies.
    Descend,
}

/// A function at the end of a path, as in `$.items.length()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Length,
    Min,
    Max,
    Avg,
    Sum,
    StdDev,
    Keys,
    First,
    Last,
}

impl Path {
    /// The path as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it names at most one value; otherwise it gives an array of all that it finds.
    pub(crate) fn is_definite(&self) -> bool {
        self.segments
            .iter()
            .all(|segment| matches!(segment, Segment::Member(_) | Segment::Index(_) | Segment::Members(_)))
    }

    /// The path as AWS writes it in its messages: `$['a'][0]`.
    pub(crate) fn normalised(&self) -> String {
        use std::fmt::Write as _;
        let mut text = "$".to_owned();
        for segment in &self.segments {
            // Writing to a string can't fail.
            let _ = match segment {
                Segment::Member(name) => write!(text, "['{name}']"),
                Segment::Members(names) => write!(text, "['{}']", names.join("','")),
                Segment::Index(index) => write!(text, "[{index}]"),
                Segment::Indices(indices) => {
                    let listed: Vec<String> = indices.iter().map(ToString::to_string).collect();
                    write!(text, "[{}]", listed.join(","))
                }
                Segment::Slice(from, to) => {
                    let shown = |bound: &Option<i64>| bound.map(|n| n.to_string()).unwrap_or_default();
                    write!(text, "[{}:{}]", shown(from), shown(to))
                }
                Segment::All => write!(text, "[*]"),
                Segment::Filter(_) => write!(text, "[?]"),
                Segment::Descend => write!(text, ".."),
            };
        }
        text
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
