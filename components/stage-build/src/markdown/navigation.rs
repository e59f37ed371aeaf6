use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::page::{Page, title_of};
use super::theme::escape;

/// A list names at most so many pages of one folder. Without it, a folder of thousands would make each
/// of its pages thousands of links long.
const MAX_LISTED: usize = 200;

/// The pages of a site, by folder and in order.
#[derive(Debug)]
pub(super) struct Navigation<'a> {
    /// The pages of each folder, its index first.
    folders: BTreeMap<PathBuf, Vec<&'a Page>>,
    /// All pages, in the order of reading.
    order: Vec<&'a Page>,
}

impl<'a> Navigation<'a> {
    pub(super) fn new(pages: &'a [Page]) -> Self {
        let mut folders: BTreeMap<PathBuf, Vec<&Page>> = BTreeMap::new();
        for page in pages.iter().filter(|page| !is_error_page(page)) {
            folders.entry(page.folder().to_owned()).or_default().push(page);
            for above in page.folder().ancestors() {
                folders.entry(above.to_owned()).or_default();
            }
        }
        for listed in folders.values_mut() {
            listed.sort_by_key(|page| {
                let order = page.order.unwrap_or(i64::MAX);
                (Reverse(page.is_index()), order, page.title.to_lowercase(), &page.output)
            });
        }
        let order = folders.values().flatten().copied().collect();
        Self { folders, order }
    }

    /// The site's name: the title of its first page.
    pub(super) fn site_title(&self) -> &str {
        self.folders
            .get(Path::new(""))
            .and_then(|pages| pages.first())
            .filter(|page| page.is_index())
            .map_or("Contents", |page| &page.title)
    }

    /// The pages before and after this one.
    pub(super) fn neighbours(&self, page: &Page) -> (Option<&'a Page>, Option<&'a Page>) {
        let Some(at) = self.order.iter().position(|other| other.output == page.output) else {
            return (None, None);
        };
        let before = at.checked_sub(1).and_then(|before| self.order.get(before));
        (before.copied(), self.order.get(at + 1).copied())
    }

    /// A list, as HTML: the pages of the site's folder and of each folder down to this page; of other
    /// folders the first page alone.
    pub(super) fn list(&self, page: &Page) -> String {
        let mut html = String::new();
        self.push_folder(&mut html, page, Path::new(""));
        html
    }

    fn push_folder(&self, html: &mut String, page: &Page, folder: &Path) {
        html.push_str("<ul>\n");
        let pages = self.folders.get(folder).map_or(&[][..], Vec::as_slice);
        // The index of a folder below is its heading already.
        let below =
            usize::from(folder != Path::new("") && pages.first().is_some_and(|first| first.is_index()));
        for other in pages.iter().skip(below).take(MAX_LISTED) {
            html.extend(["<li>", &anchor(page, other, &other.title), "</li>\n"]);
        }
        if pages.len() > below + MAX_LISTED {
            let more = (pages.len() - below - MAX_LISTED).to_string();
            html.extend([
                "<li>and ",
                &more,
                " more</li>
",
            ]);
        }
        let inner = self.folders.keys().filter(|inner| inner.parent() == Some(folder));
        for inner in inner.take(MAX_LISTED) {
            html.push_str("<li>");
            html.push_str(&self.heading(page, inner));
            if page.folder().starts_with(inner) {
                html.push('\n');
                self.push_folder(html, page, inner);
            }
            html.push_str("</li>\n");
        }
        html.push_str("</ul>\n");
    }

    /// A folder's name, linked to its index or else to its first page.
    fn heading(&self, page: &Page, folder: &Path) -> String {
        let mut inside =
            self.folders.range(folder.to_owned()..).take_while(|(path, _)| path.starts_with(folder));
        let first = inside.find_map(|(_, pages)| pages.first());
        match first {
            Some(index) if index.is_index() && index.folder() == folder => anchor(page, index, &index.title),
            Some(first) => anchor(page, first, &title_of(folder)),
            None => escape(&title_of(folder)),
        }
    }
}

fn anchor(page: &Page, other: &Page, title: &str) -> String {
    let current = if page.output == other.output { " aria-current=\"page\"" } else { "" };
    format!("<a href=\"{}\"{current}>{}</a>", page.link_to(&other.output), escape(title))
}

/// What is served for missing pages belongs to no place in the site.
pub(super) fn is_error_page(page: &Page) -> bool {
    page.output == Path::new("404.html")
}
