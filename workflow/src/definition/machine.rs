//! Reading a machine: `StartAt` and `States`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::fields::Fields;
use super::model::{Machine, MachineId, QueryLanguage};
use super::reader::Reader;
use super::{MAX_MACHINE_DEPTH, MAX_STATES, Pointer};
use crate::expression::kind;
use crate::problem::Code;

/// Characters that a state's name may have, as on AWS.
pub(super) const MAX_NAME_CHARS: usize = 80;

/// The names of a machine's states while it is read, so that transitions find them.
pub(super) struct Names<'a> {
    index: &'a BTreeMap<Arc<str>, usize>,
}

impl Names<'_> {
    /// The state of that name; a problem where there is none.
    pub(super) fn find(&self, reader: &mut Reader, name: &str, place: &Pointer) -> Option<usize> {
        let found = self.index.get(name).copied();
        if found.is_none() {
            let elsewhere = reader.names.contains_key(name);
            let hint = if elsewhere {
                Some("a transition can't leave its branch or item processor, or enter one".to_owned())
            } else {
                let near = self.index.keys().find(|known| known.eq_ignore_ascii_case(name));
                near.map(|known| format!("did you mean `{known}`?"))
            };
            reader.error(
                Code::UnknownState,
                place,
                format!("there is no state `{name}` here"),
                hint.as_deref(),
            );
        }
        found
    }
}

impl Reader {
    /// Reads `StartAt` and `States` of the object; the machine takes the next slot, even where it has errors.
    pub(super) fn machine(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> MachineId {
        let slot = self.machines.len();
        self.machines.push(None);
        if self.depth > MAX_MACHINE_DEPTH {
            let message = format!("machines nest deeper than {MAX_MACHINE_DEPTH} levels");
            self.error(Code::LimitExceeded, fields.pointer(), message, None);
            return slot;
        }
        let start = fields.required(self, "StartAt");
        let states = fields.required(self, "States");
        let place = fields.place("States");
        let Some(Value::Object(states)) = states else {
            if let Some(other) = states {
                self.error(
                    Code::InvalidValue,
                    &place,
                    format!("`States` must be an object, not {}", kind(other)),
                    None,
                );
            }
            return slot;
        };
        if states.is_empty() {
            self.error(Code::InvalidValue, &place, "`States` must not be empty", None);
            return slot;
        }
        let index: BTreeMap<Arc<str>, usize> =
            states.keys().enumerate().map(|(at, name)| (Arc::from(name.as_str()), at)).collect();
        for name in states.keys() {
            self.name(name, &place.member(name));
        }
        if self.names.len() > MAX_STATES {
            self.error(
                Code::LimitExceeded,
                &place,
                format!("the definition has more than {MAX_STATES} states"),
                None,
            );
            return slot;
        }
        let names = Names { index: &index };
        let first = match start {
            Some(Value::String(name)) => names.find(self, name, &fields.place("StartAt")),
            Some(other) => fields.wrong(self, "StartAt", "a string", other),
            None => None,
        };
        let mut read = Vec::with_capacity(states.len());
        for (name, state) in states {
            read.push(self.state(name, state, &place.member(name), language, &names));
        }
        if let (Some(_), Some(Value::String(name))) = (first, start) {
            self.check_graph(name, states, &place);
        }
        let complete: Option<Vec<_>> = read.into_iter().collect();
        if let (Some(start), Some(states)) = (first, complete) {
            self.machines[slot] = Some(Machine { states, start });
        }
        slot
    }

    fn name(&mut self, name: &str, place: &Pointer) {
        if name.is_empty() {
            self.error(Code::InvalidValue, place, "a state's name must not be empty", None);
        }
        if name.chars().count() > MAX_NAME_CHARS {
            let message = format!("the state's name is longer than {MAX_NAME_CHARS} characters");
            self.error(Code::InvalidValue, place, message, None);
        }
        if let Some(first) = self.names.get(name).map(ToString::to_string) {
            let message = format!("the state name `{name}` is used twice, first at `{first}`");
            self.error(
                Code::DuplicateState,
                place,
                message,
                Some("names are unique in the whole definition, branches included"),
            );
        } else {
            self.names.insert(name.to_owned(), place.clone());
        }
    }

    /// Reads a machine that stands by itself in a value: a branch or an item processor.
    pub(super) fn nested(
        &mut self,
        value: &Value,
        pointer: &Pointer,
        what: &'static str,
        language: QueryLanguage,
        more: impl FnOnce(&mut Self, &mut Fields<'_>),
    ) -> Option<MachineId> {
        let mut fields = Fields::new(self, value, pointer, what)?;
        fields.get("Comment");
        let own = fields.language(self);
        let language = self.language_within(own, language, pointer);
        more(self, &mut fields);
        self.depth += 1;
        let machine = self.machine(&mut fields, language);
        self.depth -= 1;
        fields.finish(self);
        Some(machine)
    }

    /// The language that applies, given that of what is around.
    pub(super) fn language_within(
        &mut self,
        own: Option<QueryLanguage>,
        outer: QueryLanguage,
        place: &Pointer,
    ) -> QueryLanguage {
        if own == Some(QueryLanguage::JsonPath) && outer == QueryLanguage::Jsonata {
            let message = "`QueryLanguage` can't be `JSONPath` where the whole state machine's is `JSONata`";
            self.error(Code::InvalidValue, place, message, None);
        }
        own.unwrap_or(outer)
    }
}
