//! Reading a state.

use std::sync::Arc;

use serde_json::Value;

use super::Pointer;
use super::fields::Fields;
use super::flow::Parts;
use super::machine::Names;
use super::model::{Fail, Kind, Next, QueryLanguage, Scalar, Source, State, StateKind, Wait};
use super::reader::Reader;
use crate::data::Data;
use crate::problem::Code;
use crate::timestamp::Timestamp;

/// Seconds that a Wait or a timeout may last, as on AWS.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

impl Reader {
    /// Reads one state; `None` where it can't be run.
    pub(super) fn state(
        &mut self,
        name: &str,
        value: &Value,
        pointer: &Pointer,
        outer: QueryLanguage,
        names: &Names<'_>,
    ) -> Option<State> {
        let errors = self.problems.len();
        let mut fields = Fields::new(self, value, pointer, "a state")?;
        let comment = fields.string(self, "Comment");
        let kind = self.state_kind(&mut fields)?;
        let own = fields.language(self);
        let language = self.language_within(own, outer, pointer);
        let parts = Parts::of(kind);
        let flow = self.flow(&mut fields, language, parts);
        let assign = parts.assign.then(|| self.assign(&mut fields, language)).flatten();
        let next = if parts.next { self.next(&mut fields, names) } else { Some(Next::End) };
        let (retry, catch) = if parts.handlers {
            (self.retriers(&mut fields), self.catchers(&mut fields, language, names))
        } else {
            (Vec::new(), Vec::new())
        };
        let read = match kind {
            StateKind::Task => self.task(&mut fields, language),
            StateKind::Pass => Some(Kind::Pass { result: self.pass_result(&mut fields, language) }),
            StateKind::Choice => self.choice(&mut fields, language, names),
            StateKind::Wait => self.wait(&mut fields, language),
            StateKind::Succeed => Some(Kind::Succeed),
            StateKind::Fail => Some(self.fail(&mut fields, language)),
            StateKind::Parallel => self.parallel(&mut fields, language, outer),
            StateKind::Map => self.map(&mut fields, language, outer),
        };
        fields.finish(self);
        let sound = self.problems[errors..]
            .iter()
            .all(|problem| problem.severity == crate::problem::Severity::Warning);
        let state = State {
            name: Arc::from(name),
            pointer: pointer.clone(),
            comment,
            language,
            kind: read?,
            next: next?,
            flow,
            assign,
            retry,
            catch,
        };
        sound.then_some(state)
    }

    fn state_kind(&mut self, fields: &mut Fields<'_>) -> Option<StateKind> {
        let name = match fields.required(self, "Type")? {
            Value::String(name) => name,
            other => return fields.wrong(self, "Type", "a string", other),
        };
        let kind = StateKind::by_name(name);
        if kind.is_none() {
            let hint = "the types are Task, Pass, Choice, Wait, Succeed, Fail, Parallel and Map";
            let place = fields.place("Type");
            self.error(Code::InvalidValue, &place, format!("`{name}` isn't a type of state"), Some(hint));
        }
        kind
    }

    fn next(&mut self, fields: &mut Fields<'_>, names: &Names<'_>) -> Option<Next> {
        let end = fields.flag(self, "End");
        let next = fields.text(self, "Next");
        let place = fields.place("Next");
        match (next, end) {
            (Some(name), None | Some(false)) => names.find(self, name, &place).map(Next::State),
            (None, Some(true)) => Some(Next::End),
            (Some(_), Some(true)) => {
                self.error(
                    Code::ConflictingFields,
                    fields.pointer(),
                    "only one of `Next`, `End` may be there",
                    None,
                );
                None
            }
            (None, None | Some(false)) => {
                if !fields.has("Next") {
                    let hint = "add `Next` with the state that follows, or `End`: true";
                    self.error(Code::MissingField, fields.pointer(), "the state leads nowhere", Some(hint));
                }
                None
            }
        }
    }

    fn pass_result(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Data> {
        match language {
            QueryLanguage::JsonPath => fields.get("Result").map(|value| Data::new(value.clone())),
            QueryLanguage::Jsonata => {
                fields.foreign(self, language, &["Result"]);
                None
            }
        }
    }

    fn wait(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Kind> {
        let all = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        if !fields.exclusive(self, &all) && !all.iter().any(|name| fields.has(name)) {
            let hint = "add `Seconds` or `Timestamp`";
            self.error(Code::MissingField, fields.pointer(), "it isn't said how long to wait", Some(hint));
        }
        let is_seconds = |value: &Value| super::fields::whole(value).is_some_and(|n| n <= MAX_SECONDS);
        let is_moment = |value: &Value| value.as_str().is_some_and(|text| Timestamp::parse(text).is_some());
        let wanted = format!("an integer from 0 to {MAX_SECONDS}");
        let seconds = fields.scalar(self, "Seconds", language, &wanted, is_seconds);
        let wanted = "a moment as in `2016-03-14T01:59:00Z`";
        let moment = fields.scalar(self, "Timestamp", language, wanted, is_moment);
        let (mut seconds_path, mut moment_path) = (None, None);
        if language == QueryLanguage::JsonPath {
            seconds_path = fields.path(self, "SecondsPath", false);
            moment_path = fields.path(self, "TimestampPath", false);
        } else {
            fields.foreign(self, language, &["SecondsPath", "TimestampPath"]);
        }
        let seconds = seconds.or(seconds_path).map(Wait::Seconds);
        seconds.or(moment.or(moment_path).map(Wait::Timestamp)).map(Kind::Wait)
    }

    fn fail(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Kind {
        let error = self.fail_text(fields, language, "Error", "ErrorPath");
        let cause = self.fail_text(fields, language, "Cause", "CausePath");
        Kind::Fail(Box::new(Fail { error, cause }))
    }

    fn fail_text(
        &mut self,
        fields: &mut Fields<'_>,
        language: QueryLanguage,
        name: &'static str,
        path: &'static str,
    ) -> Option<Scalar> {
        fields.exclusive(self, &[name, path]);
        let literal = fields.scalar(self, name, language, "a string", Value::is_string);
        if language == QueryLanguage::Jsonata {
            fields.foreign(self, language, &[path]);
            return literal;
        }
        literal.or(fields.path(self, path, true))
    }

    fn parallel(
        &mut self,
        fields: &mut Fields<'_>,
        language: QueryLanguage,
        outer: QueryLanguage,
    ) -> Option<Kind> {
        let _ = language;
        fields.required(self, "Branches")?;
        let branches = fields.array(self, "Branches")?;
        let place = fields.place("Branches");
        if branches.is_empty() {
            self.error(Code::InvalidValue, &place, "`Branches` must not be empty", None);
        }
        let mut machines = Vec::with_capacity(branches.len());
        for (at, branch) in branches.iter().enumerate() {
            machines.push(self.nested(branch, &place.item(at), "a branch", outer, |_, _| {}));
        }
        machines.into_iter().collect::<Option<Vec<_>>>().map(Kind::Parallel)
    }
}

impl Scalar {
    /// The expression, where it is one.
    pub(crate) fn expression(&self) -> Option<&crate::expression::Expression> {
        match &self.source {
            Source::Expression(expression) => Some(expression),
            Source::Literal(_) => None,
        }
    }
}
