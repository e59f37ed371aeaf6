//! Where relative links lead.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::files::{Listing, MAX_FILE_BYTES};
use crate::languages::editorconfig::{self, EditorConfigs};
use crate::languages::python::Configurations;
use crate::languages::script::EslintConfigs;
use crate::languages::{html, markdown};

/// The files of a project, and what links into them need to know.
#[derive(Debug)]
pub(crate) struct Project {
    root: PathBuf,
    listing: Listing,
    /// The `src` folders of mdBooks, the parts of a site that are rendered from Markdown.
    books: Vec<String>,
    anchors: RefCell<BTreeMap<String, Option<Rc<BTreeSet<String>>>>>,
    /// Which rules for Python hold where.
    pub(crate) python: Configurations,
    /// How rules for JavaScript are configured where.
    pub(crate) eslint: EslintConfigs,
    /// What is asked of all text files.
    pub(crate) editor: EditorConfigs,
}

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Out of the project: a URL with a scheme or a host, or a template's placeholder. Not checked.
    External,
    /// To a file or a folder that is there, and the fragment if there is one.
    Found { path: String, fragment: Option<String> },
    /// Nowhere; the path that was looked for.
    Missing(String),
    /// Above the project.
    Outside,
}

impl Project {
    pub(crate) fn new(root: &Path, listing: Listing) -> Self {
        let books = listing
            .files
            .iter()
            .filter(|path| is_named(path, "book.toml"))
            .map(|path| book_source(root, path))
            .collect();
        let mut editor = EditorConfigs::default();
        for path in listing.files.iter().filter(|path| is_named(path, editorconfig::NAME)) {
            let folder = path.strip_suffix(editorconfig::NAME).unwrap_or_default().trim_end_matches('/');
            if let Some(text) = read_small(&root.join(path)) {
                editor.add(folder, &text);
            }
        }
        Self {
            root: root.to_owned(),
            listing,
            books,
            anchors: RefCell::default(),
            python: Configurations::default(),
            eslint: EslintConfigs::default(),
            editor,
        }
    }

    /// The text of a file of the project; none when there is none, or it is too large, or no text.
    pub(crate) fn read(&self, file: &str) -> Option<String> {
        self.has_file(file).then(|| read_small(&self.path_of(file))).flatten()
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.listing.files.iter().map(String::as_str)
    }

    pub(crate) fn path_of(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.listing.files.contains(path)
    }

    /// The `src` folder of the mdBook that a file is part of.
    pub(crate) fn book_of(&self, file: &str) -> Option<&str> {
        self.books.iter().map(String::as_str).find(|source| {
            source.is_empty() || file.strip_prefix(source).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// Follows a link that stands in file `from`.
    pub(crate) fn resolve(&self, from: &str, link: &str) -> Target {
        let link = link.trim();
        if is_external(link) {
            return Target::External;
        }
        let (link, fragment) = match link.split_once('#') {
            Some((link, fragment)) => (link, Some(percent_decode(fragment))),
            None => (link, None),
        };
        let link = percent_decode(link.split('?').next().unwrap_or_default());
        if link.is_empty() {
            return Target::Found { path: from.to_owned(), fragment };
        }
        let mut looked_for = None;
        for base in bases(from, &link) {
            let Some(path) = join(&base, &link) else {
                continue;
            };
            if let Some(path) = self.find(from, &path) {
                return Target::Found { path, fragment };
            }
            looked_for.get_or_insert(path);
        }
        looked_for.map_or(Target::Outside, Target::Missing)
    }

    /// What stands at a path: itself, the index of a folder, or the page that a book makes of Markdown.
    fn find(&self, from: &str, path: &str) -> Option<String> {
        if self.has_file(path) {
            return Some(path.to_owned());
        }
        if self.listing.folders.contains(path) {
            let index = ["index.html", "README.md", "index.md"].map(|name| child(path, name));
            return Some(index.into_iter().find(|index| self.has_file(index)).unwrap_or(path.to_owned()));
        }
        let page = path.strip_suffix(".html")?;
        let book = self.book_of(from)?;
        if page == child(book, "print") {
            return Some(path.to_owned());
        }
        let readme = page.strip_suffix("index").map(|folder| format!("{folder}README.md"));
        [Some(format!("{page}.md")), readme].into_iter().flatten().find(|file| self.has_file(file))
    }

    /// The ids of a Markdown or HTML file to which links may lead; none when it is no such file.
    pub(crate) fn anchors(&self, file: &str) -> Option<Rc<BTreeSet<String>>> {
        if let Some(known) = self.anchors.borrow().get(file) {
            return known.clone();
        }
        let anchors = self.read_anchors(file).map(Rc::new);
        self.anchors.borrow_mut().insert(file.to_owned(), anchors.clone());
        anchors
    }

    fn read_anchors(&self, file: &str) -> Option<BTreeSet<String>> {
        let anchors_of = match file.rsplit_once('.')?.1 {
            "md" | "markdown" => markdown::anchors,
            "html" | "htm" => html::anchors,
            _ => return None,
        };
        Some(anchors_of(&read_small(&self.path_of(file))?))
    }

    /// Whether a file has this anchor. A file whose anchors are not known has every one.
    pub(crate) fn has_anchor(&self, file: &str, fragment: &str) -> bool {
        if fragment.is_empty() || fragment == "top" || fragment.starts_with(":~:") {
            return true;
        }
        let fragment = fragment.split(":~:").next().unwrap_or_default();
        self.anchors(file)
            .is_none_or(|anchors| anchors.contains(fragment) || anchors.contains(&fragment.to_lowercase()))
    }
}

fn read_small(path: &Path) -> Option<String> {
    (std::fs::metadata(path).ok()?.len() <= MAX_FILE_BYTES)
        .then(|| std::fs::read_to_string(path).ok())
        .flatten()
}

/// Whether a file has this name, in whichever folder.
fn is_named(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// The folder of an mdBook's chapters, from its `book.toml`.
fn book_source(root: &Path, book_toml: &str) -> String {
    let folder = book_toml.strip_suffix("book.toml").unwrap_or_default().trim_end_matches('/');
    let text = std::fs::read_to_string(root.join(book_toml)).unwrap_or_default();
    let source = toml::from_str::<toml::Table>(&text)
        .ok()
        .and_then(|table| Some(table.get("book")?.get("src")?.as_str()?.to_owned()))
        .unwrap_or_else(|| "src".to_owned());
    join(folder, &source).unwrap_or_default()
}

/// The folders from which a link may count: that of its file; for one that begins with `/`, each folder
/// that could be the root of the site, the innermost first.
fn bases(from: &str, link: &str) -> Vec<String> {
    let mut folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut bases = vec![folder.to_owned()];
    if link.starts_with('/') {
        while let Some((above, _)) = folder.rsplit_once('/') {
            bases.push(above.to_owned());
            folder = above;
        }
        bases.push(String::new());
    }
    bases
}

/// The path of what a folder has by this name.
pub(crate) fn child(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Appends a relative path to a folder; none when it climbs above the project.
pub(crate) fn join(folder: &str, path: &str) -> Option<String> {
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

fn is_external(link: &str) -> bool {
    let scheme = link.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'))
    });
    let template = ["{{", "{%", "${", "<%", "{#"].iter().any(|mark| link.contains(mark));
    scheme || link.starts_with("//") || template
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = hex.filter(|_| bytes[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}
