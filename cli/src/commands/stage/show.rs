//! `ropewalk stage show`: what a stage says of itself, its parameters as `--help` shows options.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::super::Verdict;
use crate::compose::Description;
use crate::launch;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stage: `stage-lint`, or `lint`
    name: String,
    /// Print JSON, for scripts: the parameters as a JSON Schema
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let manifest = super::load(app)?;
    let id = super::find(&manifest, &args.name)?.id.clone();
    let built = launch::build(&manifest.dir, std::slice::from_ref(&id), printer)?;
    let stage = built.into_iter().next().and_then(|built| built.description);
    let stage = stage.with_context(|| format!("`{id}` does not say what it is"))?;
    let schema: Value = serde_json::from_str(&stage.parameters_schema)
        .with_context(|| format!("the parameters schema of `{id}` is malformed"))?;
    if args.json {
        printer.data(&format!(
            "{:#}",
            json!({
                "component": id, "name": stage.name, "version": stage.version, "hermetic": stage.hermetic,
                "pinned": stage.pinned, "default_include": stage.default_include, "parameters": schema,
            })
        ));
    } else {
        printer.data(text(&id, &stage, &schema).trim_end());
    }
    Ok(Verdict::Passed)
}

/// What kind of stage it is, for a person.
pub(super) fn kind(stage: &Description) -> &'static str {
    match (stage.hermetic, stage.pinned) {
        (true, _) => "hermetic: its results are cached",
        (false, true) => "pinned: its results are cached within a project",
        (false, false) => "with effects: never cached",
    }
}

fn text(id: &str, stage: &Description, schema: &Value) -> String {
    let mut text = format!("{id} {}, {}\n", stage.version, kind(stage));
    let include: Vec<_> = stage.default_include.iter().map(|glob| format!("`{glob}`")).collect();
    let reads = if include.is_empty() { "none unless named".to_owned() } else { include.join(", ") };
    let _ = writeln!(text, "files that it reads of an input: {reads}");
    if let Some(description) = schema["description"].as_str() {
        let _ = write!(text, "\n{}\n", filled(description, ""));
    }
    text.push_str("\nParameters:\n");
    let mut shown = Vec::new();
    members(&mut text, schema, schema, 1, &mut shown);
    if schema["properties"].as_object().is_none_or(serde_json::Map::is_empty) && shown.is_empty() {
        text.push_str("  none\n");
    }
    text
}

/// Schemas within each other are shown so deep.
const MAX_DEPTH: usize = 6;

/// Shows the members of an object, and below each its own. What was shown is not shown again.
fn members(text: &mut String, root: &Value, schema: &Value, depth: usize, shown: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let _ = write!(text, "{indent}{name} <{}>", kind_of(root, member));
        if required.contains(&name.as_str()) {
            text.push_str("  required");
        }
        match member.get("default") {
            None | Some(Value::Null) => {}
            Some(default) => {
                let _ = write!(text, "  [default: {default}]");
            }
        }
        let limits = limits(member);
        if !limits.is_empty() {
            let _ = write!(text, "  [{}]", limits.join(", "));
        }
        text.push('\n');
        let target = resolved(root, member);
        let description = member["description"].as_str().or_else(|| target["description"].as_str());
        if let Some(description) = description {
            text.push_str(&filled(description, &format!("{indent}    ")));
            text.push('\n');
        }
        below(text, root, member, depth, shown);
    }
    for part in ["allOf", "anyOf", "oneOf"] {
        for part in schema[part].as_array().into_iter().flatten() {
            below(text, root, part, depth.saturating_sub(1), shown);
        }
    }
}

/// Shows what stands below a member: members of its own, those of its items, the texts it may be.
fn below(text: &mut String, root: &Value, member: &Value, depth: usize, shown: &mut Vec<String>) {
    if depth >= MAX_DEPTH {
        return;
    }
    for reference in references(member) {
        if let Some(name) = reference["$ref"].as_str() {
            if shown.iter().any(|other| other == name) {
                continue;
            }
            shown.push(name.to_owned());
        }
        let target = resolved(root, reference);
        for choice in target["oneOf"].as_array().into_iter().flatten() {
            if let (Some(value), Some(description)) = (choice.get("const"), choice["description"].as_str()) {
                let _ = writeln!(text, "{}{value}: {description}", "  ".repeat(depth + 2));
            }
        }
        members(text, root, target, depth + 1, shown);
    }
}

/// The schemas of which a member consists: itself, its choices, its items.
fn references(member: &Value) -> Vec<&Value> {
    let mut all = vec![member];
    for part in ["anyOf", "allOf"] {
        all.extend(member[part].as_array().into_iter().flatten());
    }
    for part in ["items", "additionalProperties"] {
        if member[part].is_object() {
            all.extend(references(&member[part]));
        }
    }
    // Its own choices are shown with it.
    all.retain(|schema| schema.get("$ref").is_some() || schema.get("properties").is_some());
    all
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let place = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    place.and_then(|place| root.pointer(place)).unwrap_or(schema)
}

/// What a member may be, in a few words.
fn kind_of(root: &Value, schema: &Value) -> String {
    let target = resolved(root, schema);
    if let Some(value) = target.get("const") {
        return value.to_string();
    }
    if let Some(values) = target["enum"].as_array() {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join("|");
    }
    for part in ["anyOf", "oneOf"] {
        if let Some(choices) = target[part].as_array() {
            let kinds = choices.iter().map(|choice| kind_of(root, choice)).filter(|kind| kind != "null");
            let mut kinds: Vec<String> = kinds.collect();
            kinds.dedup();
            return kinds.join("|");
        }
    }
    let one = |kind: &str| match kind {
        "array" if target["items"].is_object() => format!("list of {}", kind_of(root, &target["items"])),
        "array" => "list".to_owned(),
        "object" if target["additionalProperties"].is_object() => {
            format!("name to {}", kind_of(root, &target["additionalProperties"]))
        }
        "string" => "text".to_owned(),
        other => other.to_owned(),
    };
    match &target["type"] {
        Value::String(kind) => one(kind),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.map(one).collect::<Vec<_>>().join("|")
        }
        _ => "any".to_owned(),
    }
}

fn limits(schema: &Value) -> Vec<String> {
    const NAMES: [(&str, &str); 8] = [
        ("minimum", "at least"),
        ("exclusiveMinimum", "more than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
        ("minLength", "characters at least"),
        ("maxLength", "characters at most"),
        ("minItems", "items at least"),
        ("maxItems", "items at most"),
    ];
    let known =
        NAMES.into_iter().filter_map(|(key, words)| schema.get(key).map(|value| format!("{words} {value}")));
    known.collect()
}

/// So many characters stand in a line.
const WIDTH: usize = 100;

/// A text in lines of [`WIDTH`], each behind an indent. Empty lines of it stay.
fn filled(text: &str, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split("\n\n") {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let mut line = indent.to_owned();
        for word in paragraph.split_whitespace() {
            let is_begun = line.len() > indent.len();
            if is_begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::replace(&mut line, indent.to_owned()));
            } else if is_begun {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_shown_as_help() {
        let schema = json!({
            "description": "What is searched for.",
            "properties": {
                "level": { "$ref": "#/$defs/Level", "default": "error" },
                "max": { "type": ["integer", "null"], "minimum": 0, "description": "At most so many." },
                "rules": { "type": "array", "items": { "$ref": "#/$defs/Rule" }, "description": "Rules." },
            },
            "required": ["level"],
            "$defs": {
                "Level": { "description": "How bad.", "oneOf": [
                    { "const": "error", "description": "It fails." }, { "const": "never" },
                ] },
                "Rule": { "type": "object", "properties": { "name": { "type": "string" }, "more": {
                    "type": "array", "items": { "$ref": "#/$defs/Rule" } } }, "required": ["name"] },
            },
        });
        let stage = Description {
            version: "1.2.0".to_owned(),
            hermetic: true,
            default_include: vec!["**".to_owned()],
            ..Description::default()
        };
        let shown = text("stage-x", &stage, &schema);
        let mut lines: Vec<&str> = shown.lines().collect();
        // The order of members is that of the map, which depends on what else is built.
        lines.sort_unstable();
        let mut expected = [
            "stage-x 1.2.0, hermetic: its results are cached",
            "files that it reads of an input: `**`",
            "",
            "What is searched for.",
            "",
            "Parameters:",
            "  level <\"error\"|\"never\">  required  [default: \"error\"]",
            "      How bad.",
            "      \"error\": It fails.",
            "  max <integer>  [at least 0]",
            "      At most so many.",
            "  rules <list of object>",
            "      Rules.",
            "    name <text>  required",
            "    more <list of object>",
        ];
        expected.sort_unstable();
        assert_eq!(lines, expected);
    }
}
