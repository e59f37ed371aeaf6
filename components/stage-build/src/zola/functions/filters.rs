use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_format::{Locale, ToFormattedString};
use regex::Regex;
use tera::{Error, Filter, Result, Tera, Value};

use super::{Site, alive};

type Arguments = HashMap<String, Value>;

/// Adds the filters that Zola has besides Tera's.
pub(super) fn register(tera: &mut Tera, site: &Arc<Site>) {
    tera.register_filter("markdown", Markdown(Arc::downgrade(site)));
    let language = site.config.default_language.clone();
    tera.register_filter("num_format", move |value: &Value, arguments: &Arguments| {
        num_format(value, arguments, &language)
    });
    tera.register_filter("base64_encode", |value: &Value, _: &Arguments| {
        Ok(Value::String(STANDARD.encode(text("base64_encode", value)?)))
    });
    tera.register_filter("base64_decode", base64_decode);
    let known: Mutex<HashMap<String, Regex>> = Mutex::default();
    tera.register_filter("regex_replace", move |value: &Value, arguments: &Arguments| {
        regex_replace(value, arguments, &mut known.lock().unwrap_or_else(PoisonError::into_inner))
    });
}

struct Markdown(Weak<Site>);

impl Filter for Markdown {
    fn filter(&self, value: &Value, arguments: &Arguments) -> Result<Value> {
        let site = alive(&self.0)?;
        let html = site
            .markdown(text("markdown", value)?)
            .map_err(|why| Error::msg(format!("`markdown`: {why}")))?;
        let inline = arguments.get("inline").and_then(Value::as_bool).unwrap_or(false);
        let html =
            if inline { html.trim_start_matches("<p>").trim_end_matches("</p>\n").to_owned() } else { html };
        Ok(Value::String(html))
    }
}

fn base64_decode(value: &Value, _: &Arguments) -> Result<Value> {
    let bytes = STANDARD
        .decode(text("base64_decode", value)?)
        .map_err(|error| Error::msg(format!("`base64_decode`: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| Error::msg("`base64_decode`: it is not UTF-8 text"))?;
    Ok(Value::String(text))
}

fn regex_replace(value: &Value, arguments: &Arguments, known: &mut HashMap<String, Regex>) -> Result<Value> {
    let argument = |name: &str| {
        let found = arguments.get(name).and_then(Value::as_str);
        found.ok_or_else(|| {
            Error::msg(format!("`regex_replace`: argument `{name}` is missing, or is no text"))
        })
    };
    let (pattern, replacement) = (argument("pattern")?, argument("rep")?);
    if !known.contains_key(pattern) {
        let compiled = Regex::new(pattern).map_err(|error| {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Error::msg(format!("`regex_replace`: `{pattern}` is no regular expression: {why}"))
        })?;
        known.insert(pattern.to_owned(), compiled);
    }
    let text = text("regex_replace", value)?;
    Ok(Value::String(known[pattern].replace_all(text, replacement).into_owned()))
}

fn num_format(value: &Value, arguments: &Arguments, language: &str) -> Result<Value> {
    let number =
        value.as_i64().ok_or_else(|| Error::msg(format!("`num_format`: `{value}` is no whole number")))?;
    let name = arguments.get("locale").and_then(Value::as_str).unwrap_or(language);
    let locale = Locale::from_name(name)
        .map_err(|_| Error::msg(format!("`num_format`: there is no locale `{name}`")))?;
    Ok(Value::String(number.to_formatted_string(&locale)))
}

fn text<'v>(filter: &str, value: &'v Value) -> Result<&'v str> {
    value.as_str().ok_or_else(|| Error::msg(format!("`{filter}`: it takes text, and was given `{value}`")))
}
