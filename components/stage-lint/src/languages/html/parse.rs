//! One pass over the tokens of HTML.

use std::ops::Range;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use crate::languages::html::Broken;
use crate::languages::html::elements::Elements;
use crate::rules;

/// What the checks need to know of a piece of HTML.
#[derive(Debug, Default)]
pub(crate) struct Html {
    pub(crate) errors: Vec<Broken>,
    pub(crate) links: Vec<Link>,
    /// Every id, and every name of an `a`, with its place.
    pub(crate) ids: Vec<(String, usize)>,
    pub(crate) images_without_alt: Vec<Range<usize>>,
    pub(crate) embedded: Vec<(Embedded, Range<usize>)>,
    pub(crate) has_base: bool,
    names: Vec<(String, usize)>,
}

/// A link to another file, or within this one.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) at: Range<usize>,
    /// Whether it is to be shown in place.
    pub(crate) image: bool,
}

/// Another language within HTML.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Embedded {
    Style,
    Json,
    Script,
    Module,
}

impl Html {
    /// Reads a document or a piece of one.
    pub(crate) fn of(text: &str) -> Self {
        let mut html = Self::default();
        let mut elements = Elements::default();
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        emitter.naively_switch_states(true);
        // What the element whose start tag was the last token has as its text.
        let mut embedded: Option<Embedded> = None;
        let mut doctype = false;
        for token in Tokenizer::new_with_emitter(text, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = String::from_utf8_lossy(&tag.name).into_owned();
                    let span = tag.span.start..tag.span.end;
                    if name == "html" && !doctype && !text[..span.start].contains("{%") {
                        let message =
                            "the document has no `<!doctype html>`: browsers lay it out in quirks mode";
                        html.errors.push((&rules::HTML_DOCTYPE, span.clone(), message.to_owned()));
                    }
                    embedded = embedded_of(&name, &tag);
                    html.start_tag(&name, &tag);
                    elements.start(&name, tag.self_closing, span, &mut html.errors);
                }
                Token::EndTag(tag) => {
                    embedded = None;
                    let name = String::from_utf8_lossy(&tag.name).into_owned();
                    elements.end(&name, tag.span.start..tag.span.end, &mut html.errors);
                }
                Token::String(string) => {
                    if let Some(kind) = embedded {
                        html.embed(kind, string.span.start..string.span.end);
                    }
                }
                Token::Doctype(_) => doctype = true,
                Token::Comment(_) => {}
                Token::Error(error) => {
                    let at = error.span.start..error.span.end;
                    html.errors.push((&rules::HTML_SYNTAX, at, error.as_str().replace('-', " ")));
                }
            }
        }
        elements.finish(&mut html.errors);
        html
    }

    /// Ids alone, without names of `a`.
    pub(crate) fn own_ids(&self) -> impl Iterator<Item = (&str, usize)> {
        self.ids.iter().filter(|id| !self.names.contains(id)).map(|(id, at)| (id.as_str(), *at))
    }

    /// The text of one element may come in several tokens, one after another.
    fn embed(&mut self, kind: Embedded, range: Range<usize>) {
        match self.embedded.last_mut() {
            Some((_, last)) if last.end == range.start => last.end = range.end,
            _ => self.embedded.push((kind, range)),
        }
    }

    fn start_tag(&mut self, name: &str, tag: &StartTag<usize>) {
        let value = |attribute: &str| {
            let (_, value) = tag.attributes.iter().find(|(key, _)| key.as_slice() == attribute.as_bytes())?;
            Some((String::from_utf8_lossy(&value.value).into_owned(), value.span.start..value.span.end))
        };
        if let Some((id, at)) = value("id") {
            self.ids.push((id, at.start));
        }
        match name {
            "base" => self.has_base |= value("href").is_some(),
            "a" => {
                if let Some((name, at)) = value("name") {
                    self.ids.push((name.clone(), at.start));
                    self.names.push((name, at.start));
                }
            }
            "img" if value("alt").is_none() => {
                self.images_without_alt.push(tag.span.start..tag.span.end);
            }
            _ => {}
        }
        let (links, images): (&[&str], &[&str]) = match name {
            "a" | "area" | "link" => (&["href"], &[]),
            "script" | "iframe" | "embed" | "track" | "audio" | "source" => (&["src"], &[]),
            "img" | "input" => (&[], &["src"]),
            "video" => (&["src"], &["poster"]),
            "object" => (&["data"], &[]),
            "image" | "use" => (&[], &["href"]),
            _ => (&[], &[]),
        };
        for (attributes, image) in [(links, false), (images, true)] {
            for (url, at) in attributes.iter().filter_map(|attribute| value(attribute)) {
                self.links.push(Link { url, at, image });
            }
        }
        if let Some((set, at)) = value("srcset").filter(|_| matches!(name, "img" | "source")) {
            let urls = set.split(',').filter_map(|candidate| candidate.split_whitespace().next());
            self.links.extend(urls.map(|url| Link { url: url.to_owned(), at: at.clone(), image: true }));
        }
    }
}

fn embedded_of(name: &str, tag: &StartTag<usize>) -> Option<Embedded> {
    let value = |attribute: &[u8]| {
        let (_, value) = tag.attributes.iter().find(|(key, _)| key.as_slice() == attribute)?;
        Some(String::from_utf8_lossy(&value.value).to_ascii_lowercase())
    };
    match name {
        "style" => Some(Embedded::Style),
        "script" => match value(b"type").as_deref().map(str::trim) {
            None | Some("" | "text/javascript" | "application/javascript") => Some(Embedded::Script),
            Some("module") => Some(Embedded::Module),
            Some("importmap" | "speculationrules") => Some(Embedded::Json),
            Some(kind) if kind.ends_with("json") => Some(Embedded::Json),
            Some(_) => None,
        },
        _ => None,
    }
}
