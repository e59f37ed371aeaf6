//! Templates: the site's, its theme's, and those that every site has.

mod guard;

use std::collections::BTreeMap;
use std::path::Path;

use tera::{Context, Map, Template, Tera, Value};

use super::config::Config;
use super::library::Library;
use crate::error::Error;
use crate::{Place, files};

/// The folder of the names of templates that every site has.
const BUILTIN: &str = "__zola_builtins";

/// Templates that every site has, unless it or its theme has one of the name.
const BUILTINS: &[(&str, &str)] = &[
    ("404.html", include_str!("builtin/404.html")),
    ("anchor-link.html", include_str!("builtin/anchor-link.html")),
    ("atom.xml", include_str!("builtin/atom.xml")),
    ("robots.txt", include_str!("builtin/robots.txt")),
    ("rss.xml", include_str!("builtin/rss.xml")),
    ("sitemap.xml", include_str!("builtin/sitemap.xml")),
    ("split_sitemap_index.xml", include_str!("builtin/split_sitemap_index.xml")),
    ("summary-cutoff.html", include_str!("builtin/summary-cutoff.html")),
];

/// The page that leads on to another.
const ALIAS: &str = "internal/alias.html";

/// What is rendered for a page for which there is no template at all.
const MISSING: &str = include_str!("builtin/missing.html");

/// All templates.
#[derive(Debug)]
pub(crate) struct Engine {
    tera: Tera,
}

impl Engine {
    /// Reads all templates. All that don't parse are told at once.
    pub(crate) fn load(place: &Place, config: &Config) -> Result<Self, Error> {
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        for (name, text) in BUILTINS {
            sources.insert(format!("{BUILTIN}/{name}"), Source::builtin(text));
        }
        sources.insert(ALIAS.to_owned(), Source::builtin(include_str!("builtin/alias.html")));
        let own = read(place, Path::new("templates"))?;
        if let Some(theme) = &config.theme {
            let folder = Path::new("themes").join(theme).join("templates");
            let prefix = format!("{theme}/templates/");
            let theirs = read(place, &folder)?;
            // Templates that replace one of the theme's may extend it by its longer name.
            let longer = own.values().chain(theirs.values()).any(|source| source.text.contains(&prefix));
            for (name, source) in theirs {
                if longer {
                    sources.insert(format!("{prefix}{name}"), source.clone());
                }
                sources.insert(name, source);
            }
        }
        sources.extend(own);
        let mut tera = Tera::default();
        let mut errors = Vec::new();
        for (name, source) in &sources {
            match Template::new(name, None, &source.text) {
                Ok(template) => {
                    tera.templates.insert(name.clone(), template);
                }
                Err(error) => {
                    errors.push(Error::InvalidTemplate(format!("`{}`: {}", source.file, why(&error))));
                }
            }
        }
        Error::all(errors)?;
        guard::install(&mut tera);
        tera.build_inheritance_chains().map_err(|error| Error::InvalidTemplate(why(&error)))?;
        Ok(Self { tera })
    }

    /// For adding functions and filters.
    pub(crate) fn tera_mut(&mut self) -> &mut Tera {
        &mut self.tera
    }

    /// The names of all templates.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tera.templates.keys().map(String::as_str)
    }

    /// The name under which a template is to be had: the site's or the theme's, or one that every site has.
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        if self.tera.templates.contains_key(name) {
            return Some(name.to_owned());
        }
        Some(format!("{BUILTIN}/{name}")).filter(|builtin| self.tera.templates.contains_key(builtin))
    }

    /// Renders a template. What is wrong is one line.
    pub(crate) fn render(&self, name: &str, context: &Context) -> Result<String, String> {
        let found = self.find(name);
        let template = match (&found, name) {
            (Some(found), _) => found,
            (None, "index.html" | "section.html" | "page.html") => return Ok(missing(name)),
            (None, _) => return Err(format!("there is no template `{name}`: hint: add `templates/{name}`")),
        };
        let _depth = guard::begin();
        self.tera.render(template, context).map_err(|error| why(&error))
    }

    /// A page that leads on to `url`.
    pub(crate) fn redirect(&self, url: &str) -> Result<String, String> {
        let mut context = Context::new();
        context.insert("url", url);
        self.render(ALIAS, &context)
    }
}

fn missing(name: &str) -> String {
    MISSING.replace("{name}", name)
}

/// A template's text, and the file that it is in.
#[derive(Debug, Clone)]
struct Source {
    file: String,
    text: String,
}

impl Source {
    fn builtin(text: &str) -> Self {
        Self { file: BUILTIN.to_owned(), text: text.to_owned() }
    }
}

/// The templates of a folder, by their names.
fn read(place: &Place, folder: &Path) -> Result<BTreeMap<String, Source>, Error> {
    let mut sources = BTreeMap::new();
    if !place.root.join(folder).is_dir() {
        return Ok(sources);
    }
    for path in files::below(&place.root.join(folder))? {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !(extension.ends_with("ml") || matches!(extension, "md" | "txt" | "json" | "ics")) {
            continue;
        }
        let name = path.to_string_lossy().replace('\\', "/");
        let path = folder.join(&path);
        let file = place.show(&place.root.join(&path));
        sources.insert(name, Source { file, text: files::read_text(place, &path)? });
    }
    Ok(sources)
}

/// An error and its causes, as one line.
pub(crate) fn why(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        for line in error.to_string().lines() {
            // The parser draws where it stopped, under a line that says it in numbers.
            let line = line.trim().trim_end_matches('.').trim_start_matches("--> ").trim_start_matches("= ");
            let drawing = line.is_empty()
                || line == "|"
                || line
                    .split_once('|')
                    .is_some_and(|(left, _)| left.trim().chars().all(|c| c.is_ascii_digit()));
            if !drawing && parts.last().is_none_or(|last| last != line) {
                parts.push(line.to_owned());
            }
        }
        next = error.source();
    }
    parts.join(": ")
}

/// Puts a value into a context without copying it.
pub(crate) fn set(context: &mut Context, name: &str, value: Value) {
    let one = Value::Object(Map::from_iter([(name.to_owned(), value)]));
    // It fails for what is no object alone.
    if let Ok(one) = Context::from_value(one) {
        context.extend(one);
    }
}

/// The context of a page in a language, less what is the page's own.
pub(crate) fn context(config: Value, lang: &str) -> Context {
    let mut context = Context::new();
    set(&mut context, "config", config);
    context.insert("lang", lang);
    context
}

/// What `now()` gives: the newest date of the site's pages, so that the same site is always the same.
pub(crate) fn now(library: &Library) -> chrono::DateTime<chrono::FixedOffset> {
    library.newest().unwrap_or_default()
}
