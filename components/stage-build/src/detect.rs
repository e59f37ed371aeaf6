//! Finds out what kind of site a folder is.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::{Generator, Place, files, zola};

/// Files that other generators leave in a site's folder.
const OTHERS: &[(&str, &str)] = &[
    ("hugo.toml", "Hugo"),
    ("hugo.yaml", "Hugo"),
    ("hugo.json", "Hugo"),
    ("_config.yml", "Jekyll"),
    ("mkdocs.yml", "MkDocs"),
    ("docusaurus.config.js", "Docusaurus"),
    ("docusaurus.config.ts", "Docusaurus"),
    ("astro.config.mjs", "Astro"),
    ("astro.config.ts", "Astro"),
    ("next.config.js", "Next.js"),
    ("next.config.mjs", "Next.js"),
    ("next.config.ts", "Next.js"),
    ("vite.config.js", "Vite"),
    ("vite.config.ts", "Vite"),
    ("eleventy.config.js", "Eleventy"),
    (".eleventy.js", "Eleventy"),
    ("gatsby-config.js", "Gatsby"),
];

/// What the site's folder is.
pub(crate) fn detect(place: &Place) -> Result<Generator, Error> {
    if place.root.join("book.toml").is_file() {
        return Ok(Generator::Mdbook);
    }
    if zola::config_file(&place.root).is_some() {
        return Ok(Generator::Zola);
    }
    if let Some((marker, name)) = OTHERS.iter().find(|(marker, _)| place.root.join(marker).is_file()) {
        let marker = place.show(&place.root.join(marker));
        return Err(Error::UnsupportedGenerator { marker, name });
    }
    if place.root.join("index.html").is_file() {
        return Ok(Generator::Html);
    }
    let found = files::of_site(place)?;
    let at_top = |path: &Path| path.components().count() == 1;
    if let Some(inner) = inner_site(&found) {
        // A README beside `public/index.html` is not the site.
        if !found.iter().any(|path| at_top(path) && files::is_markdown(path) && !is_readme(path)) {
            return Err(nothing(
                place,
                &format!(
                    "`{}` is there: set the parameter `root` to `{}`",
                    inner.display(),
                    place.show(&place.root.join(inner.parent().unwrap_or(Path::new(""))))
                ),
            ));
        }
    }
    if found.iter().any(|path| files::is_markdown(path)) {
        return Ok(Generator::Markdown);
    }
    if found.iter().any(|path| files::is_html(path)) {
        return Ok(Generator::Html);
    }
    Err(nothing(
        place,
        "add a `book.toml` (mdBook), a `zola.toml` with `base_url` (Zola), an `index.html`, or Markdown pages, or name the site's folder by the parameter `root`",
    ))
}

/// That there is nothing, and what could be done.
pub(crate) fn nothing(place: &Place, hint: &str) -> Error {
    Error::NothingToBuild { root: place.show(&place.root), hint: hint.to_owned() }
}

/// The site that a folder below seems to be: its `book.toml` or `index.html`, the topmost first.
fn inner_site(found: &[PathBuf]) -> Option<&PathBuf> {
    found
        .iter()
        .filter(|path| {
            path.file_name().is_some_and(|name| name == "book.toml" || name == "index.html")
                && !path.starts_with("node_modules")
        })
        .min_by_key(|path| path.components().count())
}

fn is_readme(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| {
        ["readme", "license", "changelog", "contributing"]
            .iter()
            .any(|name| stem.to_string_lossy().eq_ignore_ascii_case(name))
    })
}
