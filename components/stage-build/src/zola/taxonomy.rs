//! Terms by which pages are found: tags, categories.

use std::collections::BTreeMap;

use super::config::{Config, TaxonomyConfig};
use super::front_matter::SortBy;
use super::library::{Library, sort};
use super::slugs;

/// A taxonomy in one language.
#[derive(Debug)]
pub(crate) struct Taxonomy {
    pub(crate) kind: TaxonomyConfig,
    pub(crate) lang: String,
    pub(crate) path: String,
    pub(crate) permalink: String,
    /// In the order of their slugs.
    pub(crate) terms: Vec<Term>,
}

/// A term of a taxonomy.
#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) path: String,
    pub(crate) permalink: String,
    /// Indexes of pages: the newest first, then those without a date.
    pub(crate) pages: Vec<usize>,
}

/// All taxonomies, in the order of languages and configuration.
pub(crate) fn find(config: &Config, library: &Library) -> Vec<Taxonomy> {
    let mut found = Vec::new();
    for (lang, language) in &config.languages {
        for kind in &language.taxonomies {
            let mut pages_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (at, page) in library.pages.iter().enumerate().filter(|(_, page)| page.source.lang == *lang) {
                for term in page.meta.taxonomies.get(&kind.name).into_iter().flatten() {
                    let pages = pages_of.entry(term).or_default();
                    if pages.last() != Some(&at) {
                        pages.push(at);
                    }
                }
            }
            found.push(taxonomy(config, library, lang, kind, pages_of));
        }
    }
    found
}

fn taxonomy(
    config: &Config,
    library: &Library,
    lang: &str,
    kind: &TaxonomyConfig,
    pages_of: BTreeMap<&str, Vec<usize>>,
) -> Taxonomy {
    let mut path = String::from("/");
    let prefix = (lang != config.default_language).then_some(lang);
    for part in [prefix, config.taxonomy_root.as_deref(), Some(&kind.slug)].into_iter().flatten() {
        path.extend([part, "/"]);
    }
    let mut terms: Vec<Term> = pages_of
        .into_iter()
        .map(|(name, pages)| {
            let slug = slugs::path(name, config.slugify.taxonomies);
            let path = format!("{path}{slug}/");
            let (mut sorted, undated) = sort(&library.pages, &pages, SortBy::Date);
            sorted.extend(undated);
            Term { name: name.to_owned(), permalink: config.permalink(&path), slug, path, pages: sorted }
        })
        .collect();
    terms.sort_by(|a, b| (&a.slug, &a.name).cmp(&(&b.slug, &b.name)));
    // Terms that have one slug are one: the first gives the name.
    terms.dedup_by(|next, kept| {
        let same = next.permalink == kept.permalink;
        if same {
            kept.pages.append(&mut next.pages);
        }
        same
    });
    Taxonomy { kind: kind.clone(), lang: lang.to_owned(), permalink: config.permalink(&path), path, terms }
}
