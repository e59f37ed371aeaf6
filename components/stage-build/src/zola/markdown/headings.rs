//! Anchors of headings, and the table of contents.

use std::collections::HashSet;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Tag, TagEnd};
use regex::Regex;

use super::{Renderer, Text, escaped, html};
use crate::zola::config::AnchorLinks;
use crate::zola::content::Heading;
use crate::zola::slugs;

/// The opening tag of the link that a template gives.
static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)(<\s*a[^>]*>).*?<\s*/\s*a>").expect("a valid pattern"));

/// Gives every heading its anchor and, if wanted, a link to itself.
pub(super) fn mark(
    renderer: &Renderer<'_>,
    text: &Text<'_>,
    events: &mut Vec<Event<'_>>,
    errors: &mut Vec<String>,
) -> Vec<Heading> {
    // Anchors that are set come first: others give way.
    let mut taken: HashSet<String> = events.iter().filter_map(set_anchor).collect();
    let mut flat = Vec::new();
    let mut marked = Vec::with_capacity(events.len());
    let mut old = std::mem::take(events).into_iter();
    while let Some(event) = old.next() {
        let Event::Start(Tag::Heading { level, id, classes, .. }) = event else {
            marked.push(event);
            continue;
        };
        let inside: Vec<_> =
            old.by_ref().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_)))).collect();
        let title = title(&inside);
        let id = id.map_or_else(
            || free(&taken, slugs::anchor(&title, renderer.config.slugify.anchors)),
            |id| id.to_string(),
        );
        taken.insert(id.clone());
        let depth = level as u32;
        let classes = if classes.is_empty() {
            String::new()
        } else {
            format!(" class=\"{}\"", escaped(&classes.join(" ")))
        };
        let open = html(format!("<h{depth} id=\"{}\"{classes}>", escaped(&id)));
        let link = if text.anchors == AnchorLinks::None {
            Ok(String::new())
        } else {
            anchor_link(renderer, text.lang, &id, depth)
        };
        let link = link.unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        });
        marked.push(open);
        let end = Event::End(TagEnd::Heading(level));
        match text.anchors {
            AnchorLinks::None => marked.extend(inside),
            AnchorLinks::Left => marked.extend([html(link)].into_iter().chain(inside)),
            AnchorLinks::Right => marked.extend(inside.into_iter().chain([html(link)])),
            AnchorLinks::Heading => match LINK.captures(&link) {
                Some(found) => {
                    let around = [html(&found[1]), html("</a>")];
                    let [before, after] = around;
                    marked.extend([before].into_iter().chain(inside).chain([after]));
                }
                None => marked.extend(inside),
            },
        }
        marked.push(end);
        let permalink = format!("{}#{id}", text.permalink);
        flat.push(Heading { level: depth, id, permalink, title, children: Vec::new() });
    }
    *events = marked;
    nest(flat)
}

fn set_anchor(event: &Event<'_>) -> Option<String> {
    match event {
        Event::Start(Tag::Heading { id: Some(id), .. }) => Some(id.to_string()),
        _ => None,
    }
}

fn anchor_link(renderer: &Renderer<'_>, lang: &str, id: &str, level: u32) -> Result<String, String> {
    let mut context = tera::Context::new();
    context.insert("id", id);
    context.insert("level", &level);
    context.insert("lang", lang);
    renderer.engine.render("anchor-link.html", &context)
}

fn title(events: &[Event<'_>]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        _ => None,
    });
    texts.collect()
}

/// The name, or the first with a number after it that is free.
fn free(taken: &HashSet<String>, name: String) -> String {
    if !taken.contains(&name) {
        return name;
    }
    // One of so many is free.
    let mut numbered = (1..=taken.len()).map(|count| format!("{name}-{count}"));
    numbered.find(|name| !taken.contains(name)).unwrap_or(name)
}

/// Headings below those of a higher rank that stand before them.
fn nest(flat: Vec<Heading>) -> Vec<Heading> {
    let mut roots: Vec<Heading> = Vec::new();
    for heading in flat {
        let mut siblings = &mut roots;
        while siblings.last().is_some_and(|last| last.level < heading.level) {
            let last = siblings.len() - 1;
            siblings = &mut siblings[last].children;
        }
        siblings.push(heading);
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(levels: &[u32], expected: &str) {
        let heading = |&level: &u32| Heading {
            level,
            id: String::new(),
            permalink: String::new(),
            title: String::new(),
            children: Vec::new(),
        };
        let nested = nest(levels.iter().map(heading).collect());
        assert_eq!(nested.iter().map(show).collect::<String>(), expected);
    }

    fn show(heading: &Heading) -> String {
        let children: String = heading.children.iter().map(show).collect();
        if children.is_empty() { heading.level.to_string() } else { format!("{}({children})", heading.level) }
    }

    #[test]
    fn headings_are_nested() {
        check(&[1, 2, 2, 3, 2], "1(22(3)2)");
        check(&[2, 1, 3], "21(3)");
        check(&[1, 4, 2], "1(42)");
        check(&[], "");
    }
}
