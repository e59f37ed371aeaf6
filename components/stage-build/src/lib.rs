//! Builds a site: an mdBook book, a site in Zola's layout, a folder of HTML as it is, or Markdown pages in a plain theme. It
//! renames and rewrites nothing that it was not asked to, and the same input gives the same bytes.

mod book;
mod detect;
mod error;
mod files;
mod html;
mod markdown;
mod zola;

use std::path::{Path, PathBuf};

use ropewalk_stage::{Call, Failure, JsonSchema, Stage};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The stage.
#[derive(Debug)]
pub struct StageBuild;

/// What is built, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// How the site is made. Unless it is named, what stands in `root` decides.
    pub generator: Generator,
    /// The site's folder, relative to the working directory.
    pub root: String,
    /// The artifact's name.
    pub output: String,
}

/// How a site is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Generator {
    /// A `book.toml` makes it `mdbook`, a `zola.toml` or `config.toml` with a `base_url` makes it `zola`, an `index.html` makes it `html`, Markdown pages `markdown`.
    #[default]
    Auto,
    /// By mdBook's own libraries.
    Mdbook,
    /// In Zola's layout, as Zola 0.22 builds it.
    Zola,
    /// The files as they are.
    Html,
    /// Each Markdown file is a page, in a plain theme.
    Markdown,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// How; never `auto`.
    pub generator: Generator,
    /// HTML files.
    pub pages: u64,
    /// All files.
    pub files: u64,
    /// The size of all files together.
    pub bytes: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { generator: Generator::Auto, root: ".".to_owned(), output: "site".to_owned() }
    }
}

impl Stage for StageBuild {
    type Parameters = Parameters;
    type Output = Output;

    const NAME: &'static str = "build";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = true;
    const DEFAULT_INCLUDE: &'static [&'static str] = &["**"];

    fn run(parameters: Parameters, _: Call) -> Result<Output, Failure> {
        build(Path::new("/"), &parameters).map_err(Failure::from)
    }
}

#[allow(unsafe_code, reason = "the generated exports")]
#[cfg(target_arch = "wasm32")]
mod export {
    use super::StageBuild;
    ropewalk_stage::export!(StageBuild);
}

/// Where a site is read, and where it is written.
#[derive(Debug, Clone)]
struct Place {
    /// The working directory: what paths in messages are relative to.
    base: PathBuf,
    /// The site's folder.
    root: PathBuf,
    /// The artifact's folder.
    out: PathBuf,
}

impl Place {
    fn new(base: &Path, parameters: &Parameters) -> Result<Self, Error> {
        let root = files::relative(&parameters.root).ok_or_else(|| {
            Error::InvalidParameter(format!(
                "`root` is `{}`: hint: name a folder below the working directory, without `..`",
                parameters.root
            ))
        })?;
        let output = &parameters.output;
        if output.is_empty() || output.starts_with('.') || output.contains(['/', '\\', '\0']) {
            return Err(Error::InvalidParameter(format!(
                "`output` is `{output}`: hint: it names the artifact: `site`"
            )));
        }
        let place = Self { base: base.to_owned(), root: base.join(root), out: base.join("out").join(output) };
        if !place.root.is_dir() {
            return Err(Error::InvalidParameter(format!("`root` is `{}`: no such folder", parameters.root)));
        }
        Ok(place)
    }

    /// A path as messages show it.
    fn show(&self, path: &Path) -> String {
        let shown = path.strip_prefix(&self.base).unwrap_or(path).display().to_string();
        if shown.is_empty() { ".".to_owned() } else { shown }
    }
}

fn build(base: &Path, parameters: &Parameters) -> Result<Output, Error> {
    let place = Place::new(base, parameters)?;
    let generator = match parameters.generator {
        Generator::Auto => detect::detect(&place)?,
        named => named,
    };
    match generator {
        Generator::Mdbook => book::build(&place)?,
        Generator::Zola => zola::build(&place)?,
        Generator::Markdown => markdown::build(&place)?,
        Generator::Html | Generator::Auto => html::build(&place)?,
    }
    let totals = files::totals(&place.out)?;
    report(&place, generator, &totals);
    Ok(Output { generator, pages: totals.pages, files: totals.files, bytes: totals.bytes })
}

#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn report(place: &Place, generator: Generator, totals: &files::Totals) {
    let how = match generator {
        Generator::Mdbook => "mdBook",
        Generator::Zola => "Zola's layout",
        Generator::Markdown => "Markdown pages",
        Generator::Html | Generator::Auto => "HTML as it is",
    };
    let pages = if totals.pages == 1 { "page" } else { "pages" };
    let files = if totals.files == 1 { "file" } else { "files" };
    println!(
        "built `{}` ({how}): {} {pages}, {} {files}, {} bytes",
        place.show(&place.root),
        totals.pages,
        totals.files,
        totals.bytes
    );
}

#[cfg(test)]
mod tests;
