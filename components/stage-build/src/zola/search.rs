//! The search index.

use elasticlunr::{IndexBuilder, lang};
use html5gum::{Token, Tokenizer};
use serde_json::{Map, Value, json};

use super::config::Search;
use super::content::Source;
use super::library::Library;
use super::write::Writer;
use super::{Rendered, Site};
use crate::error::Error;

/// elasticlunr 0.9.5 by Wei Song and Oliver Nightingale, MIT licence: what reads the index in the browser.
const ELASTICLUNR: &str = include_str!("search/elasticlunr.min.js");

/// Elements whose text nobody sees.
const HIDDEN: [&[u8]; 4] = [b"script", b"style", b"noscript", b"template"];

/// Writes the index of every language that wants one.
pub(crate) fn write(site: &Site, rendered: &Rendered, writer: &mut Writer<'_>) -> Result<(), Error> {
    let config = &site.config;
    let format = config.search().index_format;
    let mut any = false;
    for (lang, language) in &config.languages {
        if !language.build_search_index {
            continue;
        }
        any = true;
        let items = items(&rendered.library, lang);
        // What a language does not set, it has from the site.
        let search = if language.search == Search::default() { config.search() } else { &language.search };
        let index =
            if format.is_elasticlunr() { elasticlunr(lang, search, &items)? } else { fuse(search, &items) };
        let (extension, text) = if format.is_script() {
            ("js", format!("window.searchIndex = {index};"))
        } else {
            ("json", index)
        };
        writer.write("", &format!("search_index.{lang}.{extension}"), text)?;
    }
    if any && format.is_elasticlunr() {
        writer.write("", "elasticlunr.min.js", ELASTICLUNR.to_owned())?;
    }
    Ok(())
}

/// A page or section that can be found.
struct Item<'l> {
    source: &'l Source,
    title: &'l str,
    description: &'l str,
    date: Option<String>,
}

fn items<'l>(library: &'l Library, lang: &str) -> Vec<Item<'l>> {
    let mut items = Vec::new();
    for section in library.sections.values() {
        if section.source.lang != lang || !section.meta.in_search_index {
            continue;
        }
        if section.meta.redirect_to.is_none() {
            items.push(Item {
                source: &section.source,
                title: section.meta.title.as_deref().unwrap_or_default(),
                description: section.meta.description.as_deref().unwrap_or_default(),
                date: None,
            });
        }
        for page in
            section.pages.iter().map(|&at| &library.pages[at]).filter(|page| page.meta.in_search_index)
        {
            items.push(Item {
                source: &page.source,
                title: page.meta.title.as_deref().unwrap_or_default(),
                description: page.meta.description.as_deref().unwrap_or_default(),
                date: page.meta.date.as_ref().map(|date| date.time.to_rfc3339()),
            });
        }
    }
    items
}

fn elasticlunr(code: &str, search: &Search, items: &[Item<'_>]) -> Result<String, Error> {
    let language = lang::from_code(code).ok_or_else(|| Error::InvalidConfig {
        file: "the search index".to_owned(),
        why: format!(
            "there is none for language `{code}`: hint: set `build_search_index = false` for it, or use Fuse"
        ),
    })?;
    let mut builder = IndexBuilder::with_language(language);
    for (wanted, name) in [
        (search.include_title, "title"),
        (search.include_description, "description"),
        (search.include_date, "date"),
    ] {
        if wanted {
            builder = builder.add_field(name);
        }
    }
    if search.include_path {
        builder = builder.add_field_with_tokenizer("path", Box::new(path_words));
    }
    if search.include_content {
        builder = builder.add_field("body");
    }
    let mut index = builder.build();
    for item in items {
        let fields = [
            search.include_title.then(|| item.title.to_owned()),
            search.include_description.then(|| item.description.to_owned()),
            search.include_date.then(|| item.date.clone().unwrap_or_default()),
            search.include_path.then(|| item.source.path.clone()),
            search.include_content.then(|| body(search, item)),
        ];
        index.add_doc(&item.source.permalink, fields.into_iter().flatten());
    }
    // Maps within the index have no order of their own.
    let mut index =
        serde_json::to_value(&index).map_err(|error| Error::Failed(format!("the search index: {error}")))?;
    index.sort_all_objects();
    Ok(index.to_string())
}

fn path_words(path: &str) -> Vec<String> {
    path.split(|c: char| c.is_whitespace() || c == '-' || c == '/')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn fuse(search: &Search, items: &[Item<'_>]) -> String {
    let entries: Value = items
        .iter()
        .map(|item| {
            let mut entry = Map::new();
            entry.insert("url".to_owned(), json!(item.source.permalink));
            if search.include_title {
                entry.insert("title".to_owned(), json!(item.title));
            }
            if search.include_description {
                entry.insert("description".to_owned(), json!(item.description));
            }
            if search.include_content {
                entry.insert("body".to_owned(), json!(body(search, item)));
            }
            if search.include_path {
                entry.insert("path".to_owned(), json!(item.source.path));
            }
            Value::Object(entry)
        })
        .collect();
    entries.to_string()
}

fn body(search: &Search, item: &Item<'_>) -> String {
    let mut text = visible_text(&item.source.rendered.body);
    if let Some(limit) = search.truncate_content_length
        && let Some((end, _)) = text.char_indices().nth(limit)
    {
        text.truncate(end);
    }
    text
}

/// The text of HTML, line by line, without white space that nobody sees.
fn visible_text(html: &str) -> String {
    let mut text = Vec::with_capacity(html.len());
    let mut hidden: Option<Vec<u8>> = None;
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::String(part) if hidden.is_none() => text.extend_from_slice(&part),
            Token::StartTag(tag)
                if hidden.is_none() && HIDDEN.contains(&tag.name.as_slice()) && !tag.self_closing =>
            {
                hidden = Some(tag.name.to_vec());
            }
            Token::EndTag(tag) if hidden.as_deref() == Some(tag.name.as_slice()) => hidden = None,
            _ => {}
        }
    }
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(visible_text(html), expected);
    }

    #[test]
    fn text_is_what_is_seen() {
        check("<p>a  <b>b</b></p>\n\n<p>&lt;c&gt;</p>", "a b\n<c>");
        check("a<script>x < y</script> b<style>p{}</style>", "a b");
    }
}
