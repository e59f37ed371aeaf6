//! Atom and RSS feeds, or whatever else templates of their names make.

use serde_json::{Value, json};

use super::engine::set;
use super::write::Writer;
use super::{Rendered, Site};
use crate::error::Error;

/// Writes the feeds of the whole site, one set a language.
pub(crate) fn write_all(site: &Site, rendered: &Rendered, writer: &mut Writer<'_>) -> Result<(), Error> {
    for (lang, language) in &site.config.languages {
        if language.generate_feeds {
            let pages = &rendered.library.pages;
            let own = (0..pages.len()).filter(|&at| pages[at].source.lang == *lang);
            let folder = if *lang == site.config.default_language { "" } else { lang };
            write(site, rendered, writer, own, folder, lang, &[])?;
        }
    }
    Ok(())
}

/// Writes the feeds of some pages into a folder. `also` is what templates see besides.
pub(crate) fn write(
    site: &Site,
    rendered: &Rendered,
    writer: &mut Writer<'_>,
    pages: impl Iterator<Item = usize>,
    folder: &str,
    lang: &str,
    also: &[(&str, &Value)],
) -> Result<(), Error> {
    let library = &rendered.library;
    let dated = library.dated(pages);
    let newest = dated.first().and_then(|&at| library.pages[at].meta.date.as_ref());
    let updated = dated.iter().filter_map(|&at| library.pages[at].meta.updated.as_ref());
    let last_updated = updated.chain(newest).map(|date| &date.text).max();
    let shown = &dated[..site.config.feed_limit.unwrap_or(dated.len()).min(dated.len())];
    let mut context = site.context(lang);
    if let Some(last_updated) = last_updated {
        context.insert("last_updated", last_updated);
    }
    set(&mut context, "pages", rendered.values.pages(library, shown));
    for (name, value) in also {
        context.insert(*name, value);
    }
    for name in &site.config.language(lang).feed_filenames {
        let path =
            if folder.is_empty() { name.clone() } else { format!("{}/{name}", folder.trim_matches('/')) };
        let url = site.config.permalink(&path);
        context.insert("feed_url", &json!(url));
        let feed = site.engine().render(name, &context);
        let feed = feed.map_err(|why| Error::InvalidTemplate(format!("feed `{path}`: {why}")))?;
        writer.write(folder, name, feed)?;
    }
    Ok(())
}
