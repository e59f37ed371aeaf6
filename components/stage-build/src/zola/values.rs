//! Pages, sections and taxonomies as templates see them.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::content::{Page, Section, Source};
use super::library::Library;
use super::taxonomy::{Taxonomy, Term};

/// Values of all pages, each made once.
#[derive(Debug)]
pub(crate) struct Values {
    pages: Vec<OnceLock<Value>>,
}

impl Values {
    /// None is made yet.
    pub(crate) fn new(library: &Library) -> Self {
        Self { pages: library.pages.iter().map(|_| OnceLock::new()).collect() }
    }

    /// A page by itself.
    pub(crate) fn page(&self, library: &Library, at: usize) -> &Value {
        self.pages[at].get_or_init(|| page(&library.pages[at], Some(library)))
    }

    /// A page with those before and after it.
    pub(crate) fn page_with_siblings(&self, library: &Library, at: usize) -> Value {
        let mut value = self.page(library, at).clone();
        let page = &library.pages[at];
        for (name, sibling) in [("lower", page.lower), ("higher", page.higher)] {
            if let Some(sibling) = sibling {
                value[name] = self.page(library, sibling).clone();
            }
        }
        value
    }

    /// Pages by themselves.
    pub(crate) fn pages(&self, library: &Library, pages: &[usize]) -> Value {
        pages.iter().map(|&at| self.page(library, at).clone()).collect()
    }

    /// A section, with its pages if asked for.
    pub(crate) fn section(&self, library: &Library, section: &Section, with_pages: bool) -> Value {
        let mut value = self::section(section, Some(library));
        if with_pages {
            value["pages"] = section.pages.iter().map(|&at| self.page_with_siblings(library, at)).collect();
        }
        value
    }

    /// A term, with its pages if asked for.
    pub(crate) fn term(&self, library: &Library, term: &Term, with_pages: bool) -> Value {
        json!({
            "name": term.name,
            "slug": term.slug,
            "path": term.path,
            "permalink": term.permalink,
            "pages": if with_pages { self.pages(library, &term.pages) } else { json!([]) },
            "page_count": term.pages.len(),
        })
    }

    /// Terms with their pages.
    pub(crate) fn terms(&self, library: &Library, taxonomy: &Taxonomy) -> Value {
        taxonomy.terms.iter().map(|term| self.term(library, term, true)).collect()
    }

    /// A taxonomy with all its terms.
    pub(crate) fn taxonomy(&self, library: &Library, taxonomy: &Taxonomy) -> Value {
        json!({
            "kind": taxonomy.kind,
            "lang": taxonomy.lang,
            "permalink": taxonomy.permalink,
            "items": self.terms(library, taxonomy),
        })
    }
}

/// A page. Without a library it knows of no other: so shortcodes see it, while Markdown is rendered.
pub(crate) fn page(page: &Page, library: Option<&Library>) -> Value {
    let meta = &page.meta;
    let day = meta.date.as_ref().map(super::front_matter::Date::day);
    let mut value = common(&page.source, library);
    let own = json!({
        "slug": page.slug,
        "title": meta.title,
        "description": meta.description,
        "updated": meta.updated.as_ref().map(|date| &date.text),
        "date": meta.date.as_ref().map(|date| &date.text),
        "year": day.map(|day| day.0),
        "month": day.map(|day| day.1),
        "day": day.map(|day| day.2),
        "taxonomies": meta.taxonomies,
        "authors": meta.authors,
        "extra": meta.extra,
        "summary": page.source.rendered.summary,
        "assets": page.source.assets.iter().map(|path| format!("/{}", path.display())).collect::<Vec<_>>(),
        "draft": meta.draft,
        "lower": null,
        "higher": null,
    });
    extend(&mut value, own);
    Value::Object(value)
}

/// A section without its pages.
pub(crate) fn section(section: &Section, library: Option<&Library>) -> Value {
    let meta = &section.meta;
    let names = section.source.assets.iter().filter_map(|path| path.file_name());
    let assets: Vec<_> =
        names.map(|name| format!("{}{}", section.source.path, name.to_string_lossy())).collect();
    let mut value = common(&section.source, library);
    let own = json!({
        "draft": meta.draft,
        "title": meta.title,
        "description": meta.description,
        "extra": meta.extra,
        "assets": assets,
        "pages": [],
        "subsections": if library.is_some() { json!(section.subsections) } else { json!([]) },
        "generate_feeds": meta.generate_feeds,
        "transparent": meta.transparent,
        "paginate_by": meta.paginate_by,
        "paginate_reversed": meta.paginate_reversed,
    });
    extend(&mut value, own);
    Value::Object(value)
}

fn extend(value: &mut Map<String, Value>, own: Value) {
    if let Value::Object(own) = own {
        value.extend(own);
    }
}

fn common(source: &Source, library: Option<&Library>) -> Map<String, Value> {
    let translations = library.into_iter().flat_map(|library| {
        library.translations(source).iter().filter_map(|file| {
            let other = library.source(file)?;
            let path = format!("content/{file}");
            Some(json!({
                "lang": other.lang, "permalink": other.permalink, "title": library.title(file), "path": path
            }))
        })
    });
    let backlinks = library.into_iter().flat_map(|library| {
        library.backlinks(source).into_iter().filter_map(|file| {
            let other = library.source(file)?;
            Some(json!({ "permalink": other.permalink, "title": library.title(file) }))
        })
    });
    let translations: Value = translations.collect();
    let backlinks: Value = backlinks.collect();
    let Value::Object(map) = json!({
        "relative_path": source.file,
        "colocated_path": source.colocated,
        "content": source.rendered.body,
        "permalink": source.permalink,
        "ancestors": source.ancestors,
        "path": source.path,
        "components": source.url_components(),
        "toc": source.rendered.toc,
        "word_count": source.words,
        "reading_time": source.reading_minutes(),
        "lang": source.lang,
        "translations": translations,
        "backlinks": backlinks,
    }) else {
        unreachable!("an object is written above");
    };
    map
}
