//! Every way in which parameters break their JSON Schema.
//!
//! It knows the keywords that tell what is sent wrongly in practice: types, names, choices and limits. Others (`pattern`,
//! `if`, `dependentRequired` …) are passed over, since the stage itself reads its parameters strictly, too: what is
//! reported here is wrong for certain, and all of it at once. A validator of the whole language weighs several times what
//! the rest of the adapter does, and each stage has an adapter.

use serde_json::{Map, Value};

/// Values within values, and references to references, are looked into so deep.
const MAX_DEPTH: usize = 64;
/// A value is shown up to so many bytes.
const MAX_SHOWN_BYTES: usize = 100;

/// What is wrong with the members of an object, one text each.
pub(super) fn problems(schema: &Value, parameters: &Map<String, Value>) -> Vec<String> {
    let mut check = Check { root: schema, problems: Vec::new() };
    check.members(schema, parameters, "", 0);
    check.problems
}

struct Check<'s> {
    root: &'s Value,
    problems: Vec<String>,
}

impl<'s> Check<'s> {
    fn value(&mut self, schema: &'s Value, value: &Value, place: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if *schema == Value::Bool(false) {
            return self.tell(place, "may not be given");
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|reference| self.target(reference)) {
            self.value(target, value, place, depth + 1);
        }
        if !has_type(schema, value) {
            return self.tell(place, &format!("must be {}, not {}", wanted(schema), kind(value)));
        }
        self.choices(schema, value, place);
        self.limits(schema, value, place);
        for part in list(schema, "allOf") {
            self.value(part, value, place, depth + 1);
        }
        self.alternatives(schema, value, place, depth);
        match value {
            Value::Object(members) => self.members(schema, members, place, depth),
            Value::Array(items) if schema["items"].is_object() && schema["prefixItems"].is_null() => {
                for (index, item) in items.iter().enumerate() {
                    self.value(&schema["items"], item, &format!("{place}[{index}]"), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn members(&mut self, schema: &'s Value, members: &Map<String, Value>, place: &str, depth: usize) {
        let within = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        for name in list(schema, "required").iter().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                self.tell(&within(name), "is missing");
            }
        }
        let has_patterns = schema["patternProperties"].is_object();
        let mut members: Vec<_> = members.iter().collect();
        members.sort_unstable_by_key(|(name, _)| name.as_str());
        for (name, value) in members {
            if let Some(member) = schema["properties"].get(name) {
                self.value(member, value, &within(name), depth + 1);
            } else if !has_patterns {
                match &schema["additionalProperties"] {
                    // The names at the top are the caller's to tell.
                    Value::Bool(false) if place.is_empty() => {}
                    Value::Bool(false) => self.tell(&within(name), "is not known"),
                    Value::Null => {}
                    others => self.value(others, value, &within(name), depth + 1),
                }
            }
        }
    }

    fn choices(&mut self, schema: &Value, value: &Value, place: &str) {
        let choices = list(schema, "enum");
        if !choices.is_empty() && !choices.contains(value) {
            let choices: Vec<String> = choices.iter().map(|choice| format!("`{}`", shown(choice))).collect();
            self.tell(place, &format!("is `{}`, which is none of {}", shown(value), choices.join(", ")));
        }
        if let Some(only) = schema.get("const").filter(|only| *only != value) {
            self.tell(place, &format!("must be `{}`, not `{}`", shown(only), shown(value)));
        }
    }

    fn limits(&mut self, schema: &Value, value: &Value, place: &str) {
        let limit = |key: &str| schema[key].as_f64();
        let (measure, unit, least, most) = match value {
            Value::Number(number) => (number.as_f64(), "", "minimum", "maximum"),
            #[expect(clippy::cast_precision_loss, reason = "no text has so many characters")]
            Value::String(text) => {
                (Some(text.chars().count() as f64), " characters", "minLength", "maxLength")
            }
            #[expect(clippy::cast_precision_loss, reason = "no list has so many items")]
            Value::Array(items) => (Some(items.len() as f64), " items", "minItems", "maxItems"),
            _ => return,
        };
        let Some(measure) = measure else { return };
        let has = if unit.is_empty() { "is" } else { "has" };
        let mut hold = |limit: Option<f64>, words: &str, holds: fn(f64, f64) -> bool| {
            if let Some(limit) = limit.filter(|limit| !holds(measure, *limit)) {
                self.tell(
                    place,
                    &format!(
                        "{has} {measure}{unit}, and must {} {words} {limit}",
                        if unit.is_empty() { "be" } else { "have" }
                    ),
                );
            }
        };
        hold(limit(least), "at least", |measure, limit| measure >= limit);
        hold(limit(most), "at most", |measure, limit| measure <= limit);
        if unit.is_empty() {
            hold(limit("exclusiveMinimum"), "more than", |measure, limit| measure > limit);
            hold(limit("exclusiveMaximum"), "less than", |measure, limit| measure < limit);
        }
    }

    /// Of `anyOf`, and of `oneOf`, one must fit. If none does, what is wrong with the nearest is told.
    fn alternatives(&mut self, schema: &'s Value, value: &Value, place: &str, depth: usize) {
        for key in ["anyOf", "oneOf"] {
            let all = list(schema, key);
            let mut tried = Vec::new();
            for alternative in all {
                let mut check = Check { root: self.root, problems: Vec::new() };
                check.value(alternative, value, place, depth + 1);
                if check.problems.is_empty() {
                    tried.clear();
                    break;
                }
                tried.push((self.resolved(alternative), check.problems));
            }
            // One of the value's own type was meant.
            let is_meant = |schema: &Value| {
                !schema["type"].is_null() && schema.get("const").is_none() && has_type(schema, value)
            };
            let meant = tried.iter().filter(|(schema, _)| is_meant(schema));
            match meant.min_by_key(|(_, problems)| problems.len()) {
                _ if tried.is_empty() => {}
                Some((_, problems)) => self.problems.extend(problems.iter().cloned()),
                None => {
                    let choices: Vec<String> = tried.iter().map(|(schema, _)| wanted(schema)).collect();
                    let value = if value.is_object() || value.is_array() {
                        kind(value).to_owned()
                    } else {
                        format!("`{}`", shown(value))
                    };
                    self.tell(place, &format!("must be {}, not {value}", choices.join(" or ")));
                }
            }
        }
    }

    fn target(&self, reference: &str) -> Option<&'s Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    fn resolved(&self, schema: &'s Value) -> &'s Value {
        let target = schema["$ref"].as_str().and_then(|reference| self.target(reference));
        target.unwrap_or(schema)
    }

    fn tell(&mut self, place: &str, what: &str) {
        self.problems.push(format!("`{place}` {what}"));
    }
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema[key].as_array().map_or(&[], Vec::as_slice)
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        _ => true,
    };
    match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

/// What a schema asks for, in words.
fn wanted(schema: &Value) -> String {
    if let Some(only) = schema.get("const") {
        return format!("`{}`", shown(only));
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return "something else".to_owned(),
    };
    let words = names.iter().map(|name| match *name {
        "string" => "a text",
        "array" => "a list",
        "object" => "an object",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        _ => "`null`",
    });
    words.collect::<Vec<_>>().join(" or ")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "`null`",
        Value::Bool(true) => "`true`",
        Value::Bool(false) => "`false`",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    crate::answer::cut(text, MAX_SHOWN_BYTES)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(properties: &Value, parameters: &Value, expected: &[&str]) {
        let schema = json!({
            "properties": properties,
            "$defs": {
                "Level": { "type": "string", "enum": ["error", "warning"] },
                "Rule": { "type": "object", "properties": { "name": { "type": "string" }, "sub": { "$ref": "#/$defs/Rule" } },
                    "required": ["name"], "additionalProperties": false },
                "Loop": { "$ref": "#/$defs/Loop" },
            },
        });
        assert_eq!(problems(&schema, parameters.as_object().unwrap()), expected);
    }

    #[test]
    fn values_have_the_type_they_must() {
        let one = |kind: &str| json!({ "x": { "type": kind } });
        check(&one("integer"), &json!({ "x": 7 }), &[]);
        check(&one("integer"), &json!({ "x": 1.0 }), &[]);
        check(
            &one("integer"),
            &json!({ "x": 1.5 }),
            &["`x` must be a whole number, not a number with a fraction"],
        );
        check(&one("integer"), &json!({ "x": "7" }), &["`x` must be a whole number, not a text"]);
        check(&one("boolean"), &json!({ "x": null }), &["`x` must be `true` or `false`, not `null`"]);
        check(&one("array"), &json!({ "x": {} }), &["`x` must be a list, not an object"]);
        check(&one("object"), &json!({ "x": [] }), &["`x` must be an object, not a list"]);
        check(
            &json!({ "x": { "type": ["string", "null"] } }),
            &json!({ "x": 1 }),
            &["`x` must be a text or `null`, not a number"],
        );
        check(&json!({ "x": {} }), &json!({ "x": 1, "y": 2 }), &[]);
        check(&json!({ "x": false }), &json!({ "x": 1 }), &["`x` may not be given"]);
    }

    #[test]
    fn values_are_held_to_choices_and_limits() {
        check(
            &json!({ "x": { "$ref": "#/$defs/Level" } }),
            &json!({ "x": "eror" }),
            &["`x` is `eror`, which is none of `error`, `warning`"],
        );
        check(&json!({ "x": { "const": 1 } }), &json!({ "x": 2 }), &["`x` must be `1`, not `2`"]);
        let number = json!({ "x": { "type": "integer", "minimum": 1, "maximum": 9 } });
        check(&number, &json!({ "x": 9 }), &[]);
        check(&number, &json!({ "x": 0 }), &["`x` is 0, and must be at least 1"]);
        check(&number, &json!({ "x": 10 }), &["`x` is 10, and must be at most 9"]);
        let open = json!({ "x": { "exclusiveMinimum": 1, "exclusiveMaximum": 2 } });
        check(&open, &json!({ "x": 1 }), &["`x` is 1, and must be more than 1"]);
        check(&open, &json!({ "x": 2 }), &["`x` is 2, and must be less than 2"]);
        check(
            &json!({ "x": { "minLength": 1 } }),
            &json!({ "x": "" }),
            &["`x` has 0 characters, and must have at least 1"],
        );
        check(&json!({ "x": { "maxLength": 1 } }), &json!({ "x": "ü" }), &[]);
        check(
            &json!({ "x": { "maxItems": 1 } }),
            &json!({ "x": [1, 2] }),
            &["`x` has 2 items, and must have at most 1"],
        );
    }

    #[test]
    fn all_problems_are_told_with_their_places() {
        check(
            &json!({ "rules": { "type": "array", "items": { "$ref": "#/$defs/Rule" } }, "by": {
                "type": "object", "additionalProperties": { "type": "integer" } } }),
            &json!({ "rules": [{ "name": 1 }, { "nam": "a" }, { "name": "b", "sub": {} }, 3], "by": { "a": 1, "b": "x" } }),
            &[
                "`by.b` must be a whole number, not a text",
                "`rules[0].name` must be a text, not a number",
                "`rules[1].name` is missing",
                "`rules[1].nam` is not known",
                "`rules[2].sub.name` is missing",
                "`rules[3]` must be an object, not a number",
            ],
        );
    }

    #[test]
    fn one_alternative_must_fit() {
        let either = json!({ "x": { "anyOf": [{ "$ref": "#/$defs/Rule" }, { "type": "null" }] } });
        check(&either, &json!({ "x": null }), &[]);
        check(&either, &json!({ "x": { "name": "a" } }), &[]);
        check(&either, &json!({ "x": {} }), &["`x.name` is missing"]);
        check(&either, &json!({ "x": 1 }), &["`x` must be an object or `null`, not `1`"]);
        let level = json!({ "x": { "oneOf": [{ "const": "a", "type": "string" }, { "const": "b", "type": "string" }] } });
        check(&level, &json!({ "x": "b" }), &[]);
        check(&level, &json!({ "x": "c" }), &["`x` must be `a` or `b`, not `c`"]);
        check(
            &json!({ "x": { "allOf": [{ "type": "string" }, { "minLength": 2 }] } }),
            &json!({ "x": "a" }),
            &["`x` has 1 characters, and must have at least 2"],
        );
    }

    #[test]
    fn what_cannot_be_told_is_passed_over() {
        check(&json!({ "x": { "$ref": "#/$defs/Loop" } }), &json!({ "x": 1 }), &[]);
        check(&json!({ "x": { "$ref": "https://example.com/schema" } }), &json!({ "x": 1 }), &[]);
        check(&json!({ "x": { "pattern": "^a" } }), &json!({ "x": "b" }), &[]);
        check(
            &json!({ "x": { "type": "object", "patternProperties": {}, "additionalProperties": false } }),
            &json!({ "x": { "a": 1 } }),
            &[],
        );
    }
}
