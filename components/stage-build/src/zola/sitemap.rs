//! The list of all pages for search engines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::config::ExcludePaginated;
use super::write::Writer;
use super::{Rendered, Site};
use crate::error::Error;

/// How many URLs one file lists: the protocol allows 50,000.
const MAX_URLS: usize = 30_000;

/// Writes `sitemap.xml`, or several files and a list of them.
pub(crate) fn write(site: &Site, rendered: &Rendered, writer: &mut Writer<'_>) -> Result<(), Error> {
    let entries: Vec<Value> = entries(site, rendered).into_values().collect();
    let render = |template: &str, name: &str, value: &Value| {
        let mut context = tera::Context::new();
        context.insert(name, value);
        site.engine()
            .render(template, &context)
            .map_err(|why| Error::InvalidTemplate(format!("`{template}`: {why}")))
    };
    if entries.len() < MAX_URLS {
        return writer.write("", "sitemap.xml", render("sitemap.xml", "entries", &json!(entries))?);
    }
    let mut parts = Vec::new();
    for (part, number) in entries.chunks(MAX_URLS).zip(1..) {
        let name = format!("sitemap{number}.xml");
        writer.write("", &name, render("sitemap.xml", "entries", &json!(part))?)?;
        parts.push(site.config.permalink(&name).trim_end_matches('/').to_owned());
    }
    writer.write("", "sitemap.xml", render("split_sitemap_index.xml", "sitemaps", &json!(parts))?)
}

/// Entries by their URLs.
fn entries(site: &Site, rendered: &Rendered) -> BTreeMap<String, Value> {
    let library = &rendered.library;
    let mut entries = BTreeMap::new();
    let mut add =
        |permalink: String, updated: Option<&str>, extra: Option<&serde_json::Map<String, Value>>| {
            let entry = json!({ "permalink": permalink, "updated": updated, "extra": extra });
            entries.entry(permalink).or_insert(entry);
        };
    for page in library.pages.iter().filter(|page| page.meta.render) {
        let updated = page.meta.updated.as_ref().or(page.meta.date.as_ref()).map(|date| date.text.as_str());
        add(page.source.permalink.clone(), updated, Some(&page.meta.extra));
    }
    let with_pagers = site.config.exclude_paginated_pages_in_sitemap == ExcludePaginated::None;
    for section in library.sections.values() {
        if section.meta.render {
            add(section.source.permalink.clone(), None, Some(&section.meta.extra));
        }
        if let Some(count) = section.paginate_by().filter(|_| with_pagers) {
            for number in 1..=section.pages.len().div_ceil(count) {
                add(
                    format!("{}{}/{number}/", section.source.permalink, section.meta.paginate_path),
                    None,
                    None,
                );
            }
        }
    }
    for taxonomy in site.taxonomies.iter().filter(|taxonomy| taxonomy.kind.render) {
        add(taxonomy.permalink.clone(), None, None);
        for term in &taxonomy.terms {
            add(term.permalink.clone(), None, None);
            let count = taxonomy.kind.paginate_by.filter(|&count| count > 0 && with_pagers);
            if let Some(count) = count {
                let folder = taxonomy.kind.paginate_path.as_deref().unwrap_or("page");
                for number in 1..=term.pages.len().div_ceil(count) {
                    add(format!("{}{folder}/{number}/", term.permalink), None, None);
                }
            }
        }
    }
    entries
}
