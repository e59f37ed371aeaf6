//! Reading a Choice state's own fields.

use serde_json::Value;

use super::Pointer;
use super::fields::Fields;
use super::machine::Names;
use super::model::{Choice, Condition, Kind, QueryLanguage, Rule, Source};
use super::reader::Reader;
use crate::choice::{Comparison, Operand, Operator};
use crate::expression::short;
use crate::path::Path;
use crate::problem::Code;

/// Conditions within conditions that a rule may have.
const MAX_RULE_DEPTH: usize = 32;

impl Reader {
    pub(super) fn choice(
        &mut self,
        fields: &mut Fields<'_>,
        language: QueryLanguage,
        names: &Names<'_>,
    ) -> Option<Kind> {
        fields.required(self, "Choices")?;
        let choices = fields.array(self, "Choices")?;
        let place = fields.place("Choices");
        if choices.is_empty() {
            self.error(Code::InvalidValue, &place, "`Choices` must not be empty", None);
        }
        let mut rules = Vec::with_capacity(choices.len());
        for (at, choice) in choices.iter().enumerate() {
            rules.push(self.rule(choice, &place.item(at), language, names));
        }
        let default = match fields.text(self, "Default") {
            Some(name) => {
                let place = fields.place("Default");
                Some(names.find(self, name, &place)?)
            }
            None => None,
        };
        let rules = rules.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Kind::Choice(Choice { rules, default }))
    }

    fn rule(
        &mut self,
        value: &Value,
        pointer: &Pointer,
        language: QueryLanguage,
        names: &Names<'_>,
    ) -> Option<Rule> {
        let mut fields = Fields::new(self, value, pointer, "a choice rule")?;
        fields.get("Comment");
        let next = match fields.required(self, "Next") {
            Some(Value::String(name)) => names.find(self, name, &fields.place("Next")),
            Some(other) => fields.wrong(self, "Next", "a string", other),
            None => None,
        };
        let assign = self.assign(&mut fields, language);
        let mut output = None;
        let condition = match language {
            QueryLanguage::JsonPath => self.condition(&mut fields, 0),
            QueryLanguage::Jsonata => {
                output = fields.template(self, "Output", language);
                self.jsonata_condition(&mut fields)
            }
        };
        fields.finish(self);
        Some(Rule { condition: condition?, next: next?, assign, output })
    }

    fn jsonata_condition(&mut self, fields: &mut Fields<'_>) -> Option<Condition> {
        fields.required(self, "Condition")?;
        let scalar = fields.scalar(
            self,
            "Condition",
            QueryLanguage::Jsonata,
            "a boolean or `{% … %}`",
            Value::is_boolean,
        )?;
        Some(Condition::Holds(scalar.source))
    }

    fn condition(&mut self, fields: &mut Fields<'_>, depth: usize) -> Option<Condition> {
        if depth > MAX_RULE_DEPTH {
            let message = format!("conditions nest deeper than {MAX_RULE_DEPTH} levels");
            self.error(Code::LimitExceeded, fields.pointer(), message, None);
            return None;
        }
        if let Some(value) = fields.get("Not") {
            let place = fields.place("Not");
            return self.inner(value, &place, depth).map(|inner| Condition::Not(Box::new(inner)));
        }
        for (name, many) in
            [("And", Condition::And as fn(Vec<Condition>) -> Condition), ("Or", Condition::Or)]
        {
            let Some(items) = fields.array(self, name) else {
                if fields.has(name) {
                    return None;
                }
                continue;
            };
            let place = fields.place(name);
            if items.is_empty() {
                self.error(Code::InvalidValue, &place, format!("`{name}` must not be empty"), None);
            }
            let mut inner = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                inner.push(self.inner(item, &place.item(at), depth));
            }
            return inner.into_iter().collect::<Option<Vec<_>>>().map(many);
        }
        self.comparison(fields)
    }

    fn inner(&mut self, value: &Value, pointer: &Pointer, depth: usize) -> Option<Condition> {
        let mut fields = Fields::new(self, value, pointer, "a nested rule")?;
        fields.get("Comment");
        let condition = self.condition(&mut fields, depth + 1);
        fields.finish(self);
        condition
    }

    fn comparison(&mut self, fields: &mut Fields<'_>) -> Option<Condition> {
        let found: Vec<_> = Operator::ALL.iter().filter(|(name, ..)| fields.has(name)).collect();
        let variable = match fields.required(self, "Variable") {
            Some(Value::String(text)) => self.read_path(text, &fields.place("Variable")),
            Some(other) => fields.wrong(self, "Variable", "a string", other),
            None => None,
        };
        let [(name, operator, by_path)] = found.as_slice() else {
            let (code, message) = if found.is_empty() {
                (Code::MissingField, "the rule has no comparison operator".to_owned())
            } else {
                let names: Vec<&str> = found.iter().map(|(name, ..)| *name).collect();
                (Code::ConflictingFields, format!("only one of `{}` may be there", names.join("`, `")))
            };
            self.error(code, fields.pointer(), message, None);
            for (name, ..) in found {
                fields.get(name);
            }
            return None;
        };
        let value = fields.get(name)?;
        let place = fields.place(name);
        let operand = if *by_path {
            match value {
                Value::String(text) => Operand::Path(self.read_path(text, &place)?),
                other => return fields.wrong(self, name, "a path", other),
            }
        } else {
            match operator.accepts(value) {
                Ok(()) => Operand::Value(value.clone()),
                Err(wanted) => return fields.wrong(self, name, wanted, value),
            }
        };
        Some(Condition::Compare(Box::new(Comparison { variable: variable?, operator: *operator, operand })))
    }

    fn read_path(&mut self, text: &str, place: &Pointer) -> Option<Path> {
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(reason) => {
                self.error(
                    Code::InvalidPath,
                    place,
                    format!("`{}` isn't a path: {reason}", short(text)),
                    None,
                );
                None
            }
        }
    }
}

impl Condition {
    /// The variables that it reads.
    pub(crate) fn variables(&self, into: &mut Vec<String>) {
        match self {
            Self::And(inner) | Self::Or(inner) => {
                for inner in inner {
                    inner.variables(into);
                }
            }
            Self::Not(inner) => inner.variables(into),
            Self::Compare(comparison) => comparison.variables(into),
            Self::Holds(Source::Expression(expression)) => expression.variables(into),
            Self::Holds(Source::Literal(_)) => {}
        }
    }
}
