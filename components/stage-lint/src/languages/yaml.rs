//! YAML: every document of a stream.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::languages::{MAX_NESTING, Source};
use crate::lint::File;
use crate::rules;
use crate::text::Lines;

/// Reports the first syntax error of a stream, and every key that a mapping has twice.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let lines = Lines::new(source.text);
    let at = |span: &Span| {
        let offset = |mark: &saphyr_parser::Marker| lines.offset_of_chars(mark.line(), mark.col());
        source.range(offset(&span.start)..offset(&span.end))
    };
    let mut nesting: Vec<Node> = Vec::new();
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
        if let Some(first) = step(&mut nesting, &event, &span) {
            let message =
                format!("the mapping has this key twice: it is in line {}, too", first.start.line());
            file.report(&rules::YAML_DUPLICATE_KEY, at(&span), message);
        }
        if nesting.len() > MAX_NESTING {
            let message = format!("nested deeper than {MAX_NESTING} levels: the rest is not checked");
            file.report(&rules::NESTING, at(&span), message);
            return;
        }
    }
}

/// An open collection.
enum Node {
    Sequence,
    Mapping { keys: HashMap<String, Span>, at_key: bool },
}

/// Follows one event. Answers where the key that it is stood before.
fn step(nesting: &mut Vec<Node>, event: &Event<'_>, span: &Span) -> Option<Span> {
    match event {
        Event::SequenceStart(..) => {
            nesting.push(Node::Sequence);
            None
        }
        Event::MappingStart(..) => {
            nesting.push(Node::Mapping { keys: HashMap::new(), at_key: true });
            None
        }
        Event::SequenceEnd | Event::MappingEnd => {
            nesting.pop();
            node_ends(nesting, None, span)
        }
        Event::Scalar(value, style, _, _) => node_ends(nesting, Some((value, *style)), span),
        Event::Alias(_) => node_ends(nesting, None, span),
        _ => None,
    }
}

fn node_ends(nesting: &mut [Node], scalar: Option<(&str, ScalarStyle)>, span: &Span) -> Option<Span> {
    let Some(Node::Mapping { keys, at_key }) = nesting.last_mut() else {
        return None;
    };
    let was_key = std::mem::replace(at_key, !*at_key);
    let (value, style) = scalar.filter(|_| was_key)?;
    // A plain `1` and a quoted "1" are different keys; a merge may be repeated.
    if style == ScalarStyle::Plain && value == "<<" {
        return None;
    }
    let plain = style == ScalarStyle::Plain && !value.starts_with(|first: char| first.is_alphabetic());
    keys.insert(format!("{plain}{value}"), *span)
}
