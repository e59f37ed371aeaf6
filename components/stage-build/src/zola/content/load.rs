//! Reads everything below `content/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Page, Section};
use crate::Place;
use crate::error::Error;
use crate::files;
use crate::zola::config::Config;

/// The folder of pages and sections.
const CONTENT: &str = "content";

/// Pages and sections, each in the order of their files.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) pages: Vec<Page>,
    pub(crate) sections: BTreeMap<String, Section>,
}

/// Reads all pages and sections, less drafts. All that is wrong is told at once.
pub(crate) fn load(place: &Place, config: &Config) -> Result<Loaded, Error> {
    let mut found = found(place, config)?;
    let mut errors = Vec::new();
    let mut loaded = Loaded::default();
    let mut drafts = BTreeSet::new();
    for file in &found.sections {
        match section(place, config, file, &found) {
            Ok(section) if section.meta.draft => {
                drafts.insert(section.source.folder().to_owned());
            }
            Ok(section) => {
                loaded.sections.insert(file.clone(), section);
            }
            Err(error) => errors.push(error),
        }
    }
    let is_below_draft =
        |file: &str| drafts.iter().any(|folder| folder.is_empty() || file.starts_with(&format!("{folder}/")));
    found.pages.retain(|file| !is_below_draft(file));
    loaded.sections.retain(|file, section| {
        let (own, folder) = (section.source.folder(), file);
        !drafts.iter().any(|draft| own != draft && is_within(folder, draft))
    });
    for file in &found.pages {
        match page(place, config, file, &found) {
            Ok(page) if page.meta.draft => {}
            Ok(page) => loaded.pages.push(page),
            Err(error) => errors.push(error),
        }
    }
    add_index_sections(config, &mut loaded);
    check(config, &loaded, &mut errors);
    Error::all(errors)?;
    Ok(loaded)
}

fn is_within(file: &str, folder: &str) -> bool {
    folder.is_empty() || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// What there is below `content/`.
struct Found {
    pages: Vec<String>,
    sections: Vec<String>,
    /// Other files, by their folder.
    others: BTreeMap<String, Vec<String>>,
}

fn found(place: &Place, config: &Config) -> Result<Found, Error> {
    let folder = place.root.join(CONTENT);
    let mut found = Found { pages: Vec::new(), sections: Vec::new(), others: BTreeMap::new() };
    if !folder.is_dir() {
        return Ok(found);
    }
    for path in files::below(&folder)? {
        let Some(file) = path.to_str().map(|file| file.replace('\\', "/")) else {
            return Err(Error::InvalidText(path.display().to_string()));
        };
        // Zola matches globs against the whole path.
        if config.ignored.content.is_match(Path::new(CONTENT).join(&path))
            || config.ignored.content.is_match(&path)
        {
            continue;
        }
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", &file));
        if is_index_name(config, name) {
            found.sections.push(file);
        } else if name.ends_with(".md") {
            if !name.starts_with('.') && !name.starts_with("_index.") {
                found.pages.push(file);
            }
        } else {
            found.others.entry(folder.to_owned()).or_default().push(file.clone());
        }
    }
    Ok(found)
}

fn is_index_name(config: &Config, name: &str) -> bool {
    name == "_index.md" || config.other_languages().any(|(code, _)| name == format!("_index.{code}.md"))
}

fn section(place: &Place, config: &Config, file: &str, found: &Found) -> Result<Section, Error> {
    let path = Path::new(CONTENT).join(file);
    let text = files::read_text(place, &path)?;
    let mut section = Section::parse(config, file, &place.show(&place.root.join(&path)), &text)?;
    section.source.assets = sorted(found.others.get(section.source.folder()).into_iter().flatten());
    Ok(section)
}

fn page(place: &Place, config: &Config, file: &str, found: &Found) -> Result<Page, Error> {
    let path = Path::new(CONTENT).join(file);
    let text = files::read_text(place, &path)?;
    let mut page = Page::parse(config, file, &place.show(&place.root.join(&path)), &text)?;
    let is_bundle = page.source.canonical.rsplit('/').next() == Some("index");
    if is_bundle {
        let folder = page.source.folder().to_owned();
        let within = found.others.iter().filter(|(other, _)| **other == folder || is_within(other, &folder));
        page.source.assets = sorted(within.flat_map(|(_, files)| files));
    }
    Ok(page)
}

/// In the order of their names, letters of either case alike.
fn sorted<'f>(files: impl Iterator<Item = &'f String>) -> Vec<PathBuf> {
    let mut files: Vec<_> = files.collect();
    files.sort_by_key(|file| (file.to_ascii_lowercase(), *file));
    files.into_iter().map(PathBuf::from).collect()
}

/// Each language has a root, whether there is a file for it or not.
fn add_index_sections(config: &Config, loaded: &mut Loaded) {
    for code in config.languages.keys() {
        let file = if *code == config.default_language {
            "_index.md".to_owned()
        } else {
            format!("_index.{code}.md")
        };
        loaded.sections.entry(file).or_insert_with_key(|file| Section::without_file(config, file, code));
    }
}

/// What can only be seen of all files together.
fn check(config: &Config, loaded: &Loaded, errors: &mut Vec<Error>) {
    let mut taken: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for page in &loaded.pages {
        let file = page.source.file.as_str();
        for name in page.meta.taxonomies.keys() {
            if !config.language(&page.source.lang).taxonomies.iter().any(|taxonomy| taxonomy.name == *name) {
                errors.push(Error::InvalidContent(format!(
                    "`content/{file}`: taxonomy `{name}` is not configured: hint: add `taxonomies = [{{ name = \"{name}\" }}]`"
                )));
            }
        }
        if page.meta.render {
            let paths = page.meta.aliases.iter().map(String::as_str).chain([page.source.path.as_str()]);
            paths.for_each(|path| taken.entry(path).or_default().push(file));
        }
    }
    for section in loaded.sections.values().filter(|section| section.meta.render) {
        let paths = section.meta.aliases.iter().map(String::as_str).chain([section.source.path.as_str()]);
        paths.for_each(|path| taken.entry(path).or_default().push(&section.source.file));
    }
    for (path, files) in taken {
        if let [first, second, ..] = files[..]
            && first != second
        {
            errors.push(Error::Conflict {
                first: format!("content/{first}"),
                second: format!("content/{second}"),
                output: path.to_owned(),
            });
        }
    }
}
