//! The one who reads a definition: collects problems and machines.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Fields;
use super::model::{Machine, QueryLanguage};
use super::{MachineType, Pointer};
use crate::expression::Issue;
use crate::problem::{Code, Problem, Severity};

/// Reads one definition.
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
    /// Slots are taken in reading order; one stays empty where the machine has an error.
    pub(super) machines: Vec<Option<Machine>>,
    pub(super) machine_type: MachineType,
    /// Where each state name was first seen, in the whole definition.
    pub(super) names: BTreeMap<String, Pointer>,
    pub(super) depth: usize,
}

/// What the outermost object says beside its states.
pub(super) struct Top {
    pub(super) comment: Option<String>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) language: QueryLanguage,
}

impl Reader {
    pub(super) fn new(machine_type: MachineType) -> Self {
        Self { problems: Vec::new(), machines: Vec::new(), machine_type, names: BTreeMap::new(), depth: 0 }
    }

    /// Reads the outermost object.
    pub(super) fn top(&mut self, value: &Value) -> Option<Top> {
        let mut fields = Fields::new(self, value, &Pointer::default(), "a definition")?;
        let comment = fields.string(self, "Comment");
        let version = fields.string(self, "Version");
        if let Some(version) = version.filter(|version| version != "1.0") {
            let place = fields.place("Version");
            self.error(
                Code::InvalidValue,
                &place,
                format!("version `{version}` isn't known"),
                Some("the only one is `1.0`"),
            );
        }
        let timeout_seconds = fields.whole_number(self, "TimeoutSeconds", 1, 99_999_999);
        let language = fields.language(self).unwrap_or(QueryLanguage::JsonPath);
        self.machine(&mut fields, language);
        fields.finish(self);
        Some(Top { comment, timeout_seconds, language })
    }

    pub(super) fn error(
        &mut self,
        code: Code,
        place: &Pointer,
        message: impl Into<String>,
        hint: Option<&str>,
    ) {
        self.push(Severity::Error, code, place, message.into(), hint);
    }

    pub(super) fn warning(
        &mut self,
        code: Code,
        place: &Pointer,
        message: impl Into<String>,
        hint: Option<&str>,
    ) {
        self.push(Severity::Warning, code, place, message.into(), hint);
    }

    pub(super) fn issues(&mut self, issues: Vec<Issue>) {
        for issue in issues {
            let place = issue.pointer;
            self.push(Severity::Error, issue.code, &place, issue.message, issue.hint.as_deref());
        }
    }

    fn push(&mut self, severity: Severity, code: Code, place: &Pointer, message: String, hint: Option<&str>) {
        self.problems.push(Problem {
            severity,
            code,
            pointer: place.to_string(),
            message,
            hint: hint.map(str::to_owned),
        });
    }
}
