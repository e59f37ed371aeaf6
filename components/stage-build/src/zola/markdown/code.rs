//! Blocks of code, highlighted if configured.

mod fence;
mod theme;

use std::fmt::Write;
use std::sync::OnceLock;

use syntect::easy::HighlightLines;
use syntect::highlighting::{Style as Colours, Theme};
use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

use super::escaped;
use crate::zola::config::{Highlighting, Markdown};
use crate::zola::warn_once;

pub(super) use fence::Fence;
pub(crate) use theme::stylesheets;

/// What begins the name of every class of a token.
const CLASS_PREFIX: &str = "z-";

/// Grammars, and the themes that are in use.
#[derive(Debug)]
pub(crate) struct Highlighter {
    grammars: OnceLock<SyntaxSet>,
    themes: Vec<Theme>,
}

impl Highlighter {
    /// Finds the themes. One that isn't there is stood in for, which the log says.
    pub(crate) fn new(markdown: &Markdown) -> Self {
        let names = markdown.highlighting.iter().flat_map(Highlighting::themes);
        Self { grammars: OnceLock::new(), themes: names.map(theme::find).collect() }
    }

    fn grammars(&self) -> &SyntaxSet {
        self.grammars.get_or_init(two_face::syntax::extra_newlines)
    }

    /// A block of code as HTML.
    pub(super) fn block(&self, markdown: &Markdown, fence: &Fence, code: &str) -> Result<String, String> {
        let Some(highlighting) = &markdown.highlighting else {
            let lang = if fence.is_plain() {
                String::new()
            } else {
                format!(" data-lang=\"{}\"", escaped(&fence.lang))
            };
            return Ok(format!("<pre><code{lang}>{}</code></pre>\n", escaped(code)));
        };
        let grammar = self.grammar(highlighting, fence)?;
        let by_class = highlighting.by_class();
        let lines = match grammar {
            Some(grammar) if by_class => self.classed(grammar, code),
            Some(grammar) => self.coloured(grammar, code),
            None => Some(code.lines().map(escaped).collect()),
        };
        let lines = lines.unwrap_or_else(|| code.lines().map(escaped).collect());
        let pre = if by_class {
            format!("<pre class=\"giallo {CLASS_PREFIX}code\">")
        } else {
            format!("<pre class=\"giallo\" style=\"{}\">", theme::of_block(&self.themes))
        };
        Ok(format!(
            "{pre}<code{}>{}</code></pre>",
            fence.attributes(),
            self.numbered(fence, &lines, by_class)
        ))
    }

    fn grammar(
        &self,
        highlighting: &Highlighting,
        fence: &Fence,
    ) -> Result<Option<&SyntaxReference>, String> {
        if fence.is_plain() {
            return Ok(None);
        }
        let found = self.grammars().find_syntax_by_token(&fence.lang);
        if found.is_none() {
            let message = format!("code is in language `{}`, for which there is no grammar", fence.lang);
            if highlighting.error_on_missing_language {
                return Err(message);
            }
            warn_once(&message);
        }
        Ok(found)
    }

    /// Lines with colours in their tags. Nothing if a grammar fails.
    fn coloured(&self, grammar: &SyntaxReference, code: &str) -> Option<Vec<String>> {
        let mut highlighters: Vec<_> =
            self.themes.iter().map(|theme| HighlightLines::new(grammar, theme)).collect();
        let mut lines = Vec::new();
        for line in code.split_inclusive('\n') {
            let mut tokens = Vec::new();
            for highlighter in &mut highlighters {
                tokens.push(highlighter.highlight_line(line, self.grammars()).ok()?);
            }
            let mut out = String::new();
            let (first, others) = tokens.split_first()?;
            for (at, &(colours, token)) in first.iter().enumerate() {
                let all: Vec<Colours> = [colours]
                    .into_iter()
                    .chain(others.iter().filter_map(|other| Some(other.get(at)?.0)))
                    .collect();
                let token = token.trim_end_matches(['\n', '\r']);
                if token.trim().is_empty() {
                    out.push_str(token);
                } else {
                    let _ =
                        write!(out, "<span style=\"{}\">{}</span>", theme::of_token(&all), escaped(token));
                }
            }
            lines.push(out);
        }
        Some(lines)
    }

    /// Lines with classes in their tags. Nothing if a grammar fails.
    fn classed(&self, grammar: &SyntaxReference, code: &str) -> Option<Vec<String>> {
        let mut state = ParseState::new(grammar);
        let mut stack = ScopeStack::new();
        let mut lines = Vec::new();
        for line in code.split_inclusive('\n') {
            let operations = state.parse_line(line, self.grammars()).ok()?;
            // Every line is a tag of its own: what is open at its end is opened anew on the next.
            let mut out: String = stack.as_slice().iter().map(|scope| theme::open_tag(*scope)).collect();
            let mut from = 0;
            for (at, operation) in operations {
                let text = line.get(from..at)?.trim_end_matches(['\n', '\r']);
                out.push_str(&escaped(text));
                from = at;
                stack
                    .apply_with_hook(&operation, |change, _| match change {
                        syntect::parsing::BasicScopeStackOp::Push(scope) => {
                            out.push_str(&theme::open_tag(scope));
                        }
                        syntect::parsing::BasicScopeStackOp::Pop => out.push_str("</span>"),
                    })
                    .ok()?;
            }
            out.push_str(&escaped(line.get(from..)?.trim_end_matches(['\n', '\r'])));
            out.push_str(&"</span>".repeat(stack.len()));
            lines.push(out);
        }
        Some(lines)
    }

    /// Lines, each in a tag of its own, with numbers and marks as the fence says.
    fn numbered(&self, fence: &Fence, lines: &[String], by_class: bool) -> String {
        let last =
            fence.first_number + i64::try_from(lines.len()).unwrap_or(i64::MAX - fence.first_number) - 1;
        let width = last.to_string().len().max(fence.first_number.to_string().len());
        let mut shown = Vec::with_capacity(lines.len());
        for (line, number) in lines.iter().zip(1usize..) {
            if fence.hides(number) {
                continue;
            }
            let mark = match (fence.marks(number), by_class) {
                (false, _) => String::from("<span class=\"giallo-l\">"),
                (true, true) => format!("<span class=\"giallo-l {CLASS_PREFIX}hl\">"),
                (true, false) => format!("<span class=\"giallo-l\"{}>", theme::of_mark(&self.themes)),
            };
            let counted = if fence.numbers {
                let number = fence.first_number + i64::try_from(number).unwrap_or_default() - 1;
                format!("<span aria-hidden=\"true\" class=\"giallo-ln\">{number:>width$}</span>")
            } else {
                String::new()
            };
            shown.push(format!("{mark}{counted}{line}</span>"));
        }
        shown.join("\n")
    }
}
