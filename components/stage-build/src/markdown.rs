//! Markdown pages without a generator: each file is a page, in a plain theme of ours.

mod navigation;
mod page;
mod theme;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::{Place, detect, files};
use navigation::Navigation;
use page::Page;

/// The most Markdown pages.
const MAX_PAGES: usize = 5_000;
/// The largest Markdown file, in bytes.
const MAX_PAGE_BYTES: usize = 4 << 20;

/// Renders the pages and copies everything else.
pub(crate) fn build(place: &Place) -> Result<(), Error> {
    let found = files::of_site(place)?;
    let (sources, assets): (Vec<_>, Vec<_>) = found.into_iter().partition(|path| files::is_markdown(path));
    if sources.is_empty() {
        return Err(detect::nothing(place, "there is no Markdown file in it"));
    }
    if sources.len() > MAX_PAGES {
        let what = format!("{} Markdown pages", sources.len());
        return Err(Error::TooLarge { what, limit: MAX_PAGES as u64 });
    }
    let outputs = outputs(&sources, &assets)?;
    let mut pages = read_pages(place, &outputs)?;
    if !assets.iter().any(|path| path == Path::new("index.html"))
        && !pages.iter().any(|page| page.output == Path::new("index.html"))
    {
        pages.push(Page::contents(&pages));
    }
    let navigation = Navigation::new(&pages);
    for page in &pages {
        let html = theme::render(page, &navigation);
        files::write(place, &page.output, html.as_bytes())?;
    }
    assets.iter().try_for_each(|path| files::copy(place, path))?;
    if !assets.iter().any(|path| path == Path::new(theme::STYLE_FILE)) {
        files::write(place, Path::new(theme::STYLE_FILE), theme::STYLE.as_bytes())?;
    }
    Ok(())
}

/// Which page each Markdown file becomes: `a.md` is `a.html`; `index.md`, or `README.md` where there is no
/// `index.md`, is the folder's `index.html`.
fn outputs(sources: &[PathBuf], assets: &[PathBuf]) -> Result<BTreeMap<PathBuf, PathBuf>, Error> {
    let named = |path: &Path, name: &str| {
        path.file_stem().is_some_and(|stem| stem.to_string_lossy().eq_ignore_ascii_case(name))
    };
    let folder = |path: &Path| path.parent().map(Path::to_owned).unwrap_or_default();
    let indexed: BTreeSet<_> = sources
        .iter()
        .filter(|path| named(path, "index"))
        .chain(assets.iter().filter(|path| path.file_name().is_some_and(|name| name == "index.html")))
        .map(|path| folder(path))
        .collect();
    let mut outputs = BTreeMap::new();
    let mut taken: BTreeMap<PathBuf, &Path> =
        assets.iter().map(|path| (path.clone(), path.as_path())).collect();
    for source in sources {
        let index = named(source, "index") || (named(source, "readme") && !indexed.contains(&folder(source)));
        let output = if index { folder(source).join("index.html") } else { source.with_extension("html") };
        if let Some(first) = taken.insert(output.clone(), source) {
            return Err(Error::Conflict {
                first: first.display().to_string(),
                second: source.display().to_string(),
                output: output.display().to_string(),
            });
        }
        outputs.insert(source.clone(), output);
    }
    Ok(outputs)
}

fn read_pages(place: &Place, outputs: &BTreeMap<PathBuf, PathBuf>) -> Result<Vec<Page>, Error> {
    let mut pages = Vec::new();
    for source in outputs.keys() {
        let text = files::read_text(place, source)?;
        if text.len() > MAX_PAGE_BYTES {
            let what = format!("`{}` has {} bytes", source.display(), text.len());
            return Err(Error::TooLarge { what, limit: MAX_PAGE_BYTES as u64 });
        }
        let page = Page::read(source, &text, outputs);
        if page.draft {
            note(&format!("`{}` is a draft: left out", source.display()));
        } else {
            pages.push(page);
        }
    }
    Ok(pages)
}

#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn note(text: &str) {
    println!("{text}");
}
