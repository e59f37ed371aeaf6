//! Calls of templates in Markdown: `{{ name(key="value") }}`, and `{% name() %}…{% end %}` around a body.

mod parse;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};

use super::engine::Engine;

pub(crate) use parse::parse;

/// What stands in the text in place of a call, until it is rendered. Markdown takes it for a word between
/// punctuation.
pub(crate) const PLACEHOLDER: &str = "@@SHORTCODE@@";

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Shortcode {
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
    /// Where its placeholder stands.
    pub(crate) span: Range<usize>,
    pub(crate) body: Option<String>,
    /// Calls in the body, with places in it.
    pub(crate) inner: Vec<Shortcode>,
    /// Counts calls of this name in the text, from 1.
    pub(crate) nth: usize,
}

/// Templates of shortcodes, by name: whether they give Markdown, and the template.
pub(crate) type Known = BTreeMap<String, (bool, String)>;

/// The shortcodes among templates. A site's own comes before the theme's, HTML before Markdown.
pub(crate) fn known<'n>(templates: impl Iterator<Item = &'n str>) -> Known {
    let mut names: Vec<&str> = templates.filter(|name| name.starts_with("shortcodes/")).collect();
    names.sort_unstable();
    let mut known = Known::new();
    for template in names {
        let Some((name, extension)) = template["shortcodes/".len()..].rsplit_once('.') else { continue };
        if extension == "md" || extension == "html" {
            known.entry(name.to_owned()).or_insert_with(|| (extension == "md", template.to_owned()));
        }
    }
    known
}

impl Shortcode {
    /// The first call, of this one and those in its body, that names no template.
    pub(crate) fn unknown<'s>(&'s self, known: &Known) -> Option<&'s str> {
        if known.contains_key(&self.name) {
            return self.inner.iter().find_map(|inner| inner.unknown(known));
        }
        Some(&self.name)
    }

    /// Renders it, those in its body first.
    pub(crate) fn render(
        mut self,
        engine: &Engine,
        known: &Known,
        context: &tera::Context,
    ) -> Result<String, String> {
        let (_, template) = known.get(&self.name).ok_or_else(|| unknown(&self.name))?;
        let mut own =
            tera::Context::from_value(Value::Object(self.arguments)).map_err(|error| error.to_string())?;
        if let Some(mut body) = self.body.take() {
            for inner in self.inner.into_iter().rev() {
                let span = inner.span.clone();
                let rendered = inner.render(engine, known, context)?;
                body.replace_range(span, &rendered);
            }
            own.insert("body", body.trim_end());
        }
        own.insert("nth", &self.nth);
        own.extend(context.clone());
        let rendered =
            engine.render(template, &own).map_err(|why| format!("shortcode `{}`: {why}", self.name))?;
        Ok(rendered.replace("\r\n", "\n"))
    }
}

/// That there is no such shortcode.
pub(crate) fn unknown(name: &str) -> String {
    format!("there is no shortcode `{name}`: hint: it would be `templates/shortcodes/{name}.html` or `.md`")
}

/// Puts what Markdown shortcodes give into the text. Those that give HTML are left, with their new places.
pub(crate) fn expand_markdown(
    mut text: String,
    shortcodes: Vec<Shortcode>,
    engine: &Engine,
    known: &Known,
    context: &tera::Context,
) -> Result<(String, Vec<Shortcode>), String> {
    let mut left = Vec::new();
    // Spans are of the text as it was; everything so far has been replaced in it.
    let (mut grown, mut shrunk) = (0, 0);
    for mut shortcode in shortcodes {
        let span = shortcode.span.start + grown - shrunk..shortcode.span.end + grown - shrunk;
        if known.get(&shortcode.name).is_some_and(|(is_markdown, _)| *is_markdown) {
            let rendered = shortcode.render(engine, known, context)?;
            grown += rendered.len();
            shrunk += span.len();
            text.replace_range(span, &rendered);
        } else {
            shortcode.span = span;
            left.push(shortcode);
        }
    }
    Ok((text, left))
}
