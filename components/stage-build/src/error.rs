use std::path::Path;

use ropewalk_stage::Failure;

use crate::Place;

/// Why there is no site. Each is a failure of the stage, named `Build.` and the variant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("parameter {0}")]
    InvalidParameter(String),
    #[error("nothing to build in `{root}`: hint: {hint}")]
    NothingToBuild { root: String, hint: String },
    #[error(
        "`{marker}` is of {name}, which this stage does not run: hint: build it on a runner, or set the parameter `generator` to `html` or `markdown`"
    )]
    UnsupportedGenerator { marker: String, name: &'static str },
    #[error(
        "preprocessor `{name}` of `{config}` is the external command `{command}`, which a stage cannot run: hint: remove `[preprocessor.{name}]`, or set `optional = true` in it to go without"
    )]
    UnsupportedPreprocessor { config: String, name: String, command: String },
    #[error("{0}")]
    UnsupportedRenderer(String),
    #[error("`{file}` is not a valid configuration: {why}")]
    InvalidConfig { file: String, why: String },
    #[error("`{file}` is missing: hint: it lists the chapters of the book")]
    NoSummary { file: String },
    #[error("`{file}` is not a valid summary: {why}")]
    InvalidSummary { file: String, why: String },
    #[error("`{summary}` names {}: hint: add the file, or set `create-missing = true` in `[build]`", missing(.chapters))]
    MissingChapter { summary: String, chapters: Vec<String> },
    #[error("{0}")]
    InvalidTheme(String),
    #[error("{0}")]
    MissingFile(String),
    #[error("the book has errors: {0}")]
    BookErrors(String),
    #[error("{what} `{path}` leads out of the site's folder")]
    UnsafePath { what: &'static str, path: String },
    #[error("`{first}` and `{second}` would both be `{output}`")]
    Conflict { first: String, second: String, output: String },
    #[error("`{0}` is not UTF-8 text")]
    InvalidText(String),
    #[error("{what}: the limit is {limit}")]
    TooLarge { what: String, limit: u64 },
    #[error("front matter of {0}")]
    InvalidFrontMatter(String),
    #[error("{0}")]
    InvalidContent(String),
    #[error("template error: {0}")]
    InvalidTemplate(String),
    #[error("{0}")]
    BrokenLink(String),
    #[error("style sheet {0}")]
    InvalidSass(String),
    #[error("{}", several(.0))]
    Several(Vec<Error>),
    #[error("{0}")]
    Failed(String),
}

/// How many errors are shown at once.
const MAX_SHOWN: usize = 20;

impl Error {
    /// The error name on which Retry and Catch act.
    fn name(&self) -> &'static str {
        match self {
            Self::InvalidParameter(_) => "Build.InvalidParameter",
            Self::NothingToBuild { .. } => "Build.NothingToBuild",
            Self::UnsupportedGenerator { .. } => "Build.UnsupportedGenerator",
            Self::UnsupportedPreprocessor { .. } => "Build.UnsupportedPreprocessor",
            Self::UnsupportedRenderer(_) => "Build.UnsupportedRenderer",
            Self::InvalidConfig { .. } => "Build.InvalidConfig",
            Self::NoSummary { .. } => "Build.NoSummary",
            Self::InvalidSummary { .. } => "Build.InvalidSummary",
            Self::MissingChapter { .. } => "Build.MissingChapter",
            Self::InvalidTheme(_) => "Build.InvalidTheme",
            Self::MissingFile(_) => "Build.MissingFile",
            Self::BookErrors(_) => "Build.BookErrors",
            Self::UnsafePath { .. } => "Build.UnsafePath",
            Self::Conflict { .. } => "Build.Conflict",
            Self::InvalidText(_) => "Build.InvalidText",
            Self::TooLarge { .. } => "Build.TooLarge",
            Self::InvalidFrontMatter(_) => "Build.InvalidFrontMatter",
            Self::InvalidContent(_) => "Build.InvalidContent",
            Self::InvalidTemplate(_) => "Build.InvalidTemplate",
            Self::BrokenLink(_) => "Build.BrokenLink",
            Self::InvalidSass(_) => "Build.InvalidSass",
            Self::Several(errors) => errors.first().map_or("Build.Failed", Self::name),
            Self::Failed(_) => "Build.Failed",
        }
    }

    /// All errors as one, which has the name of the first; none is none.
    pub(crate) fn all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Self::Several(errors)),
        }
    }

    /// A file system call on `path` failed.
    pub(crate) fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        let shown = path.display().to_string();
        Self::Failed(format!("failed to {what} `{}`: {error}", shown.trim_start_matches('/')))
    }

    /// What mdBook says, as one line, with paths as the project knows them.
    pub(crate) fn failed(place: &Place, error: &anyhow::Error) -> Self {
        Self::Failed(one_line(place, error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::new(error.name(), &error)
    }
}

/// An error and its causes, without the drawings that some of them contain.
pub(crate) fn one_line(place: &Place, error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        for line in text.lines() {
            let line = line.trim();
            let drawing = line.is_empty()
                || line.starts_with(['|', '^', '-'])
                || line.split_once('|').is_some_and(|(left, _)| {
                    !left.is_empty() && left.trim().chars().all(|c| c.is_ascii_digit())
                });
            // Some errors repeat their causes.
            if !drawing && parts.last().is_none_or(|last| !last.ends_with(line)) {
                parts.push(line.trim_end_matches('.').to_owned());
            }
        }
    }
    shorten(place, &parts.join(": "))
}

/// A text with its paths as the project knows them.
pub(crate) fn shorten(place: &Place, text: &str) -> String {
    let base = format!("{}/", place.base.display().to_string().trim_end_matches('/'));
    if base == "/" {
        return text.replace("`/", "`").replace("\"/", "\"").replace("(/", "(");
    }
    text.replace(&base, "")
}

fn several(errors: &[Error]) -> String {
    let mut shown: Vec<_> = errors.iter().take(MAX_SHOWN).map(ToString::to_string).collect();
    if errors.len() > MAX_SHOWN {
        shown.push(format!("and {} more", errors.len() - MAX_SHOWN));
    }
    shown.join("; ")
}

fn missing(chapters: &[String]) -> String {
    let names: Vec<_> = chapters.iter().map(|chapter| format!("`{chapter}`")).collect();
    let verb = if names.len() == 1 { "which does not exist" } else { "which do not exist" };
    format!("{}, {verb}", names.join(", "))
}
