use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr as _;

use mdbook_core::config::{Config, HtmlConfig};
use serde::Deserialize;

use super::why;
use crate::error::Error;
use crate::{Place, files};

/// What mdBook brings with it.
const OWN_PREPROCESSORS: &[&str] = &["links", "index"];
const OWN_RENDERERS: &[&str] = &["html", "markdown"];

/// A table of `[preprocessor]` or `[output]`.
#[derive(Debug, Deserialize)]
struct External {
    command: Option<String>,
    #[serde(default)]
    optional: bool,
    renderers: Option<Vec<String>>,
}

/// The book's configuration, made fit for this stage: HTML alone is rendered, into the artifact's folder;
/// nothing is renamed and no chapter made up unless the book asks for it.
pub(super) fn load(place: &Place) -> Result<Config, Error> {
    let path = Path::new("book.toml");
    let shown = place.show(&place.root.join(path));
    let text = if place.root.join(path).is_file() { files::read_text(place, path)? } else { String::new() };
    let invalid =
        |error: anyhow::Error| Error::InvalidConfig { file: shown.clone(), why: why(place, &error) };
    let mut config = Config::from_str(&text).map_err(invalid)?;
    let mut html = config.get::<HtmlConfig>("output.html").map_err(invalid)?.unwrap_or_default();
    if !config.contains_key("output.html.hash-files") {
        html.hash_files = false;
    }
    if !asks_for_missing_chapters(&text) {
        config.build.create_missing = false;
    }
    check_files(place, &html)?;
    check_renderers(&shown, &config.outputs().map_err(invalid)?)?;
    let skipped = check_preprocessors(&shown, &config.preprocessors().map_err(invalid)?)?;
    for name in skipped {
        config.set(format!("preprocessor.{name}.renderers"), Vec::<String>::new()).map_err(invalid)?;
    }
    config.build.build_dir.clone_from(&place.out);
    config.set("output", BTreeMap::from([("html", html)])).map_err(invalid)?;
    Ok(config)
}

/// mdBook makes up missing chapters by default, which would hide a mistake here. Only the book's own
/// word makes it so.
fn asks_for_missing_chapters(text: &str) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "kebab-case")]
    struct Build {
        create_missing: bool,
    }
    #[derive(Deserialize)]
    struct Book {
        #[serde(default)]
        build: Build,
    }
    toml::from_str::<Book>(text).is_ok_and(|book| book.build.create_missing)
}

fn check_renderers(config: &str, outputs: &BTreeMap<String, External>) -> Result<(), Error> {
    for (name, table) in outputs {
        if OWN_RENDERERS.contains(&name.as_str()) {
            continue;
        }
        if !table.optional {
            let command = command(name, table);
            return Err(Error::UnsupportedRenderer(format!(
                "renderer `{name}` of `{config}` is the external command `{command}`, which a stage cannot run: hint: remove `[output.{name}]`, or set `optional = true` in it to go without"
            )));
        }
        note(&format!("renderer `{name}` is an external command and optional: left out"));
    }
    if !outputs.is_empty() && !outputs.contains_key("html") && outputs.keys().all(|name| name == "markdown") {
        return Err(Error::UnsupportedRenderer(format!(
            "`{config}` asks for Markdown alone: hint: add `[output.html]`"
        )));
    }
    Ok(())
}

/// The optional ones that are left out.
fn check_preprocessors(config: &str, tables: &BTreeMap<String, External>) -> Result<Vec<String>, Error> {
    let mut skipped = Vec::new();
    for (name, table) in tables {
        let for_html = table.renderers.as_ref().is_none_or(|names| names.iter().any(|one| one == "html"));
        if OWN_PREPROCESSORS.contains(&name.as_str()) || !for_html {
            continue;
        }
        if !table.optional {
            return Err(Error::UnsupportedPreprocessor {
                config: config.to_owned(),
                name: name.clone(),
                command: command(name, table),
            });
        }
        note(&format!("preprocessor `{name}` is an external command and optional: left out"));
        skipped.push(name.clone());
    }
    Ok(skipped)
}

fn command(name: &str, table: &External) -> String {
    table.command.clone().unwrap_or_else(|| format!("mdbook-{name}"))
}

/// Every file that the configuration names must be there, and below the book's folder.
fn check_files(place: &Place, html: &HtmlConfig) -> Result<(), Error> {
    let styles = html.additional_css.iter().map(|path| ("additional-css", path));
    let scripts = html.additional_js.iter().map(|path| ("additional-js", path));
    for (what, path) in styles.chain(scripts) {
        let shown = path.display().to_string();
        let Some(clean) = files::relative(&shown) else {
            return Err(Error::UnsafePath { what, path: shown });
        };
        let full = place.root.join(clean);
        if !full.is_file() {
            return Err(Error::MissingFile(format!(
                "`{}` of `{what}` does not exist: hint: its path is relative to `book.toml`",
                place.show(&full)
            )));
        }
    }
    for original in html.redirect.keys() {
        if files::relative(original.trim_start_matches('/')).is_none() {
            return Err(Error::UnsafePath { what: "redirect", path: original.clone() });
        }
    }
    if let Some(theme) = html.theme.as_ref().filter(|theme| !place.root.join(theme).is_dir()) {
        let shown = place.show(&place.root.join(theme));
        return Err(Error::InvalidTheme(format!("the theme's folder `{shown}` does not exist")));
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn note(text: &str) {
    println!("{text}");
}
