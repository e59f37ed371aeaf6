//! Pages, sections and taxonomies in templates.

use std::borrow::Cow;

use tera::{Error, Result, Value};

use super::{Arguments, Site};
use crate::zola::slugs;
use crate::zola::taxonomy::{Taxonomy, Term};

/// `get_page(path, lang)`
pub(super) fn get_page(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let file = file(site, arguments)?;
    let rendered = site.rendered().ok_or_else(|| too_early(arguments))?;
    let found = rendered.library.page_index(&file);
    let at = found.ok_or_else(|| arguments.error(&format!("there is no page `content/{file}`")))?;
    Ok(rendered.values.page_with_siblings(&rendered.library, at))
}

/// `get_section(path, lang, metadata_only)`
pub(super) fn get_section(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let file = file(site, arguments)?;
    let rendered = site.rendered().ok_or_else(|| too_early(arguments))?;
    let found = rendered.library.sections.get(&*file);
    let section = found.ok_or_else(|| arguments.error(&format!("there is no section `content/{file}`")))?;
    let with_pages = !arguments.flag("metadata_only", false)?;
    Ok(rendered.values.section(&rendered.library, section, with_pages))
}

/// `get_taxonomy(kind, lang, required)`
pub(super) fn get_taxonomy(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let rendered = site.rendered().ok_or_else(|| too_early(arguments))?;
    let found = taxonomy(site, arguments)?;
    Ok(found.map_or(Value::Null, |taxonomy| rendered.values.taxonomy(&rendered.library, taxonomy)))
}

/// `get_taxonomy_term(kind, term, lang, include_pages, required)`
pub(super) fn get_taxonomy_term(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let rendered = site.rendered().ok_or_else(|| too_early(arguments))?;
    let name = arguments.required("term")?;
    let Some(taxonomy) = taxonomy(site, arguments)? else { return Ok(Value::Null) };
    let found = taxonomy.terms.iter().find(|term| term.name == name);
    let Some(term) = required_term(arguments, taxonomy, name, found)? else { return Ok(Value::Null) };
    Ok(rendered.values.term(&rendered.library, term, arguments.flag("include_pages", true)?))
}

/// `get_taxonomy_url(kind, name, lang, required)`
pub(super) fn get_taxonomy_url(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let name = arguments.required("name")?;
    let Some(taxonomy) = taxonomy(site, arguments)? else { return Ok(Value::Null) };
    let slug = slugs::path(name, site.config.slugify.taxonomies);
    let found = taxonomy.terms.iter().find(|term| term.slug == slug);
    let found = required_term(arguments, taxonomy, name, found)?;
    Ok(found.map_or(Value::Null, |term| Value::String(term.permalink.clone())))
}

/// `trans(key, lang)`
pub(super) fn trans(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let key = arguments.required("key")?;
    let lang = arguments.text("lang")?.unwrap_or(&site.config.default_language);
    let Some(language) = site.config.languages.get(lang) else {
        return Err(arguments.error(&format!("language `{lang}` is not configured")));
    };
    let translated = language.translations.get(key);
    let translated =
        translated.ok_or_else(|| arguments.error(&format!("`{key}` has no translation in `{lang}`")))?;
    Ok(Value::String(translated.clone()))
}

/// The file that `path` names, in the language that `lang` names.
fn file<'a>(site: &Site, arguments: &Arguments<'a>) -> Result<Cow<'a, str>> {
    let path = arguments.required("path")?;
    match arguments.text("lang")? {
        Some(lang) if lang != site.config.default_language => {
            let (stem, extension) = path.rsplit_once('.').unwrap_or((path, "md"));
            Ok(Cow::Owned(format!("{stem}.{lang}.{extension}")))
        }
        _ => Ok(Cow::Borrowed(path)),
    }
}

fn taxonomy<'s>(site: &'s Site, arguments: &Arguments<'_>) -> Result<Option<&'s Taxonomy>> {
    let kind = arguments.required("kind")?;
    let lang = arguments.text("lang")?.unwrap_or(&site.config.default_language);
    let found = site.taxonomies.iter().find(|taxonomy| taxonomy.kind.name == kind && taxonomy.lang == lang);
    if found.is_none() && arguments.flag("required", true)? {
        return Err(arguments.error(&format!("there is no taxonomy `{kind}` in language `{lang}`")));
    }
    Ok(found)
}

fn required_term<'t>(
    arguments: &Arguments<'_>,
    taxonomy: &Taxonomy,
    name: &str,
    found: Option<&'t Term>,
) -> Result<Option<&'t Term>> {
    if found.is_none() && arguments.flag("required", true)? {
        return Err(arguments.error(&format!("taxonomy `{}` has no term `{name}`", taxonomy.kind.name)));
    }
    Ok(found)
}

fn too_early(arguments: &Arguments<'_>) -> Error {
    arguments.error("pages are not rendered yet: hint: a shortcode can't use it, a template of a page can")
}
