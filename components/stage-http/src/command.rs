//! A command as a stage: its parameters, and its result.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{COMMAND_FAILED, INVALID_PARAMETERS, Refusal};
use crate::host::{Failure, Printed};
use crate::log::fitting;
use crate::outputs;

/// JSON Schema of the parameters of every command.
pub const PARAMETERS_SCHEMA: &str = include_str!("command.schema.json");
/// What a result has of standard output, and of standard error, in bytes as JSON writes them. What is more is in
/// the log alone.
pub const MAX_CAPTURED_BYTES: usize = 96 << 10;
/// What the cause of a failure has of the end of standard error, in bytes as JSON writes them.
pub const MAX_LAST_WORDS_BYTES: usize = 2 << 10;

/// Where programs make files of which they have passing need.
const TEMPORARY: &str = "tmp";

/// The parameters, as `command.schema.json` describes them.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Command {
    args: Vec<String>,
    env: BTreeMap<String, String>,
    stdin: String,
    program: Option<String>,
    accept: Option<Vec<u8>>,
    artifacts: Vec<String>,
    /// The working directory, if it is not the root: names, a slash between them.
    pub cwd: Option<String>,
}

impl Command {
    /// Reads the parameters of a call of the stage of this name.
    pub fn read(parameters: &Map<String, Value>, stage: &str) -> Result<Self, Refusal> {
        let refused = |why: String| Refusal {
            error: INVALID_PARAMETERS,
            cause: format!("parameters of command `{stage}`: {why}"),
        };
        let mut command = Self::deserialize(Value::Object(parameters.clone()))
            .map_err(|error| refused(error.to_string()))?;
        if let Some(name) = command.env.keys().find(|name| name.is_empty() || name.contains(['=', '\0'])) {
            return Err(refused(format!("`{name}` cannot be the name of an environment variable")));
        }
        let mut texts = command.args.iter().chain(command.env.values()).chain(&command.program);
        if texts.any(|text| text.contains('\0')) {
            return Err(refused("an argument or a variable has a NUL in it".to_owned()));
        }
        if let Some(cwd) = command.cwd.take() {
            let names: Vec<&str> = cwd.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
            if cwd.starts_with('/') || names.contains(&"..") {
                return Err(refused(format!(
                    "`cwd` is `{cwd}`: hint: name a folder of the inputs, relative to their root"
                )));
            }
            command.cwd = (!names.is_empty()).then(|| names.join("/"));
        }
        Ok(command)
    }

    /// The program's arguments, its name first.
    pub fn arguments(&self, stage: &str) -> Vec<String> {
        let program = self.program.as_deref().unwrap_or(stage).to_owned();
        std::iter::once(program).chain(self.args.iter().cloned()).collect()
    }

    /// Its environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The folders that are made before it runs: few programs make those into which they are told to write.
    pub fn folders(&self) -> Vec<String> {
        let artifacts = self.artifacts.iter().map(|name| format!("{}/{name}", outputs::FOLDER));
        artifacts.chain([TEMPORARY.to_owned()]).collect()
    }

    /// What it finds on standard input.
    pub fn stdin(&self) -> Vec<u8> {
        self.stdin.clone().into_bytes()
    }

    /// What to say of a command that ended with this code.
    pub fn result(&self, stage: &str, code: u8, printed: &[Printed]) -> Result<Value, Failure> {
        let is_accepted = match &self.accept {
            Some(codes) => codes.contains(&code),
            None => code == 0,
        };
        if is_accepted {
            return Ok(json!({
                "exit_code": code,
                "stdout": beginning(of(printed, false)),
                "stderr": beginning(of(printed, true)),
            }));
        }
        let words = of(printed, true);
        let last = last_words(words.trim());
        let cause = match last {
            "" => format!("`{stage}` exited with code {code}"),
            last => format!("`{stage}` exited with code {code}: {last}"),
        };
        Err(Failure { error: COMMAND_FAILED.to_owned(), cause })
    }
}

/// All of one channel.
fn of(printed: &[Printed], is_error: bool) -> String {
    let pieces = printed.iter().filter(|piece| piece.is_error == is_error);
    let bytes: Vec<_> = pieces.map(|piece| piece.bytes.as_slice()).collect();
    String::from_utf8_lossy(&bytes.concat()).into_owned()
}

fn beginning(mut text: String) -> String {
    const MARK: &str = "… the rest is in the log";
    let whole = text.len();
    text.truncate(fitting(text.chars(), MAX_CAPTURED_BYTES - MARK.len()));
    if text.len() < whole {
        text.push_str(MARK);
    }
    text
}

/// The end of a text, from the beginning of a line if there is one.
fn last_words(text: &str) -> &str {
    let end = text.len() - fitting(text.chars().rev(), MAX_LAST_WORDS_BYTES);
    let end = if end == 0 { 0 } else { text[end..].find('\n').map_or(end, |at| end + at + 1) };
    &text[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_read(parameters: Value, expected: Result<&[&str], &str>) {
        let Value::Object(parameters) = parameters else { panic!("not an object") };
        let read = Command::read(&parameters, "lua").map(|command| command.arguments("lua"));
        let read = read.as_ref().map(Vec::as_slice).map_err(|refusal| refusal.cause.as_str());
        match (read, expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected),
            (Err(cause), Err(expected)) => assert!(cause.contains(expected), "{cause}"),
            (read, expected) => panic!("{read:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn parameters_are_read_strictly() {
        check_read(json!({}), Ok(&["lua"]));
        check_read(json!({ "args": ["-v", ""], "program": "luac" }), Ok(&["luac", "-v", ""]));
        check_read(json!({ "arg": [] }), Err("parameters of command `lua`: unknown field `arg`"));
        check_read(json!({ "args": "-v" }), Err("expected a sequence"));
        check_read(json!({ "accept": [256] }), Err("256"));
        check_read(json!({ "args": ["a\0b"] }), Err("a NUL"));
        check_read(
            json!({ "env": { "A=B": "" } }),
            Err("`A=B` cannot be the name of an environment variable"),
        );
        check_read(json!({ "cwd": "a/../.." }), Err("`cwd` is `a/../..`: hint: name a folder"));
        check_read(json!({ "cwd": "/a" }), Err("`cwd` is `/a`"));
    }

    #[test]
    fn a_working_directory_has_one_name() {
        for (cwd, expected) in [("a/b/", Some("a/b")), ("./a//b", Some("a/b")), (".", None), ("", None)] {
            let parameters = Map::from_iter([("cwd".to_owned(), json!(cwd))]);
            assert_eq!(Command::read(&parameters, "x").unwrap().cwd.as_deref(), expected);
        }
    }

    #[test]
    fn the_schema_describes_what_is_read() {
        let schema: Value = serde_json::from_str(PARAMETERS_SCHEMA).unwrap();
        assert_eq!(schema["additionalProperties"], json!(false));
        let properties = schema["properties"].as_object().unwrap();
        let examples: Map<_, _> =
            properties.iter().map(|(name, schema)| (name.clone(), schema["default"].clone())).collect();
        assert_eq!(
            Command::read(&examples, "x").unwrap(),
            Command { accept: Some(vec![0]), ..Command::default() }
        );
        let unknown = Command::read(&Map::from_iter([("?".to_owned(), json!(1))]), "x").unwrap_err().cause;
        for name in properties.keys() {
            assert!(unknown.contains(&format!("`{name}`")), "{unknown}");
        }
        assert_eq!(unknown.matches('`').count(), 2 * (properties.len() + 2), "{unknown}");
    }

    #[test]
    fn results_are_bounded() {
        let piece = |is_error: bool, text: &str| Printed { is_error, bytes: text.into() };
        let printed = [piece(false, "a"), piece(true, "oh\n"), piece(false, "b\n")];
        let command = Command::default();
        let result = command.result("x", 0, &printed).unwrap();
        assert_eq!(result, json!({ "exit_code": 0, "stdout": "ab\n", "stderr": "oh\n" }));
        assert_eq!(command.result("x", 3, &printed).unwrap_err().cause, "`x` exited with code 3: oh");
        assert_eq!(command.result("x", 3, &[]).unwrap_err().cause, "`x` exited with code 3");
        let lenient = Command { accept: Some(vec![3]), ..Command::default() };
        assert_eq!(lenient.result("x", 3, &printed).unwrap()["exit_code"], 3);
        assert!(lenient.result("x", 0, &printed).is_err());
        for text in ["x", "\0", "é", "line\n"] {
            let long = [piece(false, &text.repeat(200_000)), piece(true, &text.repeat(200_000))];
            let result = command.result("x", 0, &long).unwrap();
            assert!(result.to_string().len() <= 2 * MAX_CAPTURED_BYTES + 100);
            assert!(result["stdout"].as_str().unwrap().ends_with("… the rest is in the log"));
            let cause = command.result("x", 1, &long).unwrap_err().cause;
            assert!(cause.len() <= MAX_LAST_WORDS_BYTES + 40 && cause.len() > 300, "{}", cause.len());
        }
    }
}
