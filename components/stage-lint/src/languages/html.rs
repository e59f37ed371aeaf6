//! HTML: errors of the standard's tokenizer, elements that don't close, links, ids, and the scripts, styles
//! and data within.

mod elements;
mod parse;

use std::collections::{BTreeMap, BTreeSet};

use crate::languages::links::{self, Kind};
use crate::languages::script::{self, ScriptKind};
use crate::languages::{Source, css, json};
use crate::lint::File;
use crate::rules::{self, Rule};

pub(crate) use parse::{Embedded, Html, Link};

const LINK: Kind = Kind { name: "link", missing: &rules::HTML_LINK, anchor: Some(&rules::HTML_ANCHOR) };
const IMAGE: Kind = Kind { name: "image", missing: &rules::HTML_IMAGE, anchor: None };

/// Checks a file.
pub(crate) fn check(file: &mut File<'_>) {
    let text = file.text;
    let html = Html::of(text);
    for (rule, range, message) in &html.errors {
        file.report(rule, range.clone(), message.clone());
    }
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, at) in html.own_ids() {
        if let Some(first) = ids.get(id) {
            let line = file.line_of(*first);
            file.report(
                &rules::HTML_DUPLICATE_ID,
                at..at,
                format!("id `{id}` is given twice: it is in line {line}, too"),
            );
        } else {
            ids.insert(id, at);
        }
    }
    for range in &html.images_without_alt {
        file.report(&rules::HTML_ALT, range.clone(), "the image has no `alt` attribute");
    }
    // With a base, what relative links are relative to isn't known.
    if !html.has_base {
        links(file, &html, 0);
    }
    for (embedded, range) in &html.embedded {
        let source = Source { text: &text[range.clone()], start: range.start };
        match embedded {
            Embedded::Style => css::check(file, source),
            Embedded::Json => json::check(file, source, false),
            Embedded::Script => script::check(file, source, ScriptKind::Classic),
            Embedded::Module => script::check(file, source, ScriptKind::Module),
        }
    }
}

/// Checks the links of a piece of HTML within Markdown.
pub(crate) fn check_links(file: &mut File<'_>, source: Source<'_>) {
    let html = Html::of(source.text);
    links(file, &html, source.start);
}

fn links(file: &mut File<'_>, html: &Html, start: usize) {
    for Link { url, at, image } in &html.links {
        let kind = if *image { IMAGE } else { LINK };
        let range = start + at.start..start + at.end;
        links::check(file, url, range, kind);
    }
}

/// What links may lead to: ids, and names of `a`.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    Html::of(text).ids.into_iter().map(|(id, _)| id).collect()
}

/// A rule that is broken, where, and how.
pub(crate) type Broken = (&'static Rule, std::ops::Range<usize>, String);
