use std::collections::BTreeMap;
use std::fmt;

/// A string in which `{{ name }}` stands for an application variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a template. The error says what is wrong with it.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(open) = rest.find("{{") {
            let (text, after) = rest.split_at(open);
            let Some((name, tail)) = after[2..].split_once("}}") else {
                return Err(format!("`{{{{` in `{source}` has no `}}}}`"));
            };
            let name = name.trim();
            check_name(name).map_err(|reason| format!("variable `{name}` in `{source}`: {reason}"))?;
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = tail;
        }
        if rest.contains("}}") {
            return Err(format!("`}}}}` in `{source}` has no `{{{{`"));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it names no variable.
    pub fn is_literal(&self) -> bool {
        self.names().next().is_none()
    }

    /// The variables it names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with each variable's value in its place. `None` when one has no value.
    pub fn resolve(&self, values: &BTreeMap<String, String>) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            text.push_str(match part {
                Part::Text(text) => text,
                Part::Variable(name) => values.get(name)?,
            });
        }
        Some(text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// Variables are named in `lower_snake_case`, each word beginning with a letter.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    for word in name.split('_') {
        let letters = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !letters || !word.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err("names are lower-case words of letters and digits, joined by `_`".to_owned());
        }
    }
    Ok(())
}
