//! The SARIF file, the text file and the log.

use serde_json::Value;

use super::project;
use crate::{Parameters, Summary, run, write_reports};

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

/// The official schema, where the package that carries it was downloaded to. None where nothing was.
fn official_schema() -> Option<Value> {
    let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let home = home.or_else(|| Some(std::path::Path::new(&std::env::var_os("HOME")?).join(".cargo")))?;
    let sources = std::fs::read_dir(home.join("registry/src")).ok()?.filter_map(Result::ok);
    let packages =
        sources.filter_map(|source| std::fs::read_dir(source.path()).ok()).flatten().filter_map(Result::ok);
    let package = packages
        .into_iter()
        .find(|package| package.file_name().to_string_lossy().starts_with("serde-sarif-"))?;
    serde_json::from_slice(&std::fs::read(package.path().join("src/schema.json")).ok()?).ok()
}

#[test]
#[allow(clippy::print_stderr, reason = "a check that is skipped must be seen")]
fn sarif_validates_against_the_official_schema() {
    let folder = project(&[
        ("a b.json", b"[1,]"),
        ("c.js", b"debugger;\nif (a == 1) {}\n\"\\d\";\n"),
        ("d.py", b"import os\nimport re, sys\nprint(sys)\n"),
        ("e.md", b"[a](b)\n"),
        ("f:g.css", b"a {"),
        ("h.sh", b"echo $a\n"),
        ("eslint.config.js", b"export default [];\n"),
        (".editorconfig", b"[*]\ninsert_final_newline = true\ncharset = utf-8-bom\n"),
        ("empty.md", b""),
    ]);
    run(folder.path(), &Parameters::default(), &mut Vec::new()).unwrap_err();
    let text = std::fs::read_to_string(folder.path().join("out/report/lint.sarif")).unwrap();
    // What the schema's types can hold, always.
    let typed: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
    let results = typed.runs[0].results.as_ref().unwrap();
    assert!(results.iter().any(|result| result.fixes.as_ref().is_some_and(|fixes| !fixes.is_empty())));
    let Some(mut schema) = official_schema() else {
        eprintln!("skipped: the source of `serde-sarif`, which has the schema, is not on this machine");
        return;
    };
    // Its pattern for languages, which the report doesn't name, is no regular expression.
    for definition in ["run", "toolComponent"] {
        if let Some(language) = schema["definitions"][definition]["properties"]["language"].as_object_mut() {
            language.remove("pattern");
        }
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    // The schema is the real one: it refuses what is no SARIF.
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })));
}

#[test]
fn fixes_are_in_the_log_and_in_sarif() {
    let folder = project(&[("a.py", b"import os\n"), ("b.js", b"debugger;\n")]);
    let findings = crate::lint(folder.path(), &Parameters::default()).unwrap();
    let log = crate::report::text(&findings);
    assert!(
        log.contains("a.py:1:8 warning F401 `os` imported but unused\n  fix: Remove unused import: `os`\n"),
        "{log}"
    );
    assert!(log.contains("  fix: remove it\n"), "{log}");
    write_reports(folder.path(), &findings).unwrap();
    let sarif: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("out/report/lint.sarif")).unwrap()).unwrap();
    let fix = &sarif["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["description"]["text"], "Remove unused import: `os`");
    let replacement = &fix["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["deletedRegion"]["endLine"], 2);
    assert_eq!(replacement["insertedContent"]["text"], "");
}

/// Others read the result by the schema beside this package. `BLESS=1` writes it anew.
#[test]
fn the_result_keeps_to_its_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/result.schema.json");
    let schema = serde_json::to_value(schemars::schema_for!(Summary)).unwrap();
    let written = format!("{schema:#}\n");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), written, "run this test with BLESS=1");
    let folder = project(&[("a.py", b"import os\n"), ("b.json", b"[1,]"), ("c.css", b"@foo;")]);
    let result = Summary::of(&crate::lint(folder.path(), &Parameters::default()).unwrap());
    let result = serde_json::to_value(&result).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&result), "{result:#}");
    // The worst is first.
    assert_eq!(result["first"][0]["rule"], "json-syntax");
    assert_eq!(result["by_language"], serde_json::json!({ "css": 1, "json": 1, "python": 1 }));
}

#[test]
fn the_result_stays_small() {
    let name = "x".repeat(5_000);
    let text = format!("{{\"{name}\": 1, \"{name}\": 2}}\n");
    let files: Vec<String> = (0..100).map(|number| format!("{number}.json")).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|path| (path.as_str(), text.as_bytes())).collect();
    let folder = project(&files);
    let result = Summary::of(&crate::lint(folder.path(), &Parameters::default()).unwrap());
    assert_eq!((result.errors, result.first.len()), (100, 20));
    assert!(serde_json::to_string(&result).unwrap().len() < 32 << 10);
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let mut ids: Vec<&str> = crate::RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), crate::RULES.len());
}
