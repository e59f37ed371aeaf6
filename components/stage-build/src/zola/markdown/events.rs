//! Changes the events of the Markdown parser one by one.

use std::ops::Range;
use std::sync::LazyLock;

use gh_emoji::Replacer;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Tag, TagEnd};

use super::code::Fence;
use super::summary::{CONTINUE_READING, is_divider};
use super::{Renderer, Text, escaped, escaped_link, html, links};
use crate::zola::shortcode::{PLACEHOLDER, Shortcode};

static EMOJI: LazyLock<Replacer> = LazyLock::new(Replacer::new);

/// A link into the site: the file, and the anchor.
pub(super) type InternalLink = (String, Option<String>);

/// The events so far.
pub(super) struct Transform<'r, 't> {
    renderer: &'r Renderer<'r>,
    text: &'r Text<'r>,
    source: &'t str,
    context: &'r tera::Context,
    /// Those that are still to come, the next one last.
    shortcodes: Vec<Shortcode>,
    events: Vec<Event<'t>>,
    /// The fence of the code block that is open, and its text.
    code: Option<(Fence, String)>,
    /// Whether the text is within the `alt` of an image.
    in_attribute: bool,
    /// Whether the paragraph that is open is nothing but a shortcode, and so is none.
    only_shortcode: bool,
    has_summary: bool,
    internal_links: Vec<InternalLink>,
    errors: Vec<String>,
}

impl<'r, 't> Transform<'r, 't> {
    pub(super) fn new(
        renderer: &'r Renderer<'r>,
        text: &'r Text<'r>,
        source: &'t str,
        mut shortcodes: Vec<Shortcode>,
        context: &'r tera::Context,
    ) -> Self {
        shortcodes.reverse();
        Self {
            renderer,
            text,
            source,
            context,
            shortcodes,
            events: Vec::new(),
            code: None,
            in_attribute: false,
            only_shortcode: false,
            has_summary: false,
            internal_links: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The events, the links into the site, and what is wrong.
    pub(super) fn finish(self) -> (Vec<Event<'t>>, Vec<InternalLink>, Vec<String>) {
        (self.events, self.internal_links, self.errors)
    }

    /// The next event, which comes from `range` of the text.
    pub(super) fn event(&mut self, event: Event<'t>, range: Range<usize>) {
        match event {
            Event::Text(text) => self.words(text, range),
            Event::Start(Tag::CodeBlock(kind)) => {
                let fence = match &kind {
                    CodeBlockKind::Fenced(info) => Fence::parse(info),
                    CodeBlockKind::Indented => Fence::parse(""),
                };
                self.code = Some((fence, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => self.code_block(),
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                self.image(link_type, dest_url, title, id);
            }
            Event::End(TagEnd::Image) if self.in_attribute => {
                self.in_attribute = false;
                self.events.push(html("\" loading=\"lazy\" decoding=\"async\" />"));
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                self.link(link_type, dest_url, title, id);
            }
            Event::Start(Tag::Paragraph) => {
                let alone = self.shortcodes.last().is_some_and(|next| {
                    next.span.start == range.start && next.span.len() == self.source[range].trim().len()
                });
                self.only_shortcode = alone;
                if !alone {
                    self.events.push(event);
                }
            }
            Event::End(TagEnd::Paragraph) => {
                if !std::mem::take(&mut self.only_shortcode) {
                    self.events.push(event);
                }
            }
            Event::Html(text) | Event::InlineHtml(text) if !self.has_summary && is_divider(&text) => {
                self.has_summary = true;
                self.events.push(Event::Html(CowStr::Borrowed(CONTINUE_READING)));
            }
            Event::Html(text) | Event::InlineHtml(text) if text.contains(PLACEHOLDER) => {
                self.with_shortcodes(&text, range, |part, _| html(part));
            }
            other => self.events.push(other),
        }
    }

    fn words(&mut self, text: CowStr<'t>, range: Range<usize>) {
        if self.code.is_some() {
            self.code_text(text, range);
            return;
        }
        let text = if self.renderer.config.markdown.render_emoji {
            CowStr::from(EMOJI.replace_all(&text).into_owned())
        } else {
            text
        };
        if text.contains(PLACEHOLDER) {
            self.with_shortcodes(&text, range, |part, in_attribute| {
                if in_attribute { html(escaped(part)) } else { Event::Text(part.to_owned().into()) }
            });
        } else if self.in_attribute {
            self.events.push(html(escaped(&text)));
        } else {
            self.events.push(Event::Text(text));
        }
    }

    fn code_text(&mut self, text: CowStr<'t>, range: Range<usize>) {
        if !text.contains(PLACEHOLDER) {
            if let Some((_, code)) = &mut self.code {
                code.push_str(&text);
            }
            return;
        }
        let start = self.events.len();
        self.with_shortcodes(&text, range, |part, _| Event::Text(part.to_owned().into()));
        let parts: Vec<_> = self.events.drain(start..).collect();
        if let Some((_, code)) = &mut self.code {
            for part in parts {
                if let Event::Html(part) | Event::Text(part) = part {
                    code.push_str(&part);
                }
            }
        }
    }

    /// Renders the shortcodes of a text; what stands between them becomes events by `plain`.
    fn with_shortcodes(&mut self, text: &str, range: Range<usize>, plain: impl Fn(&str, bool) -> Event<'t>) {
        // Those that stood where nothing can be rendered, as in a link's address, are behind.
        while self.shortcodes.last().is_some_and(|next| next.span.start < range.start) {
            self.shortcodes.pop();
        }
        let mut rest = text;
        while let Some(at) = rest.find(PLACEHOLDER) {
            let Some(shortcode) = self.shortcodes.pop_if(|next| range.contains(&next.span.start)) else {
                break;
            };
            if at > 0 {
                self.events.push(plain(&rest[..at], self.in_attribute));
            }
            rest = &rest[at + PLACEHOLDER.len()..];
            match shortcode.render(self.renderer.engine, self.renderer.shortcodes, self.context) {
                Ok(rendered) if rendered.is_empty() => {}
                Ok(rendered) => self.events.push(html(rendered)),
                Err(error) => self.errors.push(error),
            }
        }
        if !rest.is_empty() {
            self.events.push(plain(rest, self.in_attribute));
        }
    }

    fn code_block(&mut self) {
        let Some((fence, code)) = self.code.take() else { return };
        match self.renderer.highlighter.block(&self.renderer.config.markdown, &fence, &code) {
            Ok(block) => self.events.push(html(block)),
            Err(error) => self.errors.push(error),
        }
    }

    fn image(&mut self, link_type: LinkType, dest_url: CowStr<'t>, title: CowStr<'t>, id: CowStr<'t>) {
        let dest_url = if links::is_beside(&dest_url) {
            CowStr::from(format!("{}{dest_url}", self.text.permalink))
        } else {
            dest_url
        };
        if !self.renderer.config.markdown.lazy_async_image {
            self.events.push(Event::Start(Tag::Image { link_type, dest_url, title, id }));
            return;
        }
        let title = if title.is_empty() { String::new() } else { format!("\" title=\"{}", escaped(&title)) };
        self.events.push(html(format!("<img src=\"{}{title}\" alt=\"", escaped_link(&dest_url))));
        self.in_attribute = true;
    }

    fn link(&mut self, link_type: LinkType, dest_url: CowStr<'t>, title: CowStr<'t>, id: CowStr<'t>) {
        if dest_url.is_empty() {
            self.errors.push("a link has no address: hint: write it as `[text](address)`".to_owned());
            return;
        }
        let target = links::target(self.renderer, self.text, link_type, &dest_url);
        let target = match target {
            Ok(target) => target,
            Err(error) => {
                self.errors.push(error);
                return;
            }
        };
        self.internal_links.extend(target.internal);
        let external = if links::is_external(&dest_url) {
            self.renderer.config.markdown.external_link(&escaped_link(&dest_url), &title)
        } else {
            None
        };
        self.events.push(match external {
            Some(tag) => html(tag),
            None => Event::Start(Tag::Link { link_type, dest_url: target.url.into(), title, id }),
        });
    }
}
