//! The languages, each with its own checks.

pub(crate) mod asl;
pub(crate) mod css;
pub(crate) mod dockerfile;
pub(crate) mod editorconfig;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod links;
pub(crate) mod markdown;
pub(crate) mod python;
pub(crate) mod script;
pub(crate) mod shell;
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
    /// A state machine in Amazon States Language, as JSON.
    Asl,
    Toml,
    Yaml,
    Markdown,
    Html,
    Css,
    /// JavaScript or TypeScript.
    Script,
    Python,
    Shell,
    Dockerfile,
    EditorConfig,
}

impl Language {
    /// By a file's name.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name == editorconfig::NAME {
            return Some(Self::EditorConfig);
        }
        if dockerfile::is_named(name) {
            return Some(Self::Dockerfile);
        }
        let (stem, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "asl" => Self::Asl,
            "json" if stem.ends_with(".asl") => Self::Asl,
            "json" if json::allows_comments(path, stem) => Self::JsonWithComments,
            "json" | "geojson" | "jsonld" | "webmanifest" => Self::Json,
            "jsonc" | "babelrc" | "swcrc" | "jshintrc" | "code-workspace" => Self::JsonWithComments,
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            "md" | "markdown" => Self::Markdown,
            "html" | "htm" => Self::Html,
            "css" => Self::Css,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Self::Script,
            "py" | "pyi" | "pyw" => Self::Python,
            "sh" | "bash" => Self::Shell,
            _ => return None,
        })
    }

    /// By the first line of a file whose name doesn't say.
    pub(crate) fn of_first_line(line: &str) -> Option<Self> {
        let command = line.strip_prefix("#!")?;
        let mut words = command.split_ascii_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let program = words.find(|word| *word != "env" && !word.starts_with('-'))?;
        match program {
            "sh" | "bash" | "dash" => Some(Self::Shell),
            "node" => Some(Self::Script),
            _ => None,
        }
    }

    /// The name in parameters.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Json | Self::JsonWithComments => "json",
            Self::Asl => "asl",
            Self::Toml => "toml",
            Self::Yaml => "yaml",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Css => "css",
            Self::Script => "javascript",
            Self::Python => python::GROUP,
            Self::Shell => "shell",
            Self::Dockerfile => "dockerfile",
            Self::EditorConfig => "editorconfig",
        }
    }
}

/// Checks a whole file.
pub(crate) fn check(file: &mut File<'_>, language: Language) {
    let text = file.text;
    let data = matches!(language, Language::Json | Language::Asl);
    let start = if text.starts_with('\u{feff}') && !data { '\u{feff}'.len_utf8() } else { 0 };
    let source = Source { text: &text[start..], start };
    match language {
        Language::Json | Language::JsonWithComments => {
            json::check(file, source, language == Language::JsonWithComments);
            script::check_config(file);
        }
        Language::Asl => asl::check(file, source),
        Language::Toml => toml::check(file, source),
        Language::Yaml => yaml::check(file, source),
        Language::Markdown => markdown::check(file),
        Language::Html => html::check(file),
        Language::Css => css::check(file, source),
        Language::Script => script::check(file, source, script::kind_of(file.path)),
        Language::Python => python::check(file),
        Language::Shell => shell::check(file, source),
        Language::Dockerfile => dockerfile::check(file, source),
        Language::EditorConfig => editorconfig::check(file, source),
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
