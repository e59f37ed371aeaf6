//! Footnotes at the end of the page, each with links back to where it is referred to.

use std::collections::HashMap;
use std::fmt::Write;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

use super::html;

/// A footnote's number, and how often it is referred to.
type Uses = HashMap<String, (usize, usize)>;

/// Moves footnotes that are referred to to the end, in the order of their first reference; drops others.
pub(super) fn move_to_end(events: &mut Vec<Event<'_>>) {
    let mut uses = Uses::new();
    let mut text = Vec::with_capacity(events.len());
    let mut notes: Vec<(CowStr<'_>, Vec<Event<'_>>)> = Vec::new();
    // Footnotes may be defined within footnotes.
    let mut open: Vec<(CowStr<'_>, Vec<Event<'_>>)> = Vec::new();
    for event in std::mem::take(events) {
        let event = match event {
            Event::Start(Tag::FootnoteDefinition(name)) => {
                open.push((name, Vec::new()));
                continue;
            }
            Event::End(TagEnd::FootnoteDefinition) => {
                notes.extend(open.pop());
                continue;
            }
            Event::FootnoteReference(name) => reference(&mut uses, &name),
            other => other,
        };
        open.last_mut().map_or(&mut text, |(_, events)| events).push(event);
    }
    *events = text;
    notes.retain(|(name, _)| uses.contains_key(&**name));
    if notes.is_empty() {
        return;
    }
    notes.sort_by_key(|(name, _)| uses[&**name].0);
    events.push(html("<section class=\"footnotes\">\n<ol class=\"footnotes-list\">\n"));
    for (name, body) in notes {
        note(events, &name, body, uses[&*name].1);
    }
    events.push(html("</ol>\n</section>\n"));
}

fn reference<'e>(uses: &mut Uses, name: &str) -> Event<'e> {
    let next = uses.len() + 1;
    let (number, count) = uses.entry(name.to_owned()).or_insert((next, 0));
    *count += 1;
    html(format!(
        "<sup class=\"footnote-reference\" id=\"fr-{name}-{count}\"><a href=\"#fn-{name}\">{number}</a></sup>"
    ))
}

/// One footnote. Links back stand in its last paragraph, or after all of it.
fn note<'e>(events: &mut Vec<Event<'e>>, name: &str, mut body: Vec<Event<'e>>, count: usize) {
    let mut links = String::new();
    for nth in 1..=count {
        let shown = if nth == 1 { String::new() } else { nth.to_string() };
        // Writing to a string does not fail.
        let _ = write!(links, " <a href=\"#fr-{name}-{nth}\">↩{shown}</a>");
    }
    let in_paragraph = body.pop_if(|last| *last == Event::End(TagEnd::Paragraph)).is_some();
    events.push(html(format!("<li id=\"fn-{name}\">")));
    events.extend(body);
    events.push(html(if in_paragraph { format!("{links}</p>\n</li>\n") } else { format!("{links}</li>\n") }));
}
