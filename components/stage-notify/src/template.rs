//! Templates: Handlebars without what could make one run on, or escape as HTML.

use std::io::{self, Write};

use handlebars::template::{HelperTemplate, TemplateElement};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason,
    Renderable, Template as Parsed, no_escape,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::error::Error;

/// The longest template, in bytes.
pub(crate) const MAX_TEMPLATE_BYTES: usize = 64 << 10;
/// Most blocks and subexpressions of one template: each can be within another, and the stack is limited.
pub(crate) const MAX_BLOCKS: usize = 32;
/// What one template may give, in bytes.
pub(crate) const MAX_RENDERED_BYTES: usize = 256 << 10;

/// Percent-encoded in a part of a URL: all but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Renders templates over one set of names.
pub(crate) struct Templates {
    handlebars: Handlebars<'static>,
    names: Context,
}

impl Templates {
    /// Templates that see these names.
    pub(crate) fn new(names: Map<String, Value>) -> Result<Self, Error> {
        let mut handlebars = Handlebars::new();
        handlebars.register_escape_fn(no_escape);
        handlebars.set_strict_mode(true);
        handlebars.unregister_helper("log");
        handlebars.register_helper("truncate", Box::new(Truncate));
        handlebars.register_helper("json", Box::new(Json));
        handlebars.register_helper("urlencode", Box::new(UrlEncode));
        let names = Context::wraps(Value::Object(names))
            .map_err(|error| Error::Invalid(format!("`data`: {error}")))?;
        Ok(Self { handlebars, names })
    }

    /// What a template gives. `place` names it in errors.
    pub(crate) fn text(&self, place: &str, template: &str) -> Result<String, Error> {
        if !template.contains("{{") {
            return Ok(template.to_owned());
        }
        let wrong = |cause: String| Error::Template { place: place.to_owned(), cause };
        check(template).map_err(wrong)?;
        let parsed = Parsed::compile(template).map_err(|error| wrong(error.reason().to_string()))?;
        refuse_partials(&parsed).map_err(|what| wrong(what.to_owned()))?;
        let mut rendered = Limited(Vec::new());
        let mut sink = Sink(&mut rendered);
        let mut context = RenderContext::new(None);
        let result = parsed.render(&self.handlebars, &self.names, &mut context, &mut sink);
        result.map_err(|error| wrong(explained(error.reason())))?;
        String::from_utf8(rendered.0).map_err(|error| wrong(error.to_string()))
    }

    /// A value whose texts are templates, names of members excepted.
    pub(crate) fn value(&self, place: &str, value: &Value) -> Result<Value, Error> {
        Ok(match value {
            Value::String(template) => Value::String(self.text(place, template)?),
            Value::Array(items) => {
                let item = |(at, item)| self.value(&format!("{place}/{at}"), item);
                Value::Array(items.iter().enumerate().map(item).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let member = |(name, member): (&String, &Value)| {
                    Ok((name.clone(), self.value(&format!("{place}/{name}"), member)?))
                };
                Value::Object(members.iter().map(member).collect::<Result<_, Error>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }
}

/// Refuses what would take a parser, or a renderer, too deep.
fn check(template: &str) -> Result<(), String> {
    if template.len() > MAX_TEMPLATE_BYTES {
        return Err(format!("it has {} bytes: the limit is {MAX_TEMPLATE_BYTES}", template.len()));
    }
    let begins_block = |tag: &str| {
        let tag = tag.trim_start_matches(['{', '~', ' ']);
        tag.starts_with(['#', '^']) || tag.starts_with("else")
    };
    let tags = template.split("{{").skip(1).map(|tag| tag.split("}}").next().unwrap_or_default());
    let blocks: usize =
        tags.map(|tag| usize::from(begins_block(tag)) + tag.matches(['(', '[']).count()).sum();
    if blocks > MAX_BLOCKS {
        return Err(format!("it has {blocks} blocks and subexpressions: the limit is {MAX_BLOCKS}"));
    }
    Ok(())
}

/// Partials and decorators can call themselves without end.
fn refuse_partials(template: &Parsed) -> Result<(), &'static str> {
    template.elements.iter().try_for_each(|element| match element {
        TemplateElement::PartialExpression(_)
        | TemplateElement::PartialBlock(_)
        | TemplateElement::DecoratorExpression(_)
        | TemplateElement::DecoratorBlock(_) => Err("partials and decorators are not possible here"),
        TemplateElement::HelperBlock(block)
        | TemplateElement::Expression(block)
        | TemplateElement::HtmlExpression(block) => refuse_within(block),
        TemplateElement::RawString(_) | TemplateElement::Comment(_) => Ok(()),
        _ => Err("it has an element that is not possible here"),
    })
}

fn refuse_within(block: &HelperTemplate) -> Result<(), &'static str> {
    block.template.iter().chain(&block.inverse).try_for_each(refuse_partials)
}

/// The cause, without the value of anything.
fn explained(reason: &RenderErrorReason) -> String {
    match reason {
        RenderErrorReason::MissingVariable(Some(name)) if name.starts_with("secrets.") => format!(
            "there is no `{name}`; hint: the state's input names the secrets that it asks for: `\"secrets\": [\"{}\"]`",
            &name["secrets.".len()..]
        ),
        RenderErrorReason::MissingVariable(Some(name)) => {
            format!("there is no `{name}`; hint: `{{{{#if {name}}}}}` asks whether it is there")
        }
        RenderErrorReason::HelperNotFound(name) => format!("there is no helper `{name}`"),
        RenderErrorReason::IOError(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// Takes so much and no more.
struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_RENDERED_BYTES {
            return Err(io::Error::other(format!("it gives more than {MAX_RENDERED_BYTES} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Sink<'a>(&'a mut Limited);

impl Output for Sink<'_> {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())
    }
}

/// The first parameter of a helper, which must be there.
fn value_of<'a>(helper: &'a Helper<'_>, name: &'static str) -> Result<&'a Value, RenderErrorReason> {
    let missing = || RenderErrorReason::ParamNotFoundForIndex(name, 0);
    let parameter = helper.param(0).ok_or_else(missing)?;
    if parameter.is_value_missing() {
        return Err(RenderErrorReason::MissingVariable(parameter.relative_path().cloned()));
    }
    Ok(parameter.value())
}

/// The same, as text.
fn text_of(helper: &Helper<'_>, name: &'static str) -> Result<String, RenderErrorReason> {
    Ok(match value_of(helper, name)? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// `{{truncate TEXT CHARACTERS}}`
struct Truncate;

impl HelperDef for Truncate {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let text = text_of(helper, "truncate")?;
        let most = helper.param(1).and_then(|parameter| parameter.value().as_u64());
        let most = most.ok_or(RenderErrorReason::ParamNotFoundForIndex("truncate", 1))?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if text.chars().count() <= most {
            out.write(&text)?;
        } else {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            out.write(&kept)?;
            out.write("…")?;
        }
        Ok(())
    }
}

/// `{{json VALUE}}`
struct Json;

impl HelperDef for Json {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        Ok(out.write(&value_of(helper, "json")?.to_string())?)
    }
}

/// `{{urlencode TEXT}}`
struct UrlEncode;

impl HelperDef for UrlEncode {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let text = text_of(helper, "urlencode")?;
        Ok(out.write(&utf8_percent_encode(&text, RESERVED).to_string())?)
    }
}
