//! How pages and sections belong together.

mod sort;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::config::Config;
use super::content::{Loaded, Page, Section, Source};
use super::front_matter::SortBy;

pub(crate) use sort::sort;

/// All pages and sections.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// In the order of their files.
    pub(crate) pages: Vec<Page>,
    /// By their files.
    pub(crate) sections: BTreeMap<String, Section>,
    /// Indexes of pages, by their files.
    by_file: BTreeMap<String, usize>,
    /// Files that are translations of each other.
    translations: BTreeMap<String, Vec<String>>,
    /// Files that link to a file.
    backlinks: BTreeMap<String, BTreeSet<String>>,
}

/// The file of a section in a language.
fn section_file(config: &Config, folder: &str, lang: &str) -> String {
    let slash = if folder.is_empty() { "" } else { "/" };
    if lang == config.default_language {
        format!("{folder}{slash}_index.md")
    } else {
        format!("{folder}{slash}_index.{lang}.md")
    }
}

/// The folder that a page is in; that of a bundle is not its own.
fn folder_of(page: &Page) -> String {
    let folder = page.source.folder();
    match page.source.colocated {
        Some(_) => folder.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned()),
        None => folder.to_owned(),
    }
}

impl Library {
    /// Puts pages into their sections, and both into their order.
    pub(crate) fn new(config: &Config, loaded: Loaded) -> Self {
        let by_file =
            loaded.pages.iter().enumerate().map(|(at, page)| (page.source.file.clone(), at)).collect();
        let mut library = Self { pages: loaded.pages, sections: loaded.sections, by_file, ..Self::default() };
        library.find_translations(config);
        library.relate_sections(config);
        library.assign_pages(config);
        library.sort_pages();
        library
    }

    /// The page of this file.
    pub(crate) fn page(&self, file: &str) -> Option<&Page> {
        self.by_file.get(file).map(|&at| &self.pages[at])
    }

    /// The index of the page of this file.
    pub(crate) fn page_index(&self, file: &str) -> Option<usize> {
        self.by_file.get(file).copied()
    }

    /// The page or section of this file.
    pub(crate) fn source(&self, file: &str) -> Option<&Source> {
        let page = self.page(file).map(|page| &page.source);
        page.or_else(|| self.sections.get(file).map(|section| &section.source))
    }

    /// The title of the page or section of this file.
    pub(crate) fn title(&self, file: &str) -> Option<&str> {
        let title = match self.page(file) {
            Some(page) => &page.meta.title,
            None => &self.sections.get(file)?.meta.title,
        };
        title.as_deref()
    }

    /// Everything that has a permalink, by its file.
    pub(crate) fn permalinks(&self) -> BTreeMap<String, String> {
        let sections = self.sections.values().map(|section| &section.source);
        let sources = self.pages.iter().map(|page| &page.source).chain(sections);
        sources.map(|source| (source.file.clone(), source.permalink.clone())).collect()
    }

    /// Files of the same content in all languages, its own included; none if the site has one language.
    pub(crate) fn translations(&self, source: &Source) -> &[String] {
        self.translations.get(&source.canonical).map_or(&[], Vec::as_slice)
    }

    /// Files that link to this one, in the order of their permalinks.
    pub(crate) fn backlinks(&self, source: &Source) -> Vec<&str> {
        let mut files: Vec<&str> =
            self.backlinks.get(&source.file).into_iter().flatten().map(String::as_str).collect();
        files.sort_by_key(|file| self.source(file).map(|source| source.permalink.as_str()));
        files
    }

    /// The section of the folder that a page is in, if there is one.
    pub(crate) fn parent(&self, config: &Config, page: &Page) -> Option<&Section> {
        self.sections.get(&section_file(config, &folder_of(page), &page.source.lang))
    }

    /// Pages that are in no section.
    pub(crate) fn orphans(&self) -> impl Iterator<Item = usize> {
        self.pages.iter().enumerate().filter(|(_, page)| page.source.ancestors.is_empty()).map(|(at, _)| at)
    }

    /// Notes who links to whom, once Markdown is rendered.
    pub(crate) fn find_backlinks(&mut self) {
        let sections = self.sections.values().map(|section| &section.source);
        for source in self.pages.iter().map(|page| &page.source).chain(sections) {
            for (target, _) in &source.rendered.internal_links {
                self.backlinks.entry(target.clone()).or_default().insert(source.file.clone());
            }
        }
    }

    fn find_translations(&mut self, config: &Config) {
        if !config.is_multilingual() {
            return;
        }
        let pages = self.pages.iter().filter(|page| page.meta.render).map(|page| &page.source);
        for source in pages.chain(self.sections.values().map(|section| &section.source)) {
            self.translations.entry(source.canonical.clone()).or_default().push(source.file.clone());
        }
        // The default language first, then by code.
        for files in self.translations.values_mut() {
            files.sort_by_key(|file| (file.matches('.').count() > 1, file.clone()));
        }
    }

    fn relate_sections(&mut self, config: &Config) {
        let mut children: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
        let mut ancestors = Vec::new();
        for (file, section) in &self.sections {
            let (folder, lang) = (section.source.folder(), section.source.lang.as_str());
            if folder.is_empty() {
                continue;
            }
            let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
            let parent = section_file(config, above, lang);
            children.entry(parent).or_default().push((section.meta.weight, file.clone()));
            ancestors.push((file.clone(), self.sections_above(config, folder, lang)));
        }
        for (file, above) in ancestors {
            if let Some(section) = self.sections.get_mut(&file) {
                section.source.ancestors = above;
            }
        }
        for (parent, mut below) in children {
            below.sort();
            if let Some(section) = self.sections.get_mut(&parent) {
                section.subsections = below.into_iter().map(|(_, file)| file).collect();
            }
        }
    }

    /// Sections above a folder, the root first. Folders that have none are passed over.
    fn sections_above(&self, config: &Config, folder: &str, lang: &str) -> Vec<String> {
        let mut above = vec![section_file(config, "", lang)];
        for (at, _) in folder.match_indices('/') {
            let file = section_file(config, &folder[..at], lang);
            if self.sections.contains_key(&file) {
                above.push(file);
            }
        }
        above
    }

    fn assign_pages(&mut self, config: &Config) {
        for at in 0..self.pages.len() {
            let page = &self.pages[at];
            if !page.meta.render {
                continue;
            }
            let lang = page.source.lang.clone();
            let mut folder = folder_of(page);
            let mut ancestors = Vec::new();
            let mut template = None;
            while let Some(section) = self.sections.get_mut(&section_file(config, &folder, &lang)) {
                section.pages.push(at);
                ancestors.clone_from(&section.source.ancestors);
                ancestors.push(section.source.file.clone());
                let is_transparent = section.meta.transparent;
                if template.is_none() {
                    template = ancestors
                        .iter()
                        .rev()
                        .find_map(|file| self.sections.get(file)?.meta.page_template.clone());
                }
                if !is_transparent || folder.is_empty() {
                    break;
                }
                folder = folder.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned());
            }
            let page = &mut self.pages[at];
            page.source.ancestors = ancestors;
            if page.meta.template.is_none() {
                page.meta.template = template;
            }
        }
    }

    fn sort_pages(&mut self) {
        for section in self.sections.values_mut() {
            if section.meta.sort_by == SortBy::None {
                continue;
            }
            let (sorted, _) = sort(&self.pages, &section.pages, section.meta.sort_by);
            if !section.meta.transparent {
                for pair in sorted.windows(2) {
                    self.pages[pair[0]].higher = Some(pair[1]);
                    self.pages[pair[1]].lower = Some(pair[0]);
                }
            }
            section.pages = sorted;
        }
    }

    /// The newest date of any page, as an RFC 3339 time in UTC.
    pub(crate) fn newest(&self) -> Option<chrono::DateTime<chrono::FixedOffset>> {
        let dates = self.pages.iter().flat_map(|page| [&page.meta.date, &page.meta.updated]).flatten();
        dates.map(|date| date.time).max()
    }

    /// Pages with a date, the newest first.
    pub(crate) fn dated(&self, pages: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut dated: Vec<_> =
            pages.filter_map(|at| self.pages[at].meta.date.as_ref().map(|date| (date.time, at))).collect();
        dated.sort_by_key(|(time, at)| (Reverse(*time), &self.pages[*at].source.permalink));
        dated.into_iter().map(|(_, at)| at).collect()
    }
}
