//! A site in Zola's layout, built as Zola 0.22 builds it: the same pages with the same text.
//!
//! Other than with Zola, a site comes out the same byte by byte, whenever and wherever it is built: what has
//! no order is sorted, `now()` is the newest date of the site's pages, and random numbers depend on the page.

mod config;
mod content;
mod data;
mod dates;
mod engine;
mod feeds;
mod front_matter;
mod functions;
mod library;
mod links;
mod markdown;
mod render;
mod sass;
mod search;
mod shortcode;
mod sitemap;
mod slugs;
mod taxonomy;
mod values;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;
use tera::Context;

use crate::error::Error;
use crate::{Place, files};
use config::{AnchorLinks, Config, Level};
use data::Format;
use engine::Engine;
use functions::Images;
use library::Library;
use markdown::{Highlighter, Renderer, Text};
use taxonomy::Taxonomy;
use values::Values;
use write::Writer;

/// The most bytes of a file that a template loads as data.
const MAX_DATA_BYTES: u64 = 16 * 1024 * 1024;
/// The most bytes of a file that a template hashes, or of an image.
const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;

/// The configuration's file, if the folder has Zola's layout.
pub(crate) fn config_file(root: &Path) -> Option<&'static str> {
    let has = |name: &str| root.join(name).exists();
    let name = config::NAMES.into_iter().find(|name| root.join(name).is_file())?;
    let is_site = has("content") || has("templates") || has("themes");
    // `config.toml` is a name that other generators use, too.
    let says_so = || {
        let text = std::fs::read_to_string(root.join(name)).unwrap_or_default();
        text.lines().any(|line| line.trim_start().starts_with("base_url"))
    };
    (is_site && (name == "zola.toml" || says_so())).then_some(name)
}

/// Builds the site.
pub(crate) fn build(place: &Place) -> Result<(), Error> {
    let name = config_file(&place.root).ok_or_else(|| {
        crate::detect::nothing(
            place,
            "a Zola site has a `config.toml` with `base_url`, and a folder `content`",
        )
    })?;
    let config = Config::load(place, name)?;
    warn_of_unused(&config);
    let mut writer = Writer::new(place, config.minify_html);
    if let Some(theme) = &config.theme {
        sass::compile(place, &Path::new("themes").join(theme), &mut writer)?;
    }
    if config.compile_sass {
        sass::compile(place, Path::new(""), &mut writer)?;
    }
    let (site, mut library) = Site::load(place, config)?;
    site.render_markdown(&mut library)?;
    library.find_backlinks();
    site.check_anchors(&library)?;
    let values = Values::new(&library);
    let rendered = site.rendered.get_or_init(|| Rendered { library, values });
    site.write(rendered, &mut writer)
}

/// A site, once its files are read.
pub(crate) struct Site {
    place: Place,
    config: Config,
    /// By file.
    permalinks: BTreeMap<String, String>,
    taxonomies: Vec<Taxonomy>,
    /// What `now()` gives.
    now: chrono::DateTime<chrono::FixedOffset>,
    highlighter: Highlighter,
    /// Templates refer to the site, and so come after it.
    engine: OnceLock<(Engine, shortcode::Known)>,
    /// What templates see as `config`, and the language, by language.
    contexts: BTreeMap<String, Context>,
    rendered: OnceLock<Rendered>,
    images: Mutex<Images>,
    /// Data that templates loaded.
    loaded: Mutex<HashMap<(String, Format), Value>>,
}

/// Pages and sections with their Markdown rendered.
pub(crate) struct Rendered {
    pub(crate) library: Library,
    pub(crate) values: Values,
}

impl Site {
    fn load(place: &Place, config: Config) -> Result<(Arc<Self>, Library), Error> {
        let library = Library::new(&config, content::load(place, &config)?);
        let mut engine = Engine::load(place, &config)?;
        let known = shortcode::known(engine.names());
        let contexts =
            config.languages.keys().map(|lang| (lang.clone(), engine::context(config.value(lang), lang)));
        let site = Arc::new(Self {
            place: place.clone(),
            permalinks: library.permalinks(),
            taxonomies: taxonomy::find(&config, &library),
            now: engine::now(&library),
            highlighter: Highlighter::new(&config.markdown),
            engine: OnceLock::new(),
            contexts: contexts.collect(),
            rendered: OnceLock::new(),
            images: Mutex::default(),
            loaded: Mutex::default(),
            config,
        });
        functions::register(engine.tera_mut(), &site);
        site.engine.get_or_init(|| (engine, known));
        Ok((site, library))
    }

    /// Templates.
    pub(crate) fn engine(&self) -> &Engine {
        &self.templates().0
    }

    fn templates(&self) -> &(Engine, shortcode::Known) {
        self.engine.get().expect("templates are set where the site is made")
    }

    /// The context of a page in a language, less what is the page's own.
    pub(crate) fn context(&self, lang: &str) -> Context {
        self.contexts[lang].clone()
    }

    /// Pages, once their Markdown is rendered.
    pub(crate) fn rendered(&self) -> Option<&Rendered> {
        self.rendered.get()
    }

    pub(crate) fn images(&self) -> MutexGuard<'_, Images> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn loaded(&self, key: &(String, Format)) -> Option<Value> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn keep_loaded(&self, key: (String, Format), value: &Value) {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value.clone());
    }

    fn renderer(&self) -> Renderer<'_> {
        let (engine, shortcodes) = self.templates();
        Renderer {
            engine,
            shortcodes,
            config: &self.config,
            permalinks: &self.permalinks,
            highlighter: &self.highlighter,
        }
    }

    /// Markdown that stands in a template.
    pub(crate) fn markdown(&self, markdown: &str) -> Result<String, String> {
        let lang = &self.config.default_language;
        let text = Text { markdown, file: None, permalink: "", lang, anchors: AnchorLinks::None };
        let rendered = self.renderer().render(&text, &Context::new);
        Ok(rendered.map_err(|errors| errors.join(", "))?.body)
    }

    /// Renders the text of every page and section. All that is wrong is told at once.
    fn render_markdown(&self, library: &mut Library) -> Result<(), Error> {
        let renderer = self.renderer();
        let usual = self.config.markdown.insert_anchor_links;
        let mut errors = Vec::new();
        for at in 0..library.pages.len() {
            let page = &library.pages[at];
            let parent = library.parent(&self.config, page);
            let anchors = parent.and_then(|section| section.meta.insert_anchor_links).unwrap_or(usual);
            let result = renderer.render(&text_of(&page.source, anchors), &|| {
                let mut context = self.context(&page.source.lang);
                engine::set(&mut context, "page", values::page(page, None));
                context
            });
            match result {
                Ok(rendered) => library.pages[at].source.rendered = rendered,
                Err(found) => errors.extend(in_file(&page.source.file, found)),
            }
        }
        for section in library.sections.values_mut() {
            let anchors = section.meta.insert_anchor_links.unwrap_or(usual);
            let result = renderer.render(&text_of(&section.source, anchors), &|| {
                let mut context = self.context(&section.source.lang);
                engine::set(&mut context, "section", values::section(section, None));
                context
            });
            match result {
                Ok(rendered) => section.source.rendered = rendered,
                Err(found) => errors.extend(in_file(&section.source.file, found)),
            }
        }
        Error::all(errors)
    }

    fn check_anchors(&self, library: &Library) -> Result<(), Error> {
        let broken = links::broken_anchors(library);
        if self.config.link_checker.internal_level == Level::Warn {
            for message in &broken {
                warn(message);
            }
            return Ok(());
        }
        Error::all(broken.into_iter().map(Error::BrokenLink).collect())
    }

    /// Writes everything. What comes later replaces what has the same name: last, files of the site's own.
    fn write(&self, rendered: &Rendered, writer: &mut Writer<'_>) -> Result<(), Error> {
        search::write(self, rendered, writer)?;
        render::write_aliases(self, rendered, writer)?;
        let content = render::write_content(self, rendered, writer);
        let taxonomies = render::write_taxonomies(self, rendered, writer);
        Error::all([content, taxonomies].into_iter().filter_map(Result::err).collect())?;
        if self.config.generate_sitemap {
            sitemap::write(self, rendered, writer)?;
        }
        feeds::write_all(self, rendered, writer)?;
        if let Some(highlighting) = &self.config.markdown.highlighting {
            for (name, css) in markdown::stylesheets(highlighting).map_err(Error::Failed)? {
                writer.write("", name, css)?;
            }
        }
        render::write_special(self, writer)?;
        for (path, bytes) in &self.images().files {
            writer.write_file(Path::new(path), bytes)?;
        }
        if let Some(theme) = &self.config.theme {
            self.copy_static(writer, &Path::new("themes").join(theme).join("static"))?;
        }
        self.copy_static(writer, Path::new("static"))
    }

    fn copy_static(&self, writer: &mut Writer<'_>, folder: &Path) -> Result<(), Error> {
        let folder = self.place.root.join(folder);
        if !folder.is_dir() {
            return Ok(());
        }
        for path in files::below(&folder)? {
            let ignored = &self.config.ignored.static_files;
            if !ignored.is_match(&path) && !ignored.is_match(Path::new("static").join(&path)) {
                writer.copy(&folder.join(&path), &path)?;
            }
        }
        Ok(())
    }
}

fn text_of(source: &content::Source, anchors: AnchorLinks) -> Text<'_> {
    Text {
        markdown: &source.raw,
        file: Some(&source.file),
        permalink: &source.permalink,
        lang: &source.lang,
        anchors,
    }
}

fn in_file(file: &str, errors: Vec<String>) -> impl Iterator<Item = Error> {
    errors.into_iter().map(move |error| Error::InvalidContent(format!("`content/{file}`: {error}")))
}

fn warn_of_unused(config: &Config) {
    for file in config.markdown.highlighting.iter().flat_map(config::Highlighting::unused) {
        warn(&format!("grammars and themes of the site's own are not read: `{file}` is passed over"));
    }
}

/// Says something in the log.
#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn warn(message: &str) {
    println!("warning: {message}");
}

/// Says something in the log, unless it was said before.
fn warn_once(message: &str) {
    use std::collections::BTreeSet;
    thread_local! {
        static SAID: std::cell::RefCell<BTreeSet<String>> = const { std::cell::RefCell::new(BTreeSet::new()) };
    }
    if SAID.with_borrow_mut(|said| said.insert(message.to_owned())) {
        warn(message);
    }
}
