//! Which artifacts a call is given, and where.

use artifact::Digest;
use artifact::tree::check_path;
use serde_json::{Map, Value};

use crate::answer::{INVALID_INPUT, Refusal};

/// The most inputs of one call.
pub const MAX_INPUTS: usize = 64;
/// The name of the artifact that is mounted when a call names no inputs.
pub const DEFAULT_INPUT: &str = "source";
/// The path of the working directory itself.
pub const ROOT: &str = ".";

/// An input as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The name by which the caller passes it.
    pub name: String,
    /// Which artifact.
    pub artifact: Digest,
    /// Globs of files to mount.
    pub include: Vec<String>,
    /// Globs of files to leave out.
    pub exclude: Vec<String>,
    /// Where, relative to the working directory; [`ROOT`] is that itself.
    pub path: String,
}

/// The inputs that a document asks for, by name: those in `inputs`, or without it the artifact `source`
/// of those in `artifacts`, if it is there.
pub fn resolve(document: &Map<String, Value>, default_include: &[String]) -> Result<Vec<Input>, Refusal> {
    let mut inputs = Vec::new();
    match document.get("inputs") {
        None => {
            if let Some(value) = artifacts(document)?.and_then(|artifacts| artifacts.get(DEFAULT_INPUT)) {
                let artifact = digest(value, &format!("artifact `{DEFAULT_INPUT}`"))?;
                inputs.push(plain(DEFAULT_INPUT, artifact, default_include));
            }
        }
        Some(Value::Object(members)) => {
            if members.len() > MAX_INPUTS {
                let count = members.len();
                return Err(refusal(format!("there are {count} inputs: the limit is {MAX_INPUTS}")));
            }
            for (name, value) in members {
                inputs.push(read(name, value, default_include)?);
            }
            inputs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        }
        Some(_) => return Err(refusal("`inputs` of the input is not an object".to_owned())),
    }
    Ok(inputs)
}

/// `artifacts` of a document, if it has any.
pub fn artifacts(document: &Map<String, Value>) -> Result<Option<&Map<String, Value>>, Refusal> {
    match document.get("artifacts") {
        None => Ok(None),
        Some(Value::Object(artifacts)) => Ok(Some(artifacts)),
        Some(_) => Err(refusal("`artifacts` of the input is not an object".to_owned())),
    }
}

fn plain(name: &str, artifact: Digest, include: &[String]) -> Input {
    Input {
        name: name.to_owned(),
        artifact,
        include: include.to_vec(),
        exclude: Vec::new(),
        path: ROOT.to_owned(),
    }
}

fn read(name: &str, value: &Value, default_include: &[String]) -> Result<Input, Refusal> {
    let what = format!("input `{name}`");
    let Value::Object(members) = value else {
        return Ok(plain(name, digest(value, &what)?, default_include));
    };
    let known = ["artifact", "include", "exclude", "path"];
    if let Some(unknown) = members.keys().find(|member| !known.contains(&member.as_str())) {
        return Err(refusal(format!(
            "{what} has a member `{unknown}`: hint: it takes `artifact`, `include`, `exclude`, `path`"
        )));
    }
    let artifact = members.get("artifact").ok_or_else(|| refusal(format!("{what} names no `artifact`")))?;
    let mut input = plain(name, digest(artifact, &what)?, default_include);
    if let Some(globs) = members.get("include") {
        input.include = strings(globs, &what, "include")?;
    }
    if let Some(globs) = members.get("exclude") {
        input.exclude = strings(globs, &what, "exclude")?;
    }
    if let Some(path) = members.get("path") {
        input.path = clean_path(path, &what)?;
    }
    Ok(input)
}

/// A digest as text, or within an object as an upload answers it.
fn digest(value: &Value, what: &str) -> Result<Digest, Refusal> {
    let text = match value {
        Value::Object(members) => members.get("digest").and_then(Value::as_str),
        _ => value.as_str(),
    };
    text.ok_or_else(|| refusal(format!("{what} is no digest: expected `sha256:…`")))?
        .parse()
        .map_err(|error| refusal(format!("{what}: {error}")))
}

fn strings(value: &Value, what: &str, member: &str) -> Result<Vec<String>, Refusal> {
    let items = value.as_array().and_then(|items| {
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    items.ok_or_else(|| refusal(format!("`{member}` of {what} is not a list of globs")))
}

fn clean_path(value: &Value, what: &str) -> Result<String, Refusal> {
    let text = value.as_str().ok_or_else(|| refusal(format!("`path` of {what} is not a text")))?;
    let mut path = text.strip_suffix('/').unwrap_or(text);
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    if path != ROOT {
        check_path(path).map_err(|error| refusal(format!("{what}: {error}")))?;
    }
    Ok(path.to_owned())
}

fn refusal(cause: String) -> Refusal {
    Refusal { error: INVALID_INPUT, cause }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn resolve_all(document: &str) -> Result<Vec<Input>, String> {
        let document = document.replace("DIGEST", &format!("\"sha256:{HEX}\""));
        let document = serde_json::from_str(&document).unwrap();
        resolve(&document, &["**/*.md".to_owned()]).map_err(|refusal| refusal.cause)
    }

    #[track_caller]
    fn check(document: &str, expected: &Value) {
        let inputs = resolve_all(document).unwrap();
        let found: Vec<_> = inputs
            .iter()
            .map(|input| json!([input.name, input.path, input.include, input.exclude]))
            .collect();
        assert_eq!(&Value::Array(found), expected);
        assert!(inputs.iter().all(|input| input.artifact == Digest::of(b"")));
    }

    #[test]
    fn the_source_is_mounted_unless_others_are_named() {
        check("{}", &json!([]));
        check(r#"{"artifacts":{}}"#, &json!([]));
        check(r#"{"artifacts":{"other":DIGEST}}"#, &json!([]));
        check(r#"{"artifacts":{"source":DIGEST,"x":1}}"#, &json!([["source", ".", ["**/*.md"], []]]));
        check(r#"{"artifacts":{"source":DIGEST},"inputs":{}}"#, &json!([]));
    }

    #[test]
    fn inputs_come_by_name() {
        check(
            r#"{"inputs":{
                "b": DIGEST,
                "a": {"artifact": {"digest": DIGEST, "files": 1}, "path": "./x/y/", "exclude": ["a"]},
                "c": {"artifact": DIGEST, "include": [], "path": "./"}
            }}"#,
            &json!([["a", "x/y", ["**/*.md"], ["a"]], ["b", ".", ["**/*.md"], []], ["c", ".", [], []],]),
        );
    }

    #[track_caller]
    fn check_refused(document: &str, expected: &str) {
        assert_eq!(resolve_all(document).unwrap_err(), expected);
    }

    #[test]
    fn bad_inputs_are_named() {
        check_refused(r#"{"inputs":[]}"#, "`inputs` of the input is not an object");
        check_refused(r#"{"artifacts":1}"#, "`artifacts` of the input is not an object");
        check_refused(r#"{"artifacts":{"source":1}}"#, "artifact `source` is no digest: expected `sha256:…`");
        check_refused(r#"{"inputs":{"a":null}}"#, "input `a` is no digest: expected `sha256:…`");
        check_refused(
            r#"{"inputs":{"a":"main"}}"#,
            "input `a`: `main` is not a digest: expected `sha256:` and 64 lower-case hexadecimal digits",
        );
        check_refused(r#"{"inputs":{"a":{}}}"#, "input `a` names no `artifact`");
        check_refused(
            r#"{"inputs":{"a":{"artifact":DIGEST,"globs":[]}}}"#,
            "input `a` has a member `globs`: hint: it takes `artifact`, `include`, `exclude`, `path`",
        );
        let with = |rest: &str| format!(r#"{{"inputs":{{"a":{{"artifact":DIGEST,{rest}}}}}}}"#);
        check_refused(&with(r#""include":"**""#), "`include` of input `a` is not a list of globs");
        check_refused(&with(r#""exclude":[1]"#), "`exclude` of input `a` is not a list of globs");
        check_refused(&with(r#""path":1"#), "`path` of input `a` is not a text");
        check_refused(&with(r#""path":"../x""#), "input `a`: path `../x` is refused: a part is `..`");
        check_refused(&with(r#""path":"/x""#), "input `a`: path `/x` is refused: it is absolute");
        check_refused(&with(r#""path":"""#), "input `a`: path `` is refused: it is empty");
        let many: Vec<_> = (0..65).map(|number| format!("\"i{number}\":DIGEST")).collect();
        let many = format!(r#"{{"inputs":{{{}}}}}"#, many.join(","));
        check_refused(&many, "there are 65 inputs: the limit is 64");
    }
}
