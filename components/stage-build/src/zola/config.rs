//! `zola.toml` or `config.toml`, with what the theme adds to its `extra`.

mod languages;
mod markdown;
mod theme;

use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use languages::{Language, Search, TaxonomyConfig};
pub(crate) use markdown::{AnchorLinks, Highlighting, Markdown};

use super::data::json_of_toml;
use super::slugs::{self, Slugify};
use crate::Place;
use crate::error::Error;
use crate::files;

/// The configuration's name, the newer one first.
pub(crate) const NAMES: [&str; 2] = ["zola.toml", "config.toml"];

/// The site's configuration. Names and defaults are Zola's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) base_url: String,
    pub(crate) theme: Option<String>,
    title: Option<String>,
    description: Option<String>,
    pub(crate) default_language: String,
    /// Every language, the default one included once the configuration is loaded.
    pub(crate) languages: BTreeMap<String, Language>,
    translations: BTreeMap<String, String>,
    #[serde(alias = "generate_feed")]
    generate_feeds: bool,
    pub(crate) feed_limit: Option<usize>,
    feed_filenames: Vec<String>,
    /// The name of the only feed, as it was set before Zola 0.19.
    feed_filename: Option<String>,
    hard_link_static: bool,
    taxonomies: Vec<TaxonomyConfig>,
    pub(crate) taxonomy_root: Option<String>,
    author: Option<String>,
    pub(crate) compile_sass: bool,
    pub(crate) minify_html: bool,
    build_search_index: bool,
    ignored_content: Vec<String>,
    ignored_static: Vec<String>,
    #[serde(skip)]
    pub(crate) ignored: Ignored,
    /// Where Zola writes: files there may be named in templates. The stage writes its own artifact.
    pub(crate) output_dir: String,
    preserve_dotfiles_in_output: bool,
    pub(crate) link_checker: LinkChecker,
    pub(crate) slugify: Slugify,
    search: Search,
    pub(crate) markdown: Markdown,
    extra: toml::Table,
    pub(crate) generate_sitemap: bool,
    pub(crate) generate_robots_txt: bool,
    pub(crate) exclude_paginated_pages_in_sitemap: ExcludePaginated,
    /// `extra` as templates see it.
    #[serde(skip)]
    extra_value: Value,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            theme: None,
            title: None,
            description: None,
            default_language: "en".to_owned(),
            languages: BTreeMap::new(),
            translations: BTreeMap::new(),
            generate_feeds: false,
            feed_limit: None,
            feed_filenames: languages::default_feeds(),
            feed_filename: None,
            hard_link_static: false,
            taxonomies: Vec::new(),
            taxonomy_root: None,
            author: None,
            compile_sass: false,
            minify_html: false,
            build_search_index: false,
            ignored_content: Vec::new(),
            ignored_static: Vec::new(),
            ignored: Ignored::default(),
            output_dir: "public".to_owned(),
            preserve_dotfiles_in_output: false,
            link_checker: LinkChecker::default(),
            slugify: Slugify::default(),
            search: Search::default(),
            markdown: Markdown::default(),
            extra: toml::Table::new(),
            generate_sitemap: true,
            generate_robots_txt: true,
            exclude_paginated_pages_in_sitemap: ExcludePaginated::None,
            extra_value: Value::Null,
        }
    }
}

/// Files that are left out, by globs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ignored {
    pub(crate) content: GlobSet,
    pub(crate) static_files: GlobSet,
}

/// What is done about broken internal links. External ones are not checked: a stage has no network.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LinkChecker {
    pub(crate) internal_level: Level,
}

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// The build fails.
    #[default]
    Error,
    /// The log says so.
    Warn,
}

/// Whether pages of a paginator are in the sitemap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExcludePaginated {
    /// They are.
    None,
    /// None but the first is.
    All,
}

impl Config {
    /// Reads the configuration, and the theme's.
    pub(crate) fn load(place: &Place, name: &str) -> Result<Self, Error> {
        let text = files::read_text(place, name.as_ref())?;
        let file = place.show(&place.root.join(name));
        let mut config: Self = toml::from_str(&text).map_err(|error| invalid_toml(&file, &text, &error))?;
        let invalid = |why: String| Error::InvalidConfig { file: file.clone(), why };
        if config.base_url.is_empty() {
            return Err(invalid(
                "`base_url` is missing: hint: `base_url = \"https://example.com\"`".to_owned(),
            ));
        }
        let codes = config.languages.keys().chain([&config.default_language]);
        if let Some(code) = codes.into_iter().find(|code| !languages::is_code(code)) {
            return Err(invalid(format!("`{code}` is not a language code: hint: `en`, `pt-BR`")));
        }
        config.markdown.check().map_err(invalid)?;
        config.ignored = Ignored {
            content: globs(&config.ignored_content).map_err(invalid)?,
            static_files: globs(&config.ignored_static).map_err(invalid)?,
        };
        config.add_default_language().map_err(invalid)?;
        for language in config.languages.values_mut() {
            for taxonomy in &mut language.taxonomies {
                taxonomy.slug = slugs::path(&taxonomy.name, config.slugify.taxonomies);
            }
        }
        if let Some(theme) = config.theme.clone() {
            let added = theme::extra(place, &theme)?;
            theme::merge(&mut config.extra, added).map_err(|key| {
                invalid(format!("`extra.{key}` is a table here or in the theme, but not in both"))
            })?;
        }
        config.extra_value = json_of_toml(toml::Value::Table(std::mem::take(&mut config.extra)));
        Ok(config)
    }

    /// What is set at the top belongs to the default language.
    fn add_default_language(&mut self) -> Result<(), String> {
        if let Some(name) = self.feed_filename.take() {
            self.feed_filenames = vec![name];
        }
        let mut top = Language {
            title: self.title.clone(),
            description: self.description.clone(),
            generate_feeds: self.generate_feeds,
            feed_filenames: self.feed_filenames.clone(),
            taxonomies: self.taxonomies.clone(),
            build_search_index: self.build_search_index,
            search: self.search.clone(),
            translations: self.translations.clone(),
        };
        if let Some(own) = self.languages.remove(&self.default_language) {
            top.merge(own).map_err(|name| {
                let code = &self.default_language;
                format!("`{name}` is set at the top and in `[languages.{code}]`: hint: set it in one place")
            })?;
        }
        self.languages.insert(self.default_language.clone(), top);
        Ok(())
    }

    /// The whole URL of a path.
    pub(crate) fn permalink(&self, path: &str) -> String {
        let base = self.base_url.strip_suffix('/').unwrap_or(&self.base_url);
        let path = path.strip_prefix('/').unwrap_or(path);
        let complete = path.is_empty()
            || path.ends_with('/')
            || path.contains('#')
            || self.feed_filenames.iter().any(|name| path.ends_with(name));
        format!("{base}/{path}{}", if complete { "" } else { "/" })
    }

    /// The root's URL, which has a slash at its end only if `base_url` has one.
    pub(crate) fn root_permalink(&self) -> String {
        if self.base_url.ends_with('/') { self.base_url.clone() } else { format!("{}/", self.base_url) }
    }

    /// The language of this code. Pages have none that isn't configured.
    pub(crate) fn language(&self, code: &str) -> &Language {
        &self.languages[code]
    }

    /// Languages besides the default one.
    pub(crate) fn other_languages(&self) -> impl Iterator<Item = (&String, &Language)> {
        self.languages.iter().filter(|(code, _)| **code != self.default_language)
    }

    /// Whether there is more than one language.
    pub(crate) fn is_multilingual(&self) -> bool {
        self.languages.len() > 1
    }

    /// What templates see as `config`, in pages of this language.
    pub(crate) fn value(&self, code: &str) -> Value {
        let language = self.language(code);
        let others: serde_json::Map<_, _> = self
            .languages
            .iter()
            .filter(|(other, _)| *other != code)
            .map(|(other, options)| (other.clone(), json!(options)))
            .collect();
        json!({
            "base_url": self.base_url,
            "mode": "build",
            "title": language.title,
            "description": language.description,
            "languages": others,
            "default_language": self.default_language,
            "generate_feed": language.generate_feeds,
            "generate_feeds": language.generate_feeds,
            "feed_filenames": language.feed_filenames,
            "taxonomies": language.taxonomies,
            "author": self.author,
            "build_search_index": language.build_search_index,
            "extra": self.extra_value,
            "markdown": self.markdown,
            "search": { "index_format": self.search.index_format },
            "generate_sitemap": self.generate_sitemap,
            "generate_robots_txt": self.generate_robots_txt,
            "exclude_paginated_pages_in_sitemap": self.exclude_paginated_pages_in_sitemap,
        })
    }

    /// How the search index is made. It is set once for all languages.
    pub(crate) fn search(&self) -> &Search {
        &self.language(&self.default_language).search
    }
}

/// An error of a TOML file, with its line.
pub(crate) fn invalid_toml(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map(|span| format!("line {}: ", line_of(text, span.start))).unwrap_or_default();
    let message = error.message().replace('\n', ", ");
    Error::InvalidConfig { file: file.to_owned(), why: format!("{line}{message}") }
}

/// The line, counted from 1, in which a byte stands.
pub(crate) fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|&&byte| byte == b'\n').count() + 1
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|error| format!("glob `{pattern}`: {}", error.kind()))?);
    }
    set.build().map_err(|error| error.to_string())
}
