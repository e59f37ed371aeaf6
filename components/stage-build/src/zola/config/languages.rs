use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a language sets for itself.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Language {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(alias = "generate_feed")]
    pub(crate) generate_feeds: bool,
    pub(crate) feed_filenames: Vec<String>,
    pub(crate) taxonomies: Vec<TaxonomyConfig>,
    pub(crate) build_search_index: bool,
    pub(crate) search: Search,
    pub(crate) translations: BTreeMap<String, String>,
}

impl Default for Language {
    fn default() -> Self {
        Self {
            title: None,
            description: None,
            generate_feeds: false,
            feed_filenames: default_feeds(),
            taxonomies: Vec::new(),
            build_search_index: false,
            search: Search::default(),
            translations: BTreeMap::new(),
        }
    }
}

impl Language {
    /// Takes over what is not set here. The name of what is set in both is the error.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), &'static str> {
        let unset = Self::default();
        take(&mut self.title, other.title, &unset.title, "title")?;
        take(&mut self.description, other.description, &unset.description, "description")?;
        take(&mut self.feed_filenames, other.feed_filenames, &unset.feed_filenames, "feed_filenames")?;
        take(&mut self.taxonomies, other.taxonomies, &unset.taxonomies, "taxonomies")?;
        take(&mut self.search, other.search, &unset.search, "search")?;
        take(&mut self.translations, other.translations, &unset.translations, "translations")?;
        self.generate_feeds |= other.generate_feeds;
        self.build_search_index |= other.build_search_index;
        Ok(())
    }
}

fn take<T: PartialEq>(mine: &mut T, other: T, unset: &T, name: &'static str) -> Result<(), &'static str> {
    if *mine == *unset {
        *mine = other;
    } else if other != *unset && other != *mine {
        return Err(name);
    }
    Ok(())
}

/// A taxonomy: `tags`, `categories`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct TaxonomyConfig {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) paginate_by: Option<usize>,
    pub(crate) paginate_path: Option<String>,
    pub(crate) render: bool,
    pub(crate) feed: bool,
    /// The language of the terms, as it was set before Zola 0.16.
    #[serde(skip_serializing)]
    lang: Option<String>,
}

impl Default for TaxonomyConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            slug: String::new(),
            paginate_by: None,
            paginate_path: None,
            render: true,
            feed: false,
            lang: None,
        }
    }
}

/// What is in the search index.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Search {
    pub(crate) include_title: bool,
    pub(crate) include_content: bool,
    pub(crate) include_description: bool,
    pub(crate) include_date: bool,
    pub(crate) include_path: bool,
    /// In characters, at the most.
    pub(crate) truncate_content_length: Option<usize>,
    pub(crate) index_format: IndexFormat,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            include_title: true,
            include_content: true,
            include_description: false,
            include_date: false,
            include_path: false,
            truncate_content_length: None,
            index_format: IndexFormat::ElasticlunrJavascript,
        }
    }
}

/// How the search index is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IndexFormat {
    ElasticlunrJson,
    ElasticlunrJavascript,
    FuseJson,
    FuseJavascript,
}

impl IndexFormat {
    /// Whether it is a script, which sets `window.searchIndex`.
    pub(crate) fn is_script(self) -> bool {
        matches!(self, Self::ElasticlunrJavascript | Self::FuseJavascript)
    }

    /// Whether it is for elasticlunr.
    pub(crate) fn is_elasticlunr(self) -> bool {
        matches!(self, Self::ElasticlunrJson | Self::ElasticlunrJavascript)
    }
}

pub(super) fn default_feeds() -> Vec<String> {
    vec!["atom.xml".to_owned()]
}

/// Whether it has the form of a language code: parts of letters and digits, the first of letters alone.
pub(super) fn is_code(code: &str) -> bool {
    let mut parts = code.split(['-', '_']);
    let first = parts.next().unwrap_or_default();
    (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}
