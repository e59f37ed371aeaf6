//! The languages, each with its own checks.

pub(crate) mod css;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod links;
pub(crate) mod markdown;
pub(crate) mod script;
pub(crate) mod toml;
pub(crate) mod yaml;

use crate::lint::File;

/// Deeper nesting of data, of HTML elements and of CSS blocks is reported instead of followed.
pub(crate) const MAX_NESTING: usize = 200;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Json,
    /// JSON with comments and trailing commas.
    JsonWithComments,
    Toml,
    Yaml,
    Markdown,
    Html,
    Css,
    /// JavaScript or TypeScript.
    Script,
}

impl Language {
    /// By a file's name.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "json" if json::allows_comments(path, stem) => Self::JsonWithComments,
            "json" | "geojson" | "jsonld" | "webmanifest" => Self::Json,
            "jsonc" => Self::JsonWithComments,
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            "md" | "markdown" => Self::Markdown,
            "html" | "htm" => Self::Html,
            "css" => Self::Css,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Self::Script,
            _ => return None,
        })
    }
}

/// Checks a whole file.
pub(crate) fn check(file: &mut File<'_>, language: Language) {
    let text = file.text;
    let start =
        if text.starts_with('\u{feff}') && language != Language::Json { '\u{feff}'.len_utf8() } else { 0 };
    let source = Source { text: &text[start..], start };
    match language {
        Language::Json => json::check(file, source, false),
        Language::JsonWithComments => json::check(file, source, true),
        Language::Toml => toml::check(file, source),
        Language::Yaml => yaml::check(file, source),
        Language::Markdown => markdown::check(file),
        Language::Html => html::check(file),
        Language::Css => css::check(file, source),
        Language::Script => script::check(file, source, script::kind_of(file.path)),
    }
}

/// A part of a file that is in one language: the whole, or a script or style within HTML, or the data at the
/// top of Markdown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    /// The byte of the file at which it begins.
    pub(crate) start: usize,
}

impl Source<'_> {
    /// A range of this part as one of the file.
    pub(crate) fn range(&self, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
        self.start + range.start..self.start + range.end
    }

    /// A place in this part as one of the file.
    pub(crate) fn at(&self, offset: usize) -> std::ops::Range<usize> {
        self.range(offset..offset)
    }
}
