//! Markdown as Zola renders it.

mod code;
mod events;
mod footnotes;
mod headings;
mod links;
mod summary;

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Options, Parser};

use super::config::{AnchorLinks, Config};
use super::content::Rendered;
use super::engine::Engine;
use super::shortcode::{self, Known};

pub(crate) use code::{Highlighter, stylesheets};

/// What rendering needs besides the text.
pub(crate) struct Renderer<'r> {
    pub(crate) engine: &'r Engine,
    pub(crate) config: &'r Config,
    pub(crate) permalinks: &'r BTreeMap<String, String>,
    pub(crate) shortcodes: &'r Known,
    pub(crate) highlighter: &'r Highlighter,
}

/// A text, and where it stands.
pub(crate) struct Text<'t> {
    pub(crate) markdown: &'t str,
    /// The file below `content/`, unless the text stands in a template.
    pub(crate) file: Option<&'t str>,
    pub(crate) permalink: &'t str,
    pub(crate) lang: &'t str,
    pub(crate) anchors: AnchorLinks,
}

impl Renderer<'_> {
    /// Renders a text. `context` is what shortcodes see. All that is wrong is told at once.
    pub(crate) fn render(
        &self,
        text: &Text<'_>,
        context: &dyn Fn() -> tera::Context,
    ) -> Result<Rendered, Vec<String>> {
        let (source, found) = shortcode::parse(text.markdown).map_err(|error| vec![error])?;
        let unknown: Vec<_> =
            found.iter().filter_map(|shortcode| shortcode.unknown(self.shortcodes)).collect();
        if !unknown.is_empty() {
            return Err(unknown.into_iter().map(shortcode::unknown).collect());
        }
        let context = if found.is_empty() { tera::Context::new() } else { context() };
        let (source, found) =
            shortcode::expand_markdown(source, found, self.engine, self.shortcodes, &context)
                .map_err(|error| vec![error])?;
        let mut transform = events::Transform::new(self, text, &source, found, &context);
        for (event, range) in Parser::new_ext(&source, self.options()).into_offset_iter() {
            transform.event(event, range);
        }
        let (mut events, internal_links, mut errors) = transform.finish();
        let toc = headings::mark(self, text, &mut events, &mut errors);
        if self.config.markdown.bottom_footnotes {
            footnotes::move_to_end(&mut events);
        }
        let summary = summary::of(self, text.lang, &events).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut body = String::with_capacity(source.len() * 2);
        pulldown_cmark::html::push_html(&mut body, events.into_iter());
        Ok(Rendered { body, summary, toc, internal_links })
    }

    fn options(&self) -> Options {
        let markdown = &self.config.markdown;
        let mut options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES;
        options.set(Options::ENABLE_SMART_PUNCTUATION, markdown.smart_punctuation);
        options.set(Options::ENABLE_DEFINITION_LIST, markdown.definition_list);
        options.set(Options::ENABLE_GFM, markdown.github_alerts);
        options
    }
}

/// HTML that is written as it is.
fn html<'e>(text: impl Into<String>) -> Event<'e> {
    Event::Html(text.into().into())
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Writing to a string does not fail.
    let _ = pulldown_cmark_escape::escape_html(&mut escaped, text);
    escaped
}

fn escaped_link(url: &str) -> String {
    let mut escaped = String::with_capacity(url.len());
    let _ = pulldown_cmark_escape::escape_href(&mut escaped, url);
    escaped
}
