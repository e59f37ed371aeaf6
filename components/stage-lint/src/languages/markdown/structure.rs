//! How Markdown is built: headings, code blocks, and links and images that say nothing.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};

use crate::lint::{File, Suggestion};
use crate::rules;

/// What was seen of the document so far.
#[derive(Default)]
pub(super) struct Structure {
    /// Whether it has a title of its own in its metadata.
    titled: bool,
    /// Titles of the headings above the current one, from the first level on, and those beside each.
    open: Vec<(usize, HashSet<String>)>,
    last: usize,
    titles: usize,
    /// The heading, link or image that is open: where it begins, and its text.
    heading: Option<(usize, Range<usize>, String)>,
    inline: Option<Inline>,
}

struct Inline {
    range: Range<usize>,
    image: bool,
    empty_target: bool,
    text: String,
}

impl Structure {
    pub(super) fn event(&mut self, file: &mut File<'_>, event: &Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => {
                self.titled = file.text[range.clone()].lines().any(|line| line.starts_with("title"));
            }
            Event::Start(Tag::Heading { level, .. }) => {
                self.heading = Some((depth(*level), range.clone(), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, range, title)) = self.heading.take() {
                    self.heading(file, level, range, title.trim());
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                fence(file, range, language);
            }
            Event::Start(Tag::Link { dest_url, .. }) => self.begin(range, false, dest_url),
            Event::Start(Tag::Image { dest_url, .. }) => {
                // A link's text may be an image.
                if let Some(link) = &mut self.inline {
                    link.text.push(' ');
                }
                let outer = self.inline.take();
                self.begin(range, true, dest_url);
                if let Some(link) = outer.filter(|link| link.empty_target) {
                    empty(file, link.range, "the link has no target");
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some(inline) = self.inline.take() {
                    end(file, inline);
                }
            }
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::Html(text)
            | Event::InlineHtml(text) => {
                if let Some((_, _, title)) = &mut self.heading {
                    title.push_str(text);
                }
                if let Some(inline) = &mut self.inline {
                    inline.text.push_str(text);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, range: &Range<usize>, image: bool, target: &str) {
        let empty_target = target.trim().is_empty();
        self.inline = Some(Inline { range: range.clone(), image, empty_target, text: String::new() });
    }

    fn heading(&mut self, file: &mut File<'_>, level: usize, range: Range<usize>, title: &str) {
        if self.last > 0 && level > self.last + 1 {
            let message = format!("a heading of level {level} follows one of level {}", self.last);
            file.report(&rules::MARKDOWN_HEADING_LEVEL, range.clone(), message);
        }
        self.last = level;
        if level == 1 {
            self.titles += 1;
            if self.titles == 2 && !self.titled {
                let message = "the document has a heading of the first level before";
                file.report(&rules::MARKDOWN_TITLES, range.clone(), message);
            }
        }
        self.open.retain(|(open, _)| *open <= level);
        let beside = match self.open.last_mut() {
            Some((last, beside)) if *last == level => beside,
            _ => {
                self.open.push((level, HashSet::new()));
                let Some((_, beside)) = self.open.last_mut() else { return };
                beside
            }
        };
        if !beside.insert(title.to_owned()) && !title.is_empty() {
            let message = format!("heading `{title}` is there twice: links lead to the first");
            file.report(&rules::MARKDOWN_DUPLICATE_HEADING, range, message);
        }
    }
}

fn end(file: &mut File<'_>, inline: Inline) {
    let Inline { range, image, empty_target, text } = inline;
    let silent = text.trim().is_empty();
    if image && silent {
        let fix = Suggestion::by_hand("write what it shows between the brackets");
        file.suggest(&rules::MARKDOWN_ALT, range, "the image has no description", fix);
    } else if image && empty_target {
        empty(file, range, "the image has no target");
    } else if !image && empty_target {
        // Without a target it is a chapter that mdBook is yet to have.
        if file.project.book_of(file.path).is_none() {
            empty(file, range, "the link has no target");
        }
    } else if !image && text.is_empty() {
        empty(file, range, "the link has no text");
    }
}

fn empty(file: &mut File<'_>, range: Range<usize>, message: &str) {
    file.report(&rules::MARKDOWN_EMPTY_LINK, range, message);
}

fn fence(file: &mut File<'_>, range: &Range<usize>, language: &str) {
    let text = &file.text[range.clone()];
    let first = text.lines().next().unwrap_or_default();
    let opening = range.start..range.start + first.len();
    let fence = first.trim_start();
    let mark = fence.chars().next().unwrap_or('`');
    let length = fence.chars().take_while(|char| *char == mark).count();
    let closes = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '>']).trim_end();
        line.len() >= length && !line.is_empty() && line.chars().all(|char| char == mark)
    };
    if !text.lines().skip(1).last().is_some_and(closes) {
        let message = "the code block is not closed: it goes on to the end of what it is in";
        file.report(&rules::MARKDOWN_UNCLOSED_FENCE, opening, message);
    } else if language.trim().is_empty() {
        let fix =
            Suggestion::replace("name it: `text` where there is none", opening.end..opening.end, "text");
        file.suggest(&rules::MARKDOWN_CODE_LANGUAGE, opening, "the code block has no language", fix);
    }
}

fn depth(level: HeadingLevel) -> usize {
    level as usize
}
