//! The SARIF file, the text file and the log.

use serde_json::Value;

use super::project;
use crate::{Parameters, run};

#[test]
fn the_log_is_the_text_report() {
    let folder = project(&[("a.json", b"["), ("b.css", b"@foo;")]);
    let mut log = Vec::new();
    run(folder.path(), &Parameters::default(), &mut log).unwrap_err();
    let log = String::from_utf8(log).unwrap();
    assert_eq!(log, std::fs::read_to_string(folder.path().join("out/report/lint.txt")).unwrap());
    assert!(log.ends_with("2 files checked: 1 error, 1 warning, 0 notes\n"), "{log}");
}

/// What the SARIF 2.1.0 schema asks of the parts that the report has.
#[test]
fn sarif_keeps_to_its_schema() {
    let folder = project(&[("a b.json", b"[\n  1,\n  2 3]"), ("c.js", b"debugger")]);
    run(folder.path(), &Parameters::default(), &mut Vec::new()).unwrap_err();
    let text = std::fs::read(folder.path().join("out/report/lint.sarif")).unwrap();
    let sarif: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let number = |name: &str| region[name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!((number("endLine"), number("endColumn")) >= (number("startLine"), number("startColumn")));
    }
    let first = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(first["artifactLocation"]["uri"], "a%20b.json");
    assert_eq!((&first["region"]["startLine"], &first["region"]["startColumn"]), (&3.into(), &5.into()));
}

#[test]
fn reports_are_limited_and_counts_are_not() {
    let many = "debugger;\n".repeat(crate::MAX_DIAGNOSTICS + 7);
    let folder = project(&[("a.js", many.as_bytes())]);
    let findings = crate::lint(folder.path(), &Parameters::default()).unwrap();
    assert_eq!(findings.diagnostics.len(), crate::MAX_DIAGNOSTICS);
    assert_eq!(findings.count(crate::Severity::Error), crate::MAX_DIAGNOSTICS + 7);
    assert!(crate::report::text(&findings).contains("… and 7 more: the report is limited to 5000\n"));
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let mut ids: Vec<&str> = crate::RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), crate::RULES.len());
}
