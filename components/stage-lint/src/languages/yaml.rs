//! YAML: every document of a stream.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::languages::{MAX_NESTING, Source};
use crate::lint::File;
use crate::rules::{self, Rule};
use crate::text::Lines;

/// Reports the first syntax error of a stream, every key that a mapping has twice, and anchors that are defined
/// twice, unused, or part of what they name. Aliases are not followed, so none can make a small text large.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let lines = Lines::new(source.text);
    let at = |span: &Span| {
        let offset = |mark: &saphyr_parser::Marker| lines.offset_of_chars(mark.line(), mark.col());
        source.range(offset(&span.start)..offset(&span.end))
    };
    let (mut stream, mut anchors) = (Stream::default(), Anchors::default());
    let mut parser = Parser::new_from_str(source.text);
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok((Event::StreamEnd, _)) => return,
            Ok(next) => next,
            Err(error) => {
                let range = at(&Span::empty(*error.marker()));
                file.report(&rules::YAML_SYNTAX, range, error.info());
                return;
            }
        };
        anchors.step(file, source, &event, lines.offset_of_chars(span.start.line(), span.start.col()));
        stream.step(&event, span);
        for (rule, span, message) in stream.found.drain(..) {
            file.report(rule, at(&span), message);
        }
        if stream.nesting.len() > MAX_NESTING {
            let message = format!("nested deeper than {MAX_NESTING} levels: the rest is not checked");
            file.report(&rules::NESTING, at(&span), message);
            return;
        }
    }
}

/// What is open, and what was found last.
#[derive(Default)]
struct Stream {
    nesting: Vec<Node>,
    /// The anchors of what is open, 0 for none: beside `nesting`.
    open_anchors: Vec<usize>,
    found: Vec<(&'static Rule, Span, String)>,
}

/// An open collection.
enum Node {
    Sequence,
    Mapping { keys: HashMap<String, Span>, at_key: bool },
}

impl Stream {
    /// Follows one event.
    fn step(&mut self, event: &Event<'_>, span: Span) {
        match event {
            Event::SequenceStart(anchor, _) => self.open(Node::Sequence, *anchor),
            Event::MappingStart(anchor, _) => {
                self.open(Node::Mapping { keys: HashMap::new(), at_key: true }, *anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.nesting.pop();
                self.open_anchors.pop();
                self.node_ends(None, span);
            }
            Event::Scalar(value, style, _, _) => self.node_ends(Some((value, *style)), span),
            Event::Alias(anchor) => {
                if *anchor > 0 && self.open_anchors.contains(anchor) {
                    let message = "the alias names what it is part of: this has no end".to_owned();
                    self.found.push((&rules::YAML_CYCLE, span, message));
                }
                self.node_ends(None, span);
            }
            _ => {}
        }
    }

    fn open(&mut self, node: Node, anchor: usize) {
        self.nesting.push(node);
        self.open_anchors.push(anchor);
    }

    fn node_ends(&mut self, scalar: Option<(&str, ScalarStyle)>, span: Span) {
        let Some(Node::Mapping { keys, at_key }) = self.nesting.last_mut() else { return };
        let was_key = std::mem::replace(at_key, !*at_key);
        let Some((value, style)) = scalar.filter(|_| was_key) else { return };
        // A plain `1` and a quoted "1" are different keys; a merge may be repeated.
        if style == ScalarStyle::Plain && value == "<<" {
            return;
        }
        let plain = style == ScalarStyle::Plain && !value.starts_with(|first: char| first.is_alphabetic());
        if let Some(first) = keys.insert(format!("{plain}{value}"), span) {
            let message =
                format!("the mapping has this key twice: it is in line {}, too", first.start.line());
            self.found.push((&rules::YAML_DUPLICATE_KEY, span, message));
        }
    }
}

/// The anchors of a document.
#[derive(Default)]
struct Anchors {
    all: Vec<Anchor>,
    by_id: HashMap<usize, usize>,
    /// The last one of each name.
    by_name: HashMap<String, usize>,
}

/// An anchor that a document defines.
struct Anchor {
    name: String,
    /// Where its `&` stands, within the text.
    at: usize,
    used: bool,
}

/// The anchor of a node that begins at a byte: it stands before, or right there.
fn anchor_of(text: &str, node: usize) -> Option<Anchor> {
    let at = if text[node..].starts_with('&') { node } else { text[..node].rfind('&')? };
    let name = text[at + 1..].split([' ', '\t', '\n', '\r', ',', ']', '}']).next().unwrap_or_default();
    Some(Anchor { name: name.to_owned(), at, used: false })
}

impl Anchors {
    /// Follows what an event says of anchors.
    fn step(&mut self, file: &mut File<'_>, source: Source<'_>, event: &Event<'_>, node: usize) {
        match event {
            Event::SequenceStart(id, _) | Event::MappingStart(id, _) | Event::Scalar(_, _, id, _)
                if *id > 0 =>
            {
                let Some(anchor) = anchor_of(source.text, node) else { return };
                self.by_id.insert(*id, self.all.len());
                if let Some(first) = self.by_name.insert(anchor.name.clone(), self.all.len()) {
                    let line = file.line_of(source.start + self.all[first].at);
                    let message = format!("anchor `{}` is defined in line {line}, too", anchor.name);
                    file.report(&rules::YAML_ANCHOR, source.at(anchor.at), message);
                }
                self.all.push(anchor);
            }
            Event::Alias(id) => {
                if let Some(index) = self.by_id.get(id) {
                    self.all[*index].used = true;
                } else {
                    let message = "the alias names no anchor of this document";
                    file.report(&rules::YAML_SYNTAX, source.at(node), message);
                }
            }
            Event::DocumentEnd => {
                for anchor in std::mem::take(self).all.iter().filter(|anchor| !anchor.used) {
                    let message = format!("anchor `{}` is not used", anchor.name);
                    file.report(&rules::YAML_UNUSED_ANCHOR, source.at(anchor.at), message);
                }
            }
            _ => {}
        }
    }
}
