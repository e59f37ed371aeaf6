use std::path::Path;

use mdbook_summary::{Summary, SummaryItem, parse_summary};

use super::why;
use crate::error::Error;
use crate::{Place, files};

/// Every chapter that the summary names must be there, below the book's sources, and text.
pub(super) fn check(place: &Place, source: &Path, may_be_missing: bool) -> Result<(), Error> {
    let path = source.join("SUMMARY.md");
    let shown = place.show(&path);
    if !path.is_file() {
        return Err(Error::NoSummary { file: shown });
    }
    let text = std::fs::read(&path).map_err(|error| Error::io("read", &path, &error))?;
    let text = String::from_utf8(text).map_err(|_| Error::InvalidText(shown.clone()))?;
    let summary = parse_summary(&text)
        .map_err(|error| Error::InvalidSummary { file: shown.clone(), why: why(place, &error) })?;
    let mut chapters = Vec::new();
    for location in locations(&summary) {
        let Some(clean) = files::relative(&location) else {
            return Err(Error::UnsafePath { what: "chapter", path: location });
        };
        if clean == Path::new("print.md") {
            let why = "`print.md` is reserved for the page that has all chapters".to_owned();
            return Err(Error::InvalidSummary { file: shown, why });
        }
        if !source.join(&clean).is_file() {
            chapters.push(place.show(&source.join(&clean)));
        }
    }
    if chapters.is_empty() || may_be_missing {
        return Ok(());
    }
    Err(Error::MissingChapter { summary: shown, chapters })
}

/// Where the chapters are, in the order of the book.
fn locations(summary: &Summary) -> Vec<String> {
    let parts = [&summary.prefix_chapters, &summary.numbered_chapters, &summary.suffix_chapters];
    let mut waiting: Vec<&SummaryItem> = parts.into_iter().flatten().rev().collect();
    let mut found = Vec::new();
    while let Some(item) = waiting.pop() {
        let SummaryItem::Link(link) = item else {
            continue;
        };
        found.extend(link.location.as_ref().map(|location| location.display().to_string()));
        waiting.extend(link.nested_items.iter().rev());
    }
    found
}
