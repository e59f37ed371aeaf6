//! What stands between `+++` (TOML) or `---` (YAML) at the top of a page.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, FixedOffset};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::config::{AnchorLinks, line_of};
use super::data::plain_dates;
use super::dates;
use crate::error::Error;

/// A page's front matter. Names and defaults are Zola's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct PageMeta {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(deserialize_with = "date")]
    pub(crate) date: Option<Date>,
    #[serde(deserialize_with = "date")]
    pub(crate) updated: Option<Date>,
    pub(crate) weight: Option<u64>,
    pub(crate) draft: bool,
    pub(crate) render: bool,
    pub(crate) slug: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) taxonomies: BTreeMap<String, Vec<String>>,
    pub(crate) authors: Vec<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) template: Option<String>,
    pub(crate) in_search_index: bool,
    pub(crate) extra: Map<String, Value>,
}

impl Default for PageMeta {
    fn default() -> Self {
        Self {
            title: None,
            description: None,
            date: None,
            updated: None,
            weight: None,
            draft: false,
            render: true,
            slug: None,
            path: None,
            taxonomies: BTreeMap::new(),
            authors: Vec::new(),
            aliases: Vec::new(),
            template: None,
            in_search_index: true,
            extra: Map::new(),
        }
    }
}

/// A section's front matter.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SectionMeta {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) draft: bool,
    pub(crate) sort_by: SortBy,
    pub(crate) weight: u64,
    pub(crate) template: Option<String>,
    pub(crate) page_template: Option<String>,
    pub(crate) paginate_by: Option<usize>,
    pub(crate) paginate_reversed: bool,
    pub(crate) paginate_path: String,
    pub(crate) insert_anchor_links: Option<AnchorLinks>,
    pub(crate) in_search_index: bool,
    pub(crate) render: bool,
    pub(crate) redirect_to: Option<String>,
    pub(crate) transparent: bool,
    pub(crate) aliases: Vec<String>,
    #[serde(alias = "generate_feed")]
    pub(crate) generate_feeds: bool,
    pub(crate) extra: Map<String, Value>,
}

impl Default for SectionMeta {
    fn default() -> Self {
        Self {
            title: None,
            description: None,
            draft: false,
            sort_by: SortBy::None,
            weight: 0,
            template: None,
            page_template: None,
            paginate_by: None,
            paginate_reversed: false,
            paginate_path: "page".to_owned(),
            insert_anchor_links: None,
            in_search_index: true,
            render: true,
            redirect_to: None,
            transparent: false,
            aliases: Vec::new(),
            generate_feeds: false,
            extra: Map::new(),
        }
    }
}

/// The order of a section's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SortBy {
    Date,
    UpdateDate,
    Title,
    TitleBytes,
    Weight,
    Slug,
    Permalink,
    None,
}

/// A date as it is written, and what it means.
#[derive(Debug, Clone)]
pub(crate) struct Date {
    pub(crate) text: String,
    pub(crate) time: DateTime<FixedOffset>,
}

impl Date {
    /// A date in any of the forms that front matter may have.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let time = dates::parse(text)?;
        // YAML allows forms that no template understands.
        let text = if dates::is_rfc3339(text) { text.to_owned() } else { time.to_rfc3339() };
        Some(Self { text, time })
    }

    /// Year, month and day.
    pub(crate) fn day(&self) -> (i32, u32, u32) {
        (self.time.year(), self.time.month(), self.time.day())
    }
}

fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    use serde::de::Error as _;
    let mut value = Value::deserialize(from)?;
    plain_dates(&mut value);
    let Value::String(text) = value else {
        return Err(D::Error::custom("a date is expected, as `2024-05-01` or `2024-05-01T12:00:00Z`"));
    };
    let parsed = Date::parse(&text);
    parsed.map(Some).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is no date: hint: `2024-05-01` or `2024-05-01T12:00:00Z`"))
    })
}

/// A page's front matter and its text.
pub(crate) fn page<'t>(file: &str, text: &'t str) -> Result<(PageMeta, &'t str), Error> {
    let (mut meta, rest) = read::<PageMeta>(file, text)?;
    dates_in(&mut meta.extra);
    let invalid = |why: &str| invalid(file, why);
    for (name, value) in [("slug", &meta.slug), ("path", &meta.path)] {
        if value.as_ref().is_some_and(String::is_empty) {
            return Err(invalid(&format!("`{name}` is empty")));
        }
    }
    if meta.taxonomies.values().flatten().any(|term| term.trim().is_empty()) {
        return Err(invalid("a term of a taxonomy is empty"));
    }
    Ok((meta, rest))
}

/// A section's front matter and its text.
pub(crate) fn section<'t>(file: &str, text: &'t str) -> Result<(SectionMeta, &'t str), Error> {
    let (mut meta, rest) = read::<SectionMeta>(file, text)?;
    dates_in(&mut meta.extra);
    Ok((meta, rest))
}

fn dates_in(extra: &mut Map<String, Value>) {
    extra.values_mut().for_each(plain_dates);
}

fn invalid(file: &str, why: &str) -> Error {
    Error::InvalidFrontMatter(format!("`{file}`: {why}"))
}

fn read<'t, T: DeserializeOwned>(file: &str, text: &'t str) -> Result<(T, &'t str), Error> {
    let Some((marker, start, end, rest)) = split(text) else {
        let begun = text.trim_start();
        return Err(invalid(
            file,
            if begun.starts_with("+++") || begun.starts_with("---") {
                "line 1: the front matter that begins here has no end: hint: end it with the same three characters on a line"
            } else {
                "line 1: there is no front matter: hint: begin with two lines of `+++`, and what is set between them"
            },
        ));
    };
    let front = &text[start..end];
    let first_line = line_of(text, start);
    let failed = |line: Option<usize>, why: &str| {
        let line = line.map(|line| format!("line {}: ", line + first_line - 1)).unwrap_or_default();
        invalid(file, &format!("{line}{}", why.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    let meta = if marker == "+++" {
        toml::from_str(front)
            .map_err(|error| failed(error.span().map(|span| line_of(front, span.start)), error.message()))?
    } else {
        super::data::from_yaml(front).map_err(|(line, why)| failed(line, &why))?
    };
    Ok((meta, &text[rest..]))
}

/// The marker, where the front matter begins and ends, and where the page's text begins.
fn split(text: &str) -> Option<(&str, usize, usize, usize)> {
    let open = text.len() - text.trim_start().len();
    let marker = text.get(open..open + 3).filter(|marker| matches!(*marker, "+++" | "---"))?;
    let start = open + 3;
    if !text[start..].starts_with(['\n', '\r']) {
        return None;
    }
    // The end is a marker that only white space follows on its line.
    let mut from = start;
    while let Some(found) = text[from..].find(marker) {
        let end = from + found;
        let after = end + 3;
        let line_end = text[after..].find('\n').map_or(text.len(), |at| after + at);
        if text[after..line_end].trim().is_empty() {
            return Some((marker, start, end, (line_end + 1).min(text.len())));
        }
        from = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, title: &str, date: Option<&str>, rest: &str) {
        let (meta, found) = page("a.md", text).unwrap();
        assert_eq!(meta.title.as_deref(), Some(title));
        assert_eq!(meta.date.map(|date| date.text).as_deref(), date);
        assert_eq!(found, rest);
    }

    #[test]
    fn both_languages_are_read() {
        check("+++\ntitle = \"A\"\ndate = 2024-05-01\n+++\ntext", "A", Some("2024-05-01"), "text");
        check(
            "+++\r\ntitle = \"A\"\r\ndate = \"2024-05-01\"\r\n+++\r\ntext",
            "A",
            Some("2024-05-01"),
            "text",
        );
        check("\n---\ntitle: A\ndate: 2024-05-01T10:00:00Z\n---\n", "A", Some("2024-05-01T10:00:00Z"), "");
        check("---\ntitle: A\ndate: 2024-5-1 10:00:00\n---", "A", Some("2024-05-01T10:00:00+00:00"), "");
        check("+++\ntitle = \"a +++ b\"\n+++  \n+++\n", "a +++ b", None, "+++\n");
    }

    #[track_caller]
    fn check_invalid(text: &str, expected: &str) {
        let error = page("a.md", text).unwrap_err().to_string();
        assert!(error.starts_with("front matter of `a.md`: ") && error.contains(expected), "{error}");
    }

    #[test]
    fn errors_name_file_and_line() {
        check_invalid("text", "line 1: there is no front matter");
        check_invalid("+++\ntitle = \"A\"\ntext", "line 1: the front matter that begins here has no end");
        check_invalid("\n+++\ntitle = \"A\"\nweight = x\n+++\n", "line 4: ");
        check_invalid("---\ntitle: A\nweight: [\n---\n", "line ");
        check_invalid("+++\nweight = \"x\"\n+++\n", "line 2: ");
        check_invalid("+++\ndate = \"yesterday\"\n+++\n", "`yesterday` is no date");
        check_invalid("+++\nslug = \"\"\n+++\n", "`slug` is empty");
        check_invalid("+++\n[taxonomies]\ntags = [\" \"]\n+++\n", "a term of a taxonomy is empty");
    }
}
