//! Reading the fields that shape data, and which of them each type of state has.

use serde_json::Value;

use super::fields::Fields;
use super::model::{Flow, QueryLanguage, ResultPath, Selection, Source, StateKind};
use super::reader::Reader;
use crate::expression::{Template, kind, short};
use crate::path::ReferencePath;
use crate::problem::Code;

/// Characters that a variable's name may have, as on AWS.
const MAX_VARIABLE_CHARS: usize = 80;

/// The groups of fields that a type of state has.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a yes or no of the specification's table")]
pub(super) struct Parts {
    pub(super) next: bool,
    pub(super) assign: bool,
    pub(super) handlers: bool,
    paths: bool,
    parameters: bool,
    arguments: bool,
    result_path: bool,
    result_selector: bool,
    output: bool,
}

impl Parts {
    pub(super) fn of(kind: StateKind) -> Self {
        use StateKind::{Fail, Map, Parallel, Pass, Succeed, Task, Wait};
        Self {
            next: matches!(kind, Task | Pass | Wait | Parallel | Map),
            assign: !matches!(kind, Succeed | Fail),
            handlers: matches!(kind, Task | Parallel | Map),
            paths: !matches!(kind, Fail),
            parameters: matches!(kind, Task | Pass | Parallel),
            arguments: matches!(kind, Task | Parallel),
            result_path: matches!(kind, Task | Pass | Parallel | Map),
            result_selector: matches!(kind, Task | Parallel | Map),
            output: !matches!(kind, Fail),
        }
    }
}

impl Reader {
    pub(super) fn flow(&mut self, fields: &mut Fields<'_>, language: QueryLanguage, parts: Parts) -> Flow {
        match language {
            QueryLanguage::JsonPath => self.json_path_flow(fields, parts),
            QueryLanguage::Jsonata => self.jsonata_flow(fields, parts),
        }
    }

    fn json_path_flow(&mut self, fields: &mut Fields<'_>, parts: Parts) -> Flow {
        let language = QueryLanguage::JsonPath;
        let mut flow = Flow::default();
        if parts.paths {
            flow.input_path = self.selection(fields, "InputPath");
            flow.output_path = self.selection(fields, "OutputPath");
        }
        if parts.parameters {
            flow.arguments = fields.template(self, "Parameters", language);
        }
        if parts.result_selector {
            flow.result_selector = fields.template(self, "ResultSelector", language);
        }
        if parts.result_path {
            flow.result_path = self.result_path(fields);
        }
        fields.foreign(self, language, &["Arguments", "Output"]);
        flow
    }

    fn jsonata_flow(&mut self, fields: &mut Fields<'_>, parts: Parts) -> Flow {
        let language = QueryLanguage::Jsonata;
        let mut flow = Flow::default();
        if parts.arguments {
            flow.arguments = fields.template(self, "Arguments", language);
        }
        if parts.output {
            flow.output = fields.template(self, "Output", language);
        }
        fields.foreign(
            self,
            language,
            &["InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath"],
        );
        flow
    }

    fn selection(&mut self, fields: &mut Fields<'_>, name: &'static str) -> Selection {
        match fields.get(name) {
            None => Selection::Whole,
            Some(Value::Null) => Selection::Nothing,
            Some(Value::String(text)) if text == "$" => Selection::Whole,
            Some(_) => match fields.path(self, name, true).map(|scalar| scalar.source) {
                Some(Source::Expression(expression)) => Selection::Path(expression),
                _ => Selection::Whole,
            },
        }
    }

    pub(super) fn result_path(&mut self, fields: &mut Fields<'_>) -> ResultPath {
        match fields.get("ResultPath") {
            None => ResultPath::Replace,
            Some(Value::Null) => ResultPath::Discard,
            Some(Value::String(text)) => match ReferencePath::parse(text) {
                Ok(path) if path.is_root() => ResultPath::Replace,
                Ok(path) => ResultPath::Insert(path),
                Err(reason) => {
                    let message = format!("`{}` isn't a reference path: {reason}", short(text));
                    let place = fields.place("ResultPath");
                    self.error(Code::InvalidPath, &place, message, None);
                    ResultPath::Replace
                }
            },
            Some(other) => {
                fields.wrong::<()>(self, "ResultPath", "a string or null", other);
                ResultPath::Replace
            }
        }
    }

    /// `Assign`: an object of variables.
    pub(super) fn assign(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Template> {
        let template = fields.template(self, "Assign", language)?;
        let place = fields.place("Assign");
        match fields.get("Assign")? {
            Value::Object(members) => {
                for name in members.keys() {
                    let plain = match language {
                        QueryLanguage::JsonPath => name.strip_suffix(".$").unwrap_or(name),
                        QueryLanguage::Jsonata => name,
                    };
                    if plain.contains('-') && variable_name(&plain.replace('-', "_")).is_ok() {
                        let message =
                            format!("no expression can read the variable `{plain}`, because of its `-`");
                        self.warning(
                            Code::InvalidVariable,
                            &place.member(name),
                            message,
                            Some("write `_` instead"),
                        );
                    } else if let Err(reason) = variable_name(plain) {
                        let message = format!("`{plain}` can't be the name of a variable: {reason}");
                        self.error(Code::InvalidVariable, &place.member(name), message, None);
                    }
                }
                Some(template)
            }
            other => {
                let message = format!("`Assign` must be an object, not {}", kind(other));
                self.error(Code::InvalidValue, &place, message, None);
                None
            }
        }
    }
}

fn variable_name(name: &str) -> Result<(), String> {
    let mut characters = name.chars();
    match characters.next() {
        None => return Err("it is empty".to_owned()),
        Some(first) if first.is_alphabetic() || first == '_' => {}
        Some(first) => return Err(format!("it starts with `{first}`")),
    }
    if let Some(bad) = characters.find(|c| !c.is_alphanumeric() && *c != '_') {
        return Err(format!("it has the character `{bad}`"));
    }
    if name.chars().count() > MAX_VARIABLE_CHARS {
        return Err(format!("it is longer than {MAX_VARIABLE_CHARS} characters"));
    }
    if name == "states" {
        return Err("`$states` is the data of the state".to_owned());
    }
    Ok(())
}
