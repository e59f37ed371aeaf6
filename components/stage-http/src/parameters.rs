//! The parameters of a call, from its input and from what the stage says that it takes. All that is wrong with them is
//! told at once, before the stage runs.

mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::answer::{INVALID_PARAMETERS, Refusal};
use crate::host::Description;

/// So many names are listed in a hint.
const MAX_NAMES_SHOWN: usize = 20;
/// So many problems are told.
const MAX_PROBLEMS_SHOWN: usize = 20;

/// The parameters: `parameters` of the document, of which the schema must know each, or without it
/// those members of the document that the schema names.
pub fn resolve(
    document: &Map<String, Value>,
    description: &Description,
) -> Result<Map<String, Value>, Refusal> {
    let stage = &description.name;
    let accepted = Accepted::read(&description.parameters_schema).map_err(|error| {
        refusal(format!("the parameters schema of stage `{stage}` is malformed: {error}"))
    })?;
    let parameters = match document.get("parameters") {
        None => accepted.pick(document),
        Some(Value::Object(parameters)) => parameters.clone(),
        Some(_) => return Err(refusal("`parameters` of the input is not an object".to_owned())),
    };
    let unknown = accepted.unknown(&parameters);
    // The whole schema is much, and read only if there is something to hold against it.
    let problems = if parameters.is_empty() && !accepted.has_required {
        Vec::new()
    } else {
        let schema = serde_json::from_str(&description.parameters_schema).unwrap_or(Value::Bool(true));
        schema::problems(&schema, &parameters)
    };
    if unknown.is_empty() && problems.is_empty() {
        return Ok(parameters);
    }
    Err(refusal(accepted.told(stage, &unknown, &problems)))
}

/// Which members a schema takes.
struct Accepted {
    names: BTreeSet<String>,
    others: bool,
    has_required: bool,
}

/// What of a schema says so. The rest, which is much, is passed over: this is read at every call.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Schema {
    #[expect(clippy::zero_sized_map_values, reason = "a set is not read from an object")]
    properties: BTreeMap<String, IgnoredAny>,
    additional_properties: Option<Value>,
    unevaluated_properties: Option<Value>,
    all_of: Vec<Value>,
    any_of: Vec<Value>,
    one_of: Vec<Value>,
    required: Vec<IgnoredAny>,
}

impl Accepted {
    fn read(schema: &str) -> Result<Self, serde_json::Error> {
        // `true` is a schema, too.
        if !schema.trim_start().starts_with('{') {
            let others = serde_json::from_str(schema)?;
            return Ok(Self { names: BTreeSet::new(), others, has_required: false });
        }
        let schema: Schema = serde_json::from_str(schema)?;
        let mut names: BTreeSet<String> = schema.properties.into_keys().collect();
        for part in schema.all_of.iter().chain(&schema.any_of).chain(&schema.one_of) {
            collect_names(part, &mut names);
        }
        let others = match schema.additional_properties.or(schema.unevaluated_properties) {
            Some(Value::Bool(others)) => others,
            Some(_) => true,
            // JSON Schema would take any: a stage that lists what it takes means it.
            None => names.is_empty(),
        };
        Ok(Self { names, others, has_required: !schema.required.is_empty() })
    }

    fn pick(&self, document: &Map<String, Value>) -> Map<String, Value> {
        let named = document.iter().filter(|(name, _)| self.names.contains(name.as_str()));
        named.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn unknown<'p>(&self, parameters: &'p Map<String, Value>) -> Vec<&'p str> {
        let names = parameters.keys().map(String::as_str);
        names.filter(|name| !self.others && !self.names.contains(*name)).collect()
    }

    /// What is wrong, in one paragraph.
    fn told(&self, stage: &str, unknown: &[&str], problems: &[String]) -> String {
        let quoted = |names: &mut dyn Iterator<Item = &str>| {
            names.take(MAX_NAMES_SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        let more = problems.len().saturating_sub(MAX_PROBLEMS_SHOWN);
        let mut told = problems[..problems.len() - more].join("; ");
        if more > 0 {
            // Writing to a text cannot fail.
            let _ = write!(told, "; and {more} more");
        }
        if unknown.is_empty() {
            return format!("stage `{stage}`: {told}");
        }
        let between = if told.is_empty() { "" } else { "; " };
        let hint = match self.names.is_empty() {
            true => "none".to_owned(),
            false => quoted(&mut self.names.iter().map(String::as_str)),
        };
        let unknown = quoted(&mut unknown.iter().copied());
        format!("stage `{stage}` has no parameter {unknown}{between}{told}: hint: it takes {hint}")
    }
}

/// The names in `properties` of a schema and of those of which it consists.
fn collect_names(schema: &Value, names: &mut BTreeSet<String>) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        names.extend(properties.keys().cloned());
    }
    for part in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(schemas)) = schema.get(part) {
            for schema in schemas {
                collect_names(schema, names);
            }
        }
    }
}

fn refusal(cause: String) -> Refusal {
    Refusal { error: INVALID_PARAMETERS, cause }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolve_with(schema: &Value, document: &Value) -> Result<Value, String> {
        let description = Description {
            name: "lint".to_owned(),
            version: "1.0.0".to_owned(),
            hermetic: true,
            pinned: false,
            parameters_schema: schema.to_string(),
            default_include: Vec::new(),
        };
        let parameters = resolve(document.as_object().unwrap(), &description);
        parameters.map(Value::Object).map_err(|refusal| refusal.cause)
    }

    #[track_caller]
    fn check(schema: &Value, document: &Value, expected: &Value) {
        assert_eq!(resolve_with(schema, document).as_ref(), Ok(expected));
    }

    #[track_caller]
    fn check_refused(schema: &Value, document: &Value, expected: &str) {
        assert_eq!(resolve_with(schema, document).unwrap_err(), expected);
    }

    #[test]
    fn members_that_the_schema_names_are_picked() {
        let schema = json!({ "properties": { "level": {}, "commit": {} }, "required": ["level"] });
        let document = json!({ "level": 1, "commit": null, "branch": "main", "artifacts": {} });
        check(&schema, &document, &json!({ "level": 1, "commit": null }));
        check_refused(&schema, &json!({ "branch": "main" }), "stage `lint`: `level` is missing");
        check(&json!(true), &document, &json!({}));
        check_refused(
            &json!("text"),
            &document,
            "the parameters schema of stage `lint` is malformed: invalid type: string \"text\", expected a \
             boolean at line 1 column 6",
        );
        let either =
            json!({ "oneOf": [{ "properties": { "level": {} } }, { "properties": { "branch": {} } }] });
        check(&either, &document, &json!({ "level": 1, "branch": "main" }));
    }

    #[test]
    fn parameters_are_strict() {
        let schema = json!({ "properties": { "level": {}, "commit": {} } });
        check(&schema, &json!({ "parameters": { "level": 2 }, "commit": 1 }), &json!({ "level": 2 }));
        check_refused(
            &schema,
            &json!({ "parameters": { "levle": 2 } }),
            "stage `lint` has no parameter `levle`: hint: it takes `commit`, `level`",
        );
        check_refused(
            &json!({ "type": "object", "additionalProperties": false }),
            &json!({ "parameters": { "x": 2 } }),
            "stage `lint` has no parameter `x`: hint: it takes none",
        );
        check_refused(&schema, &json!({ "parameters": [] }), "`parameters` of the input is not an object");
        let open = json!({ "properties": { "level": {} }, "additionalProperties": true });
        check(&open, &json!({ "parameters": { "x": 1 } }), &json!({ "x": 1 }));
        check(&json!({}), &json!({ "parameters": { "x": 1 } }), &json!({ "x": 1 }));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let schema = json!({
            "properties": { "level": { "type": "integer", "maximum": 3 }, "commit": { "type": "string" } },
            "required": ["commit"],
        });
        check_refused(
            &schema,
            &json!({ "parameters": { "levle": 2, "x": 1, "level": 9 } }),
            "stage `lint` has no parameter `levle`, `x`; `commit` is missing; `level` is 9, and must be at most 3: \
             hint: it takes `commit`, `level`",
        );
        check_refused(&schema, &json!({ "parameters": {} }), "stage `lint`: `commit` is missing");
        check_refused(
            &schema,
            &json!({ "level": "x", "commit": 1, "branch": "main" }),
            "stage `lint`: `commit` must be a text, not a number; `level` must be a whole number, not a text",
        );
        let many: Map<String, Value> =
            (0..25).map(|n| (format!("p{n:02}"), json!({ "type": "string" }))).collect();
        let given: Map<String, Value> = (0..25).map(|n| (format!("p{n:02}"), json!(n))).collect();
        let told = resolve_with(&json!({ "properties": many }), &json!({ "parameters": given })).unwrap_err();
        assert!(told.ends_with("; and 5 more"), "{told}");
    }
}
