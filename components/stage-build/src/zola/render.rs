//! Renders pages, sections and taxonomies with their templates.

mod paginate;
mod taxonomies;

use std::path::Path;

use super::content::{Page, Section, Source};
use super::engine::set;
use super::functions::seed;
use super::write::Writer;
use super::{Rendered, Site, feeds};
use crate::error::Error;

pub(crate) use taxonomies::write as write_taxonomies;

/// The version whose templates are understood, as templates ask for it.
const ZOLA_VERSION: &str = "0.22.1";

/// Writes pages that lead from aliases to where things are now.
pub(crate) fn write_aliases(site: &Site, rendered: &Rendered, writer: &mut Writer<'_>) -> Result<(), Error> {
    let library = &rendered.library;
    let pages = library.pages.iter().map(|page| (&page.meta.aliases, &page.source.permalink));
    let sections =
        library.sections.values().map(|section| (&section.meta.aliases, &section.source.permalink));
    for (aliases, permalink) in pages.chain(sections) {
        for alias in aliases {
            let text = redirect(site, permalink)?;
            match alias.rsplit_once('/').unwrap_or(("", alias)) {
                (folder, name) if name.ends_with(".html") => writer.write(folder, name, text)?,
                _ => writer.write(alias, "index.html", text)?,
            }
        }
    }
    Ok(())
}

fn redirect(site: &Site, permalink: &str) -> Result<String, Error> {
    site.engine().redirect(permalink).map_err(Error::InvalidTemplate)
}

/// Writes all sections with their pages, and pages that are in none. All that is wrong is told at once.
pub(crate) fn write_content(site: &Site, rendered: &Rendered, writer: &mut Writer<'_>) -> Result<(), Error> {
    let mut errors = Vec::new();
    let mut done = vec![false; rendered.library.pages.len()];
    for section in rendered.library.sections.values() {
        for &at in &section.pages {
            if !std::mem::replace(&mut done[at], true) {
                errors.extend(write_page(site, rendered, writer, at).err());
            }
        }
        errors.extend(write_section(site, rendered, writer, section).err());
    }
    for at in rendered.library.orphans() {
        if !done[at] {
            errors.extend(write_page(site, rendered, writer, at).err());
        }
    }
    Error::all(errors)
}

fn write_page(site: &Site, rendered: &Rendered, writer: &mut Writer<'_>, at: usize) -> Result<(), Error> {
    let page: &Page = &rendered.library.pages[at];
    if !page.meta.render {
        return Ok(());
    }
    seed(&page.source.path);
    let mut context = site.context(&page.source.lang);
    context.insert("current_url", &page.source.permalink);
    context.insert("current_path", &page.source.path);
    context.insert("zola_version", ZOLA_VERSION);
    set(&mut context, "page", rendered.values.page_with_siblings(&rendered.library, at));
    let template = page.meta.template.as_deref().unwrap_or("page.html");
    let text = site.engine().render(template, &context).map_err(|why| failed(&page.source, &why))?;
    writer.write(&page.source.path, "index.html", text)?;
    copy_assets(site, writer, &page.source)
}

fn write_section(
    site: &Site,
    rendered: &Rendered,
    writer: &mut Writer<'_>,
    section: &Section,
) -> Result<(), Error> {
    let source = &section.source;
    if section.meta.generate_feeds {
        let value = rendered.values.section(&rendered.library, section, true);
        let pages = section.pages.iter().copied();
        feeds::write(site, rendered, writer, pages, &source.path, &source.lang, &[("section", &value)])?;
    }
    copy_assets(site, writer, source)?;
    if !section.meta.render {
        return Ok(());
    }
    seed(&source.path);
    if let Some(target) = &section.meta.redirect_to {
        let is_external = target.starts_with("http://") || target.starts_with("https://");
        let url = if is_external { target.clone() } else { site.config.permalink(target) };
        return writer.write(&source.path, "index.html", redirect(site, &url)?);
    }
    if let Some(count) = section.paginate_by() {
        return paginate::write_section(site, rendered, writer, section, count);
    }
    let mut context = site.context(&source.lang);
    context.insert("current_url", &source.permalink);
    context.insert("current_path", &source.path);
    context.insert("zola_version", ZOLA_VERSION);
    set(&mut context, "section", rendered.values.section(&rendered.library, section, true));
    let text = site.engine().render(section.template(), &context).map_err(|why| failed(source, &why))?;
    writer.write(&source.path, "index.html", text)
}

fn failed(source: &Source, why: &str) -> Error {
    Error::InvalidTemplate(format!("`content/{}`: {why}", source.file))
}

/// Copies files that stand beside a page or section to where its page is.
fn copy_assets(site: &Site, writer: &mut Writer<'_>, source: &Source) -> Result<(), Error> {
    let folder = Path::new(source.folder());
    let target = crate::files::relative(source.path.trim_matches('/'))
        .ok_or_else(|| Error::UnsafePath { what: "path", path: source.path.clone() })?;
    for asset in &source.assets {
        let below = asset.strip_prefix(folder).unwrap_or(asset);
        writer.copy(&site.place.root.join("content").join(asset), &target.join(below))?;
    }
    Ok(())
}

/// Writes `404.html` and `robots.txt`.
pub(crate) fn write_special(site: &Site, writer: &mut Writer<'_>) -> Result<(), Error> {
    let context = site.context(&site.config.default_language);
    let names = [("404.html", true), ("robots.txt", site.config.generate_robots_txt)];
    for (name, _) in names.into_iter().filter(|(_, wanted)| *wanted) {
        seed(name);
        let text = site.engine().render(name, &context);
        writer.write("", name, text.map_err(|why| Error::InvalidTemplate(format!("`{name}`: {why}")))?)?;
    }
    Ok(())
}
