//! Which elements are open, and which end tags fit.

use std::ops::Range;

use crate::languages::MAX_NESTING;
use crate::languages::html::Broken;
use crate::rules;

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements whose end tag may be left out.
const OPTIONAL_END: &[&str] = &[
    "body", "caption", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp", "rt",
    "tbody", "td", "tfoot", "th", "thead", "tr",
];

/// Elements that end an open `p`.
const ENDS_P: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "search",
    "section",
    "summary",
    "table",
    "ul",
];

/// The stack of open elements.
#[derive(Debug, Default)]
pub(super) struct Elements {
    open: Vec<(String, Range<usize>)>,
    /// How many of them are of SVG or `MathML`, where any element may close itself.
    foreign: usize,
    too_deep: bool,
}

impl Elements {
    pub(super) fn start(
        &mut self,
        name: &str,
        self_closing: bool,
        span: Range<usize>,
        errors: &mut Vec<Broken>,
    ) {
        if self.too_deep || VOID.contains(&name) {
            return;
        }
        let foreign = matches!(name, "svg" | "math");
        if self_closing {
            if self.foreign == 0 && !foreign {
                let message = format!("`<{name}/>` doesn't close itself: only void elements do");
                errors.push((&rules::HTML_SYNTAX, span, message));
            }
            // It is open to browsers; that one report is enough.
            return;
        }
        if ENDS_P.contains(&name) && self.open.last().is_some_and(|(top, _)| top == "p") {
            self.open.pop();
        }
        if self.open.len() == MAX_NESTING {
            self.too_deep = true;
            let message =
                format!("elements nest deeper than {MAX_NESTING} levels: whether they close is not checked");
            errors.push((&rules::NESTING, span, message));
            return;
        }
        self.foreign += usize::from(foreign);
        self.open.push((name.to_owned(), span));
    }

    pub(super) fn end(&mut self, name: &str, span: Range<usize>, errors: &mut Vec<Broken>) {
        if self.too_deep {
            return;
        }
        let Some(at) = self.open.iter().rposition(|(open, _)| open == name) else {
            let why = if VOID.contains(&name) {
                format!("`<{name}>` is a void element and has no end tag")
            } else if name == "p" {
                "`</p>` closes nothing: the `<p>` before it ended where a block began".to_owned()
            } else {
                format!("`</{name}>` closes nothing: no `<{name}>` is open")
            };
            errors.push((&rules::HTML_STRAY, span, why));
            return;
        };
        for (open, start) in self.open.drain(at..).collect::<Vec<_>>().into_iter().skip(1) {
            self.closed(&open);
            unclosed(&open, start, &format!("before `</{name}>`"), errors);
        }
        self.closed(name);
    }

    pub(super) fn finish(&mut self, errors: &mut Vec<Broken>) {
        if !self.too_deep {
            for (open, start) in self.open.drain(..) {
                unclosed(&open, start, "before the end of the file", errors);
            }
        }
    }

    fn closed(&mut self, name: &str) {
        self.foreign -= usize::from(matches!(name, "svg" | "math"));
    }
}

fn unclosed(name: &str, start: Range<usize>, before: &str, errors: &mut Vec<Broken>) {
    if !OPTIONAL_END.contains(&name) {
        errors.push((&rules::HTML_UNCLOSED, start, format!("`<{name}>` is not closed {before}")));
    }
}
