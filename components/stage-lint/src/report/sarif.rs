//! SARIF 2.1.0.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Fix, Position};
use crate::lint::Findings;
use crate::rules::{ALL, Rule};

/// The report as SARIF: one run, with the rules and the diagnostics.
pub(super) fn document(findings: &Findings) -> String {
    let rules = rules(findings);
    let index: BTreeMap<&str, usize> =
        rules.iter().enumerate().map(|(index, rule)| (rule.id, index)).collect();
    let results: Vec<Value> =
        findings.diagnostics.iter().map(|diagnostic| result(diagnostic, index[diagnostic.rule.id])).collect();
    let notes: Vec<Value> =
        findings.notes.iter().map(|note| json!({ "level": "note", "message": { "text": note } })).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ropewalk-lint",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| described(rule)).collect::<Vec<Value>>(),
            }},
            "invocations": [{ "executionSuccessful": true, "toolConfigurationNotifications": notes }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

/// Every rule of our own, and those of ruff that something breaks.
fn rules(findings: &Findings) -> Vec<&'static Rule> {
    let mut rules = ALL.to_vec();
    let own: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    let broken: BTreeMap<&str, &'static Rule> =
        findings.diagnostics.iter().map(|diagnostic| (diagnostic.rule.id, diagnostic.rule)).collect();
    rules.extend(broken.into_values().filter(|rule| !own.contains(rule.id)));
    rules
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.about },
        "defaultConfiguration": { "level": rule.severity.name() },
        "properties": { "tags": [rule.group] },
    })
}

fn result(diagnostic: &Diagnostic, index: usize) -> Value {
    let Diagnostic { path, start, end, rule, severity, message, fix } = diagnostic;
    let mut result = json!({
        "ruleId": rule.id,
        "ruleIndex": index,
        "level": severity.name(),
        "message": { "text": message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(path) },
            "region": region(*start, *end),
        }}],
    });
    // SARIF has no fix without changes: what takes a person is a property.
    match fix {
        Some(fix) if fix.edits.is_empty() => result["properties"] = json!({ "fix": fix.about }),
        Some(fix) => result["fixes"] = json!([self::fix(path, fix)]),
        None => {}
    }
    result
}

fn fix(path: &str, fix: &Fix) -> Value {
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "deletedRegion": region(edit.start, edit.end),
                "insertedContent": { "text": edit.text },
            })
        })
        .collect();
    json!({
        "description": { "text": fix.about },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(path) },
            "replacements": replacements,
        }],
    })
}

fn region(start: Position, end: Position) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// A relative path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    // A colon in the first name would make it a scheme.
    if path.split('/').next().is_some_and(|name| name.contains(':')) {
        uri.push_str("./");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
