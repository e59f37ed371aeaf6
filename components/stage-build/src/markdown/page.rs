use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::theme::escape;

/// One page.
#[derive(Debug)]
pub(super) struct Page {
    /// Where it goes, relative to the site's folder.
    pub(super) output: PathBuf,
    pub(super) title: String,
    pub(super) description: Option<String>,
    /// Its place among the pages of its folder; those without one come last.
    pub(super) order: Option<i64>,
    /// A page that is not finished is not published.
    pub(super) draft: bool,
    /// HTML of what it says.
    pub(super) body: String,
}

/// What a page says about itself between `---` or `+++` lines at its top.
#[derive(Debug, Default)]
struct FrontMatter {
    title: Option<String>,
    description: Option<String>,
    order: Option<i64>,
    draft: bool,
}

type Outputs = BTreeMap<PathBuf, PathBuf>;

impl Page {
    /// Renders a Markdown file. Relative links to other Markdown files lead to their pages.
    pub(super) fn read(source: &Path, text: &str, outputs: &Outputs) -> Self {
        let mut events: Vec<_> = Parser::new_ext(text, options()).collect();
        let front = front_matter(&events);
        let heading = number_headings(&mut events);
        for event in &mut events {
            if let Event::Start(Tag::Link { dest_url, .. }) = event
                && let Some(target) = page_link(source, dest_url, outputs)
            {
                *dest_url = CowStr::from(target);
            }
        }
        let mut body = String::new();
        html::push_html(&mut body, events.into_iter());
        Self {
            output: outputs.get(source).cloned().unwrap_or_else(|| source.with_extension("html")),
            title: front.title.or(heading).unwrap_or_else(|| title_of(source)),
            description: front.description,
            order: front.order,
            draft: front.draft,
            body,
        }
    }

    /// The first page of a site that has none of its own: a list of all others.
    pub(super) fn contents(pages: &[Self]) -> Self {
        let mut body = String::from("<h1>Contents</h1>\n<ul>\n");
        for page in pages.iter().filter(|page| page.output != Path::new("404.html")) {
            let link = url(&page.output.display().to_string());
            body.extend([
                "<li><a href=\"",
                &link,
                "\">",
                &escape(&page.title),
                "</a></li>
",
            ]);
        }
        body.push_str("</ul>\n");
        Self {
            output: PathBuf::from("index.html"),
            title: "Contents".to_owned(),
            description: None,
            order: None,
            draft: false,
            body,
        }
    }

    /// The folder in which the page stands.
    pub(super) fn folder(&self) -> &Path {
        self.output.parent().unwrap_or(Path::new(""))
    }

    /// Whether it is its folder's first page.
    pub(super) fn is_index(&self) -> bool {
        self.output.file_name().is_some_and(|name| name == "index.html")
    }

    /// A link from this page to another file of the site.
    pub(super) fn link_to(&self, target: &Path) -> String {
        url(&between(self.folder(), target))
    }
}

/// A readable name for a file or folder: `getting-started.md` is `Getting started`.
pub(super) fn title_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ");
    let mut letters = stem.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

fn front_matter(events: &[Event<'_>]) -> FrontMatter {
    let mut front = FrontMatter::default();
    let [Event::Start(Tag::MetadataBlock(_)), rest @ ..] = events else {
        return front;
    };
    let texts = rest.iter().map_while(|event| match event {
        Event::Text(text) => Some(text),
        _ => None,
    });
    for line in texts.flat_map(|text| text.lines()) {
        let Some((key, value)) = line.split_once([':', '=']) else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        match key.trim() {
            "title" => front.title = Some(value),
            "description" => front.description = Some(value),
            "order" | "weight" => front.order = value.parse().ok(),
            "draft" => front.draft = value == "true",
            // Other generators' keys do no harm.
            _ => {}
        }
    }
    front
}

/// Gives each heading an id to link to, and returns the text of the first of the highest level.
fn number_headings(events: &mut [Event<'_>]) -> Option<String> {
    let mut taken = BTreeSet::new();
    let mut title = None;
    for at in 0..events.len() {
        if !matches!(&events[at], Event::Start(Tag::Heading { .. })) {
            continue;
        }
        let text: String = events[at + 1..]
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        let Event::Start(Tag::Heading { level, id, .. }) = &mut events[at] else {
            continue;
        };
        let wanted = id.as_ref().map_or_else(|| slug(&text), ToString::to_string);
        let mut unique = wanted.clone();
        let mut count = 0;
        while !taken.insert(unique.clone()) {
            count += 1;
            unique = format!("{wanted}-{count}");
        }
        *id = Some(CowStr::from(unique));
        let level = *level;
        if !text.is_empty() && title.as_ref().is_none_or(|(highest, _)| level < *highest) {
            title = Some((level, text));
        }
    }
    title.map(|(_, text)| text)
}

/// As GitHub names headings: lower case, hyphens for spaces, punctuation dropped.
fn slug(text: &str) -> String {
    text.trim()
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ if letter.is_alphanumeric() => Some(letter),
            _ => None,
        })
        .collect()
}

/// Where a link to a Markdown file of the site must lead.
fn page_link(source: &Path, link: &str, outputs: &Outputs) -> Option<String> {
    let end = link.find(['#', '?']).unwrap_or(link.len());
    let (path, rest) = link.split_at(end);
    if path.is_empty() || path.starts_with('/') || path.contains(':') {
        return None;
    }
    let folder = source.parent().unwrap_or(Path::new(""));
    let target = normal(&folder.join(path.replace("%20", " ")))?;
    let output = outputs.get(&target)?;
    Some(format!("{}{rest}", url(&between(folder, output))))
}

/// Without `.` and `..`; nothing if it climbs out of the site.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(clean)
}

/// The way from a folder to a file, both relative to the site's folder.
fn between(folder: &Path, target: &Path) -> String {
    let (mut from, mut to) = (folder.components().peekable(), target.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() && to.clone().count() > 1 {
        from.next();
        to.next();
    }
    let mut way: Vec<String> = from.map(|_| "..".to_owned()).collect();
    way.extend(to.map(|part| part.as_os_str().to_string_lossy().into_owned()));
    way.join("/")
}

/// A path as a URL's: what would be read as something else is encoded.
fn url(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for letter in path.chars() {
        match letter {
            '%' | '#' | '?' | '"' | '<' | '>' | ' ' | '\'' | '&' => {
                encoded.extend(["%", &format!("{:02X}", letter as u32)]);
            }
            _ => encoded.push(letter),
        }
    }
    // `a:b.html` would be read as a scheme.
    let first = encoded.split('/').next().unwrap_or_default();
    if first.contains(':') { format!("./{encoded}") } else { encoded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Outputs {
        [
            ("README.md", "index.html"),
            ("a.md", "a.html"),
            ("b/c d.md", "b/c d.html"),
            ("b/README.md", "b/index.html"),
        ]
        .map(|(source, output)| (PathBuf::from(source), PathBuf::from(output)))
        .into()
    }

    #[track_caller]
    fn check_link(source: &str, link: &str, expected: Option<&str>) {
        assert_eq!(page_link(Path::new(source), link, &outputs()).as_deref(), expected, "{link}");
    }

    #[test]
    fn links_to_pages_follow_them() {
        check_link("README.md", "a.md", Some("a.html"));
        check_link("README.md", "./a.md#part", Some("a.html#part"));
        check_link("a.md", "b/", None);
        check_link("a.md", "b/README.md?x", Some("b/index.html?x"));
        check_link("a.md", "b/c%20d.md", Some("b/c%20d.html"));
        check_link("b/c d.md", "../a.md", Some("../a.html"));
        check_link("b/c d.md", "README.md", Some("index.html"));
        check_link("b/c d.md", "../../a.md", None);
        check_link("a.md", "missing.md", None);
        check_link("a.md", "https://example.com/a.md", None);
        check_link("a.md", "/a.md", None);
        check_link("a.md", "#a.md", None);
        check_link("a.md", "image.png", None);
    }

    #[track_caller]
    fn check_page(text: &str, title: &str, body: &str) {
        let page = Page::read(Path::new("a.md"), text, &outputs());
        assert_eq!(page.title, title);
        assert_eq!(page.body.trim(), body);
    }

    #[test]
    fn titles_come_from_front_matter_heading_or_name() {
        check_page("---\ntitle: \"Set\"\n---\n# Not this", "Set", "<h1 id=\"not-this\">Not this</h1>");
        check_page("+++\ntitle = 'Set'\nweight = 3\n+++\n", "Set", "");
        check_page(
            "## Two\n# One `x`",
            "One x",
            "<h2 id=\"two\">Two</h2>\n<h1 id=\"one-x\">One <code>x</code></h1>",
        );
        check_page("text", "A", "<p>text</p>");
    }

    #[test]
    fn headings_have_ids_of_their_own() {
        check_page(
            "# Dup\n# Dup\n# Dup-1",
            "Dup",
            "<h1 id=\"dup\">Dup</h1>\n<h1 id=\"dup-1\">Dup</h1>\n<h1 id=\"dup-1-1\">Dup-1</h1>",
        );
        check_page("# What's *new*? {#news}", "What's new?", "<h1 id=\"news\">What's <em>new</em>?</h1>");
        check_page("# Größe", "Größe", "<h1 id=\"größe\">Größe</h1>");
    }

    #[track_caller]
    fn check_between(folder: &str, target: &str, expected: &str) {
        assert_eq!(between(Path::new(folder), Path::new(target)), expected);
    }

    #[test]
    fn ways_are_as_short_as_can_be() {
        check_between("", "a.html", "a.html");
        check_between("b", "a.html", "../a.html");
        check_between("b", "b/c.html", "c.html");
        check_between("a/b/c", "a/x/y.html", "../../x/y.html");
        check_between("a", "a", "../a");
    }
}
