//! Pages of taxonomies and their terms.

use serde_json::json;

use super::paginate::{self, Pagination};
use super::{Site, Writer, seed, set};
use crate::error::Error;
use crate::zola::taxonomy::{Taxonomy, Term};
use crate::zola::{Rendered, feeds};

/// Writes all of them. All that is wrong is told at once.
pub(crate) fn write(site: &Site, rendered: &Rendered, writer: &mut Writer<'_>) -> Result<(), Error> {
    let mut errors = Vec::new();
    for taxonomy in
        site.taxonomies.iter().filter(|taxonomy| taxonomy.kind.render && !taxonomy.terms.is_empty())
    {
        errors.extend(write_list(site, rendered, writer, taxonomy).err());
        for term in &taxonomy.terms {
            errors.extend(write_term(site, rendered, writer, taxonomy, term).err());
        }
    }
    Error::all(errors)
}

/// The taxonomy's own template, or the one for all of them.
fn template(site: &Site, taxonomy: &Taxonomy, own: &str, all: &str) -> String {
    site.engine().find(&format!("{}/{own}", taxonomy.kind.name)).unwrap_or_else(|| all.to_owned())
}

fn write_list(
    site: &Site,
    rendered: &Rendered,
    writer: &mut Writer<'_>,
    taxonomy: &Taxonomy,
) -> Result<(), Error> {
    seed(&taxonomy.path);
    let mut context = site.context(&taxonomy.lang);
    set(&mut context, "terms", rendered.values.terms(&rendered.library, taxonomy));
    context.insert("taxonomy", &taxonomy.kind);
    context.insert("current_url", &taxonomy.permalink);
    context.insert("current_path", &taxonomy.path);
    let template = template(site, taxonomy, "list.html", "taxonomy_list.html");
    let text = site.engine().render(&template, &context).map_err(|why| failed(taxonomy, &why))?;
    writer.write(&taxonomy.path, "index.html", text)
}

fn write_term(
    site: &Site,
    rendered: &Rendered,
    writer: &mut Writer<'_>,
    taxonomy: &Taxonomy,
    term: &Term,
) -> Result<(), Error> {
    seed(&term.path);
    let kind = json!(taxonomy.kind);
    let template = template(site, taxonomy, "single.html", "taxonomy_single.html");
    let value = rendered.values.term(&rendered.library, term, true);
    if let Some(count) = taxonomy.kind.paginate_by.filter(|&count| count > 0) {
        let pages = term.pages.iter().copied().filter(|&at| rendered.library.pages[at].meta.render);
        let pagination = Pagination {
            permalink: &term.permalink,
            path: &term.path,
            lang: &taxonomy.lang,
            folder: taxonomy.kind.paginate_path.as_deref().unwrap_or("page"),
            template: &template,
            count,
            pages: pages.collect(),
            also: vec![("taxonomy", kind.clone()), ("term", value)],
        };
        paginate::write(site, rendered, writer, &pagination, &|why| failed(taxonomy, why))?;
    } else {
        let mut context = site.context(&taxonomy.lang);
        set(&mut context, "term", value);
        context.insert("taxonomy", &kind);
        context.insert("current_url", &term.permalink);
        context.insert("current_path", &term.path);
        let text = site.engine().render(&template, &context).map_err(|why| failed(taxonomy, &why))?;
        writer.write(&term.path, "index.html", text)?;
    }
    if taxonomy.kind.feed {
        let short = json!({ "name": term.name, "slug": term.slug, "permalink": term.permalink });
        let also = [("taxonomy", &kind), ("term", &short)];
        feeds::write(site, rendered, writer, term.pages.iter().copied(), &term.path, &taxonomy.lang, &also)?;
    }
    Ok(())
}

fn failed(taxonomy: &Taxonomy, why: &str) -> Error {
    Error::InvalidTemplate(format!("taxonomy `{}`: {why}", taxonomy.kind.name))
}
