//! Markdown: links, images, references, mdBook's includes, and how a document is built.

mod structure;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, MetadataBlockKind, Options, Parser, Tag, TagEnd};

use crate::languages::html::{self, Html};
use crate::languages::links::{self, Kind};
use crate::languages::{Source, toml, yaml};
use crate::lint::File;
use crate::rules;
use structure::Structure;

const LINK: Kind =
    Kind { name: "link", missing: &rules::MARKDOWN_LINK, anchor: Some(&rules::MARKDOWN_ANCHOR) };
const IMAGE: Kind = Kind { name: "image", missing: &rules::MARKDOWN_IMAGE, anchor: None };

/// Checks a file.
pub(crate) fn check(file: &mut File<'_>) {
    let text = file.text;
    let mut undefined: Vec<(Range<usize>, String)> = Vec::new();
    let note = |link: BrokenLink<'_>| {
        // `[text]` alone is ordinary text more often than a reference.
        if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
            undefined.push((link.span, link.reference.to_string()));
        }
        None::<(CowStr<'_>, CowStr<'_>)>
    };
    let events: Vec<_> =
        Parser::new_with_broken_link_callback(text, options(), Some(note)).into_offset_iter().collect();
    for (range, reference) in undefined {
        let message = format!("reference `{reference}` has no definition in this file");
        file.report(&rules::MARKDOWN_REFERENCE, range, message);
    }
    let mut metadata = None;
    let mut structure = Structure::default();
    for (event, range) in events {
        structure.event(file, &event, &range);
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                link(file, link_type, &dest_url, range, LINK);
            }
            Event::Start(Tag::Image { link_type, dest_url, .. }) => {
                link(file, link_type, &dest_url, range, IMAGE);
            }
            Event::Start(Tag::MetadataBlock(kind)) => metadata = Some(kind),
            Event::End(TagEnd::MetadataBlock(_)) => metadata = None,
            Event::Html(_) | Event::InlineHtml(_) => {
                html::check_links(file, Source { text: &text[range.clone()], start: range.start });
            }
            Event::Text(_) => match metadata {
                Some(kind) => {
                    check_metadata(file, kind, Source { text: &text[range.clone()], start: range.start });
                }
                None => includes(file, range),
            },
            _ => {}
        }
    }
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_GFM
}

fn link(file: &mut File<'_>, link_type: LinkType, destination: &str, range: Range<usize>, kind: Kind) {
    // An empty destination is a draft chapter of mdBook.
    if matches!(link_type, LinkType::Autolink | LinkType::Email) || destination.is_empty() {
        return;
    }
    links::check(file, destination, range, kind);
}

fn check_metadata(file: &mut File<'_>, kind: MetadataBlockKind, source: Source<'_>) {
    match kind {
        MetadataBlockKind::YamlStyle => yaml::check(file, source),
        MetadataBlockKind::PlusesStyle => toml::check(file, source),
    }
}

/// Checks `{{#include file:lines}}` and its like in the chapters of a book.
fn includes(file: &mut File<'_>, range: Range<usize>) {
    let text = &file.text[range.clone()];
    if !text.contains("{{#") || file.project.book_of(file.path).is_none() {
        return;
    }
    let mut at = 0;
    while let Some(start) = text[at..].find("{{#").map(|found| at + found) {
        let end = text[start..].find("}}").map_or(text.len(), |found| start + found);
        at = end;
        let escaped = file.text[..range.start + start].ends_with('\\');
        let mut words = text[start + 3..end].split_whitespace();
        let includes =
            matches!(words.next(), Some("include" | "rustdoc_include" | "playground" | "template"));
        let Some(place) = words.next().filter(|_| includes && !escaped) else {
            continue;
        };
        let path = place.split(':').next().unwrap_or(place);
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !crate::project::join(folder, path).is_some_and(|path| file.project.has_file(&path)) {
            let message = format!("included file `{path}` is not there");
            file.report(&rules::MARKDOWN_INCLUDE, range.start + start..range.start + end, message);
        }
    }
}

/// What links may lead to: headings, by the names that GitHub and mdBook give them, and ids in HTML.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut heading: Option<(Option<String>, String)> = None;
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                heading = Some((id.map(String::from), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((id, title)) = heading.take() else {
                    continue;
                };
                anchors.extend(id);
                for slug in slugs(&title) {
                    let times = seen.entry(slug.clone()).or_default();
                    anchors.insert(if *times == 0 { slug } else { format!("{slug}-{times}") });
                    *times += 1;
                }
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, title)) = &mut heading {
                    title.push_str(&part);
                }
            }
            Event::FootnoteReference(name) => drop(anchors.insert(name.to_string())),
            Event::Html(part) | Event::InlineHtml(part) => {
                anchors.extend(Html::of(&part).ids.into_iter().map(|(id, _)| id));
            }
            _ => {}
        }
    }
    anchors
}

/// The anchors by which a heading may be linked. GitHub and mdBook differ for few titles.
fn slugs(title: &str) -> BTreeSet<String> {
    let title = title.trim();
    let keep = |char: &char| char.is_alphanumeric() || matches!(char, '_' | '-') || char.is_whitespace();
    let dash = |char: char| if char.is_whitespace() { '-' } else { char };
    let github: String = title.to_lowercase().chars().filter(keep).map(dash).collect();
    let ascii: String = title.to_ascii_lowercase().chars().filter(keep).map(dash).collect();
    BTreeSet::from([github, ascii])
}
