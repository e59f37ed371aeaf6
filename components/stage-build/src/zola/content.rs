//! Pages and sections as their files say, before they know of each other.

mod load;

use std::path::PathBuf;

use super::config::Config;
use super::dates;
use super::front_matter::{self, Date, PageMeta, SectionMeta};
use super::slugs;
use crate::error::Error;

pub(crate) use load::{Loaded, load};

/// A heading, with those below it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Heading {
    pub(crate) level: u32,
    pub(crate) id: String,
    pub(crate) permalink: String,
    pub(crate) title: String,
    pub(crate) children: Vec<Heading>,
}

/// What Markdown became.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rendered {
    pub(crate) body: String,
    pub(crate) summary: Option<String>,
    pub(crate) toc: Vec<Heading>,
    /// Links into the site: the page's or section's file, and the anchor.
    pub(crate) internal_links: Vec<(String, Option<String>)>,
}

/// What pages and sections have in common.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The path below `content/`: `blog/first.fr.md`.
    pub(crate) file: String,
    /// Folders below `content/` that are part of its path; those of a page bundle without its own.
    pub(crate) components: Vec<String>,
    /// The path without language and extension: translations share it.
    pub(crate) canonical: String,
    /// The bundle's folder, with a slash at its end.
    pub(crate) colocated: Option<String>,
    pub(crate) lang: String,
    /// The URL's path.
    pub(crate) path: String,
    pub(crate) permalink: String,
    /// The text in Markdown.
    pub(crate) raw: String,
    /// Words of the text, without those in fenced code.
    pub(crate) words: usize,
    /// Files beside it: the path below `content/`.
    pub(crate) assets: Vec<PathBuf>,
    /// Files of sections above, the outermost first.
    pub(crate) ancestors: Vec<String>,
    pub(crate) rendered: Rendered,
}

impl Source {
    /// Parts of the URL's path.
    pub(crate) fn url_components(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The folder of the file below `content/`, without a slash at its end.
    pub(crate) fn folder(&self) -> &str {
        self.file.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Minutes that the text takes to read.
    pub(crate) fn reading_minutes(&self) -> usize {
        self.words.div_ceil(200)
    }
}

/// A page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) source: Source,
    pub(crate) meta: PageMeta,
    pub(crate) slug: String,
    /// The pages before and after it in its section: indexes.
    pub(crate) lower: Option<usize>,
    pub(crate) higher: Option<usize>,
}

/// A section.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub(crate) source: Source,
    pub(crate) meta: SectionMeta,
    /// Its pages in their order: indexes.
    pub(crate) pages: Vec<usize>,
    /// Sections right below: files.
    pub(crate) subsections: Vec<String>,
}

impl Section {
    /// Whether it is the root of its language.
    pub(crate) fn is_index(&self) -> bool {
        self.source.components.is_empty()
    }

    /// Its template's name.
    pub(crate) fn template(&self) -> &str {
        let usual = if self.is_index() { "index.html" } else { "section.html" };
        self.meta.template.as_deref().unwrap_or(usual)
    }

    /// How many pages a page of it lists, if it is paginated.
    pub(crate) fn paginate_by(&self) -> Option<usize> {
        self.meta.paginate_by.filter(|&count| count > 0)
    }

    /// A section that has no file.
    pub(crate) fn without_file(config: &Config, file: &str, lang: &str) -> Self {
        let source = Source::of_section(config, file, lang, String::new());
        Self { source, meta: SectionMeta::default(), pages: Vec::new(), subsections: Vec::new() }
    }

    fn parse(config: &Config, file: &str, shown: &str, text: &str) -> Result<Self, Error> {
        let (meta, raw) = front_matter::section(shown, text)?;
        let lang = language(config, shown, file)?;
        let source = Source::of_section(config, file, lang, raw.to_owned());
        Ok(Self { source, meta, pages: Vec::new(), subsections: Vec::new() })
    }
}

impl Source {
    fn of_section(config: &Config, file: &str, lang: &str, raw: String) -> Self {
        let components = folders(file);
        let prefix = if lang == config.default_language { String::new() } else { format!("/{lang}") };
        let path = match components.join("/") {
            own if own.is_empty() => format!("{prefix}/"),
            own => format!("{prefix}/{own}/"),
        };
        Self {
            canonical: canonical(file, lang, &config.default_language),
            file: file.to_owned(),
            components,
            colocated: None,
            lang: lang.to_owned(),
            permalink: if path == "/" { config.root_permalink() } else { config.permalink(&path) },
            path,
            words: words(&raw),
            raw,
            assets: Vec::new(),
            ancestors: Vec::new(),
            rendered: Rendered::default(),
        }
    }
}

impl Page {
    fn parse(config: &Config, file: &str, shown: &str, text: &str) -> Result<Self, Error> {
        let (mut meta, raw) = front_matter::page(shown, text)?;
        let lang = language(config, shown, file)?.to_owned();
        let canonical = canonical(file, &lang, &config.default_language);
        let name = canonical.rsplit('/').next().unwrap_or_default().to_owned();
        let mut components = folders(file);
        let bundle = if name.split('.').next() == Some("index") { components.pop() } else { None };
        let colocated = bundle.is_some().then(|| format!("{}/", folders(file).join("/")));
        let named = match &bundle {
            Some(folder) if name == "index" => folder.clone(),
            _ => name.clone(),
        };
        let mut slug = meta.slug.clone();
        if let Some((date, rest)) = dates::of_name(&named) {
            if let (Some(rest), None, false) = (rest, &slug, config.slugify.paths_keep_dates) {
                slug = Some(rest.to_owned());
            }
            if meta.date.is_none() {
                meta.date = Date::parse(date);
            }
        }
        let slug = slugs::path(slug.as_deref().unwrap_or(&named), config.slugify.paths);
        let path = match &meta.path {
            Some(path) => with_slashes(path.trim()),
            None => {
                let mut parts: Vec<&str> = Vec::new();
                if lang != config.default_language {
                    parts.push(&lang);
                }
                parts.extend(components.iter().map(String::as_str));
                if !(components.is_empty() && name == "index" && bundle.is_none()) {
                    parts.push(&slug);
                }
                with_slashes(&parts.join("/"))
            }
        };
        let source = Source {
            permalink: if path == "/" { config.root_permalink() } else { config.permalink(&path) },
            file: file.to_owned(),
            components,
            canonical,
            colocated,
            lang,
            path,
            words: words(raw),
            raw: raw.to_owned(),
            assets: Vec::new(),
            ancestors: Vec::new(),
            rendered: Rendered::default(),
        };
        Ok(Self { source, meta, slug, lower: None, higher: None })
    }
}

fn with_slashes(path: &str) -> String {
    let open = if path.starts_with('/') { "" } else { "/" };
    let close = if path.is_empty() || path.ends_with('/') { "" } else { "/" };
    format!("{open}{path}{close}")
}

/// The folders of a file.
fn folders(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file.split('/').map(ToOwned::to_owned).collect();
    parts.pop();
    parts
}

/// The language that a file's name says.
fn language<'c>(config: &'c Config, shown: &str, file: &str) -> Result<&'c str, Error> {
    let default = config.default_language.as_str();
    let name = file.rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let Some((_, code)) = stem.split_once('.') else { return Ok(default) };
    if !config.is_multilingual() || code == default {
        return Ok(default);
    }
    let found = config.other_languages().find(|(other, _)| *other == code);
    found.map(|(code, _)| code.as_str()).ok_or_else(|| {
        Error::InvalidContent(format!(
            "`{shown}`: its name says that it is in language `{code}`, which is not configured: hint: add `[languages.{code}]`"
        ))
    })
}

fn canonical(file: &str, lang: &str, default: &str) -> String {
    let stem = file.strip_suffix(".md").unwrap_or(file);
    let plain = if lang == default { None } else { stem.strip_suffix(&format!(".{lang}")) };
    plain.unwrap_or(stem).to_owned()
}

fn words(text: &str) -> usize {
    use unicode_segmentation::UnicodeSegmentation;
    // Fences take turns: what stands between the first and the second is code.
    text.split("```").step_by(2).map(|part| part.unicode_words().count()).sum()
}
