//! Lists of pages over several pages.

use serde_json::{Value, json};

use super::{Section, Site, Writer, failed, redirect, set};
use crate::error::Error;
use crate::zola::Rendered;

/// What is paginated.
pub(super) struct Pagination<'p> {
    pub(super) permalink: &'p str,
    pub(super) path: &'p str,
    pub(super) lang: &'p str,
    /// The folder of the second page and those after it; none if it is empty.
    pub(super) folder: &'p str,
    pub(super) template: &'p str,
    /// Pages a page, at least one.
    pub(super) count: usize,
    /// Indexes of pages.
    pub(super) pages: Vec<usize>,
    /// What templates see besides `paginator`.
    pub(super) also: Vec<(&'static str, Value)>,
}

/// Writes a section's pages.
pub(super) fn write_section(
    site: &Site,
    rendered: &Rendered,
    writer: &mut Writer<'_>,
    section: &Section,
    count: usize,
) -> Result<(), Error> {
    let mut pages = section.pages.clone();
    if section.meta.paginate_reversed {
        pages.reverse();
    }
    let pagination = Pagination {
        permalink: &section.source.permalink,
        path: &section.source.path,
        lang: &section.source.lang,
        folder: &section.meta.paginate_path,
        template: section.template(),
        count,
        pages,
        also: vec![("section", rendered.values.section(&rendered.library, section, false))],
    };
    write(site, rendered, writer, &pagination, &|why| failed(&section.source, why))
}

/// Writes all pages; the first also has a page of its number, which leads to it.
pub(super) fn write(
    site: &Site,
    rendered: &Rendered,
    writer: &mut Writer<'_>,
    pagination: &Pagination<'_>,
    failed: &dyn Fn(&str) -> Error,
) -> Result<(), Error> {
    let chunks: Vec<&[usize]> = match pagination.pages.len() {
        0 => vec![&[]],
        _ => pagination.pages.chunks(pagination.count).collect(),
    };
    let below = |number: usize| match pagination.folder {
        "" => format!("{number}/"),
        folder => format!("{folder}/{number}/"),
    };
    let permalink = |number: usize| match number {
        1 => pagination.permalink.to_owned(),
        _ => format!("{}{}", pagination.permalink, below(number)),
    };
    let path = |number: usize| match number {
        1 => pagination.path.to_owned(),
        _ => format!("{}{}", pagination.path, below(number)),
    };
    let base = match pagination.folder {
        "" => pagination.permalink.to_owned(),
        folder => format!("{}{folder}/", pagination.permalink),
    };
    let mut context = site.context(pagination.lang);
    for (name, value) in &pagination.also {
        context.insert(*name, value);
    }
    for (chunk, number) in chunks.iter().zip(1..) {
        let paginator = json!({
            "paginate_by": pagination.count,
            "base_url": base,
            "first": pagination.permalink,
            "last": permalink(chunks.len()),
            "previous": (number > 1).then(|| permalink(number - 1)),
            "next": (number < chunks.len()).then(|| permalink(number + 1)),
            "number_pagers": chunks.len(),
            "current_index": number,
            "total_pages": pagination.pages.len(),
            "pages": rendered.values.pages(&rendered.library, chunk),
        });
        super::seed(&path(number));
        set(&mut context, "paginator", paginator);
        context.insert("current_url", &permalink(number));
        context.insert("current_path", &path(number));
        let text = site.engine().render(pagination.template, &context).map_err(|why| failed(&why))?;
        writer.write(&path(number), "index.html", text)?;
        if number == 1 {
            let numbered = format!("{}{}", pagination.path, below(1));
            writer.write(&numbered, "index.html", redirect(site, pagination.permalink)?)?;
        }
    }
    Ok(())
}
