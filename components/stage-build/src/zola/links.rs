//! Links to pages by their files: `@/blog/first.md#part`.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use regex::Regex;

use super::content::Heading;
use super::library::Library;

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) permalink: String,
    /// The file below `content/`.
    pub(crate) file: String,
    pub(crate) anchor: Option<String>,
}

/// Resolves a link that begins with `@/`.
pub(crate) fn resolve(link: &str, permalinks: &BTreeMap<String, String>) -> Option<Resolved> {
    let link = link.strip_prefix("@/")?;
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let file = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let target = permalinks.get(&file)?;
    let permalink = anchor.map_or(target.clone(), |anchor| format!("{target}#{anchor}"));
    Some(Resolved { permalink, file, anchor: anchor.map(ToOwned::to_owned) })
}

/// Links to anchors that aren't there, each as a message that names the file it stands in.
pub(crate) fn broken_anchors(library: &Library) -> Vec<String> {
    let mut broken = Vec::new();
    let sections = library.sections.values().map(|section| &section.source);
    for source in library.pages.iter().map(|page| &page.source).chain(sections) {
        for (file, anchor) in &source.rendered.internal_links {
            let Some(anchor) = anchor.as_ref().filter(|anchor| !is_top(anchor)) else { continue };
            let Some(target) = library.source(file) else { continue };
            let exists = has_heading(&target.rendered.toc, anchor) || has_id(&target.rendered.body, anchor);
            if !exists {
                broken.push(format!(
                    "`content/{}`: link `@/{file}#{anchor}` leads to no heading or `id`",
                    source.file
                ));
            }
        }
    }
    broken
}

/// Whether an anchor leads to the top of any page.
fn is_top(anchor: &str) -> bool {
    anchor.is_empty() || anchor.eq_ignore_ascii_case("top")
}

fn has_heading(headings: &[Heading], anchor: &str) -> bool {
    headings.iter().any(|heading| heading.id == anchor || has_heading(&heading.children, anchor))
}

fn has_id(html: &str, anchor: &str) -> bool {
    let pattern = format!(r#"(?i)\s(?:id|name)\s*=\s*["']?{}["'\s>]"#, regex::escape(anchor));
    Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(html))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(link: &str, expected: Option<(&str, Option<&str>)>) {
        let permalinks = BTreeMap::from([("a b.md".to_owned(), "https://x.org/a/".to_owned())]);
        let found = resolve(link, &permalinks);
        let found = found.as_ref().map(|found| (found.permalink.as_str(), found.anchor.as_deref()));
        assert_eq!(found, expected);
    }

    #[test]
    fn links_are_resolved() {
        check("@/a b.md", Some(("https://x.org/a/", None)));
        check("@/a%20b.md#c", Some(("https://x.org/a/#c", Some("c"))));
        check("@/b.md", None);
        check("/a b.md", None);
    }

    #[test]
    fn ids_are_found() {
        assert!(has_id("<p id=\"x\">", "x") && has_id("<a name=x>", "x") && has_id("<p ID='x'>", "x"));
        assert!(!has_id("<p id=\"xy\">", "x") && !has_id("id x", "x"));
    }
}
