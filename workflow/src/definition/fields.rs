//! Reading an object field by field, so that what nobody asked for is reported.

use serde_json::{Map, Value};

use super::Pointer;
use super::model::{QueryLanguage, Scalar, Source};
use super::reader::Reader;
use crate::expression::{Expression, Template, jsonata_source, kind, short};
use crate::problem::Code;

/// An object of the definition, and which of its fields were asked for.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    pointer: Pointer,
    asked: Vec<&'static str>,
    what: &'static str,
}

impl<'a> Fields<'a> {
    /// Starts to read; a problem where it isn't an object.
    pub(super) fn new(
        reader: &mut Reader,
        value: &'a Value,
        pointer: &Pointer,
        what: &'static str,
    ) -> Option<Self> {
        if let Value::Object(object) = value {
            Some(Self { object, pointer: pointer.clone(), asked: Vec::new(), what })
        } else {
            reader.error(
                Code::InvalidValue,
                pointer,
                format!("{what} must be an object, not {}", kind(value)),
                None,
            );
            None
        }
    }

    /// Where the object is.
    pub(super) fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// Where a field of it is.
    pub(super) fn place(&self, name: &str) -> Pointer {
        self.pointer.member(name)
    }

    /// A field's value, whatever its type.
    pub(super) fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.object.get(name)
    }

    /// Whether a field is there; doesn't count as asking for it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// A required field.
    pub(super) fn required(&mut self, reader: &mut Reader, name: &'static str) -> Option<&'a Value> {
        let value = self.get(name);
        if value.is_none() {
            let message = format!("the field `{name}` is required but missing");
            reader.error(Code::MissingField, &self.pointer, message, None);
        }
        value
    }

    /// Reports the fields that nobody asked for.
    pub(super) fn finish(self, reader: &mut Reader) {
        for name in self.object.keys() {
            if self.asked.iter().any(|asked| asked == name) {
                continue;
            }
            let place = self.pointer.member(name);
            let near = self.asked.iter().find(|asked| nearly(asked, name));
            let hint = near.map(|asked| format!("did you mean `{asked}`?"));
            let message = format!("{} has no field `{name}`", self.what);
            reader.error(Code::UnknownField, &place, message, hint.as_deref());
        }
    }

    pub(super) fn string(&mut self, reader: &mut Reader, name: &'static str) -> Option<String> {
        self.text(reader, name).map(str::to_owned)
    }

    pub(super) fn text(&mut self, reader: &mut Reader, name: &'static str) -> Option<&'a str> {
        match self.get(name)? {
            Value::String(text) => Some(text),
            other => self.wrong(reader, name, "a string", other),
        }
    }

    pub(super) fn flag(&mut self, reader: &mut Reader, name: &'static str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(flag) => Some(*flag),
            other => self.wrong(reader, name, "a boolean", other),
        }
    }

    pub(super) fn array(&mut self, reader: &mut Reader, name: &'static str) -> Option<&'a Vec<Value>> {
        match self.get(name)? {
            Value::Array(items) => Some(items),
            other => self.wrong(reader, name, "an array", other),
        }
    }

    /// A non-empty list of texts.
    pub(super) fn texts(&mut self, reader: &mut Reader, name: &'static str) -> Option<Vec<String>> {
        let items = self.array(reader, name)?;
        if items.is_empty() {
            let place = self.place(name);
            reader.error(Code::InvalidValue, &place, format!("`{name}` must not be empty"), None);
        }
        let place = self.place(name);
        let mut texts = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text.clone()),
                other => {
                    let message = format!("`{name}` must have strings only, not {}", kind(other));
                    reader.error(Code::InvalidValue, &place.item(at), message, None);
                }
            }
        }
        Some(texts)
    }

    /// An integer within bounds, `1.0` included.
    pub(super) fn whole_number(
        &mut self,
        reader: &mut Reader,
        name: &'static str,
        least: u64,
        most: u64,
    ) -> Option<u64> {
        let value = self.get(name)?;
        let found = whole(value).filter(|found| (least..=most).contains(found));
        if found.is_none() {
            let wanted = format!("an integer from {least} to {most}");
            return self.wrong(reader, name, &wanted, value);
        }
        found
    }

    /// A number within bounds.
    pub(super) fn number(&mut self, reader: &mut Reader, name: &'static str, least: f64) -> Option<f64> {
        let value = self.get(name)?;
        match value.as_f64().filter(|found| *found >= least) {
            Some(found) => Some(found),
            None => self.wrong(reader, name, &format!("a number of at least {least}"), value),
        }
    }

    /// Reports a value of the wrong type.
    pub(super) fn wrong<T>(&self, reader: &mut Reader, name: &str, wanted: &str, found: &Value) -> Option<T> {
        let shown = match found {
            Value::Number(number) => format!("`{number}`"),
            Value::String(text) => format!("`{}`", short(text)),
            other => kind(other).to_owned(),
        };
        let message = format!("`{name}` must be {wanted}, not {shown}");
        reader.error(Code::InvalidValue, &self.place(name), message, None);
        None
    }

    /// Reports fields that exclude each other, when more than one of them is there.
    pub(super) fn exclusive(&self, reader: &mut Reader, names: &[&str]) -> bool {
        let there: Vec<&str> = names.iter().copied().filter(|name| self.has(name)).collect();
        if there.len() > 1 {
            let message = format!("only one of `{}` may be there", there.join("`, `"));
            reader.error(Code::ConflictingFields, &self.pointer, message, None);
        }
        there.len() == 1
    }

    /// Reports fields that the query language doesn't have.
    pub(super) fn foreign(&mut self, reader: &mut Reader, language: QueryLanguage, names: &[&'static str]) {
        let (name, other) = match language {
            QueryLanguage::JsonPath => ("JSONPath", "JSONata"),
            QueryLanguage::Jsonata => ("JSONata", "JSONPath"),
        };
        for field in names {
            if self.get(field).is_some() {
                let message = format!("`{field}` belongs to {other}, but the query language here is {name}");
                reader.error(Code::UnknownField, &self.place(field), message, None);
            }
        }
    }

    pub(super) fn language(&mut self, reader: &mut Reader) -> Option<QueryLanguage> {
        let text = self.text(reader, "QueryLanguage")?;
        match text {
            "JSONPath" => Some(QueryLanguage::JsonPath),
            "JSONata" => Some(QueryLanguage::Jsonata),
            other => {
                let message = format!("`{other}` isn't a query language");
                let place = self.place("QueryLanguage");
                reader.error(Code::InvalidValue, &place, message, Some("`JSONPath` and `JSONata` are"));
                None
            }
        }
    }

    /// A payload template of the query language.
    pub(super) fn template(
        &mut self,
        reader: &mut Reader,
        name: &'static str,
        language: QueryLanguage,
    ) -> Option<Template> {
        let value = self.get(name)?;
        let mut issues = Vec::new();
        let place = self.place(name);
        let template = match language {
            QueryLanguage::JsonPath => Template::json_path(value, &place, &mut issues),
            QueryLanguage::Jsonata => Template::jsonata(value, &place, &mut issues),
        };
        reader.issues(issues);
        Some(template)
    }

    /// A field that is a literal, or (in JSONata) an expression; `literal` checks the former.
    pub(super) fn scalar(
        &mut self,
        reader: &mut Reader,
        name: &'static str,
        language: QueryLanguage,
        wanted: &str,
        literal: impl Fn(&Value) -> bool,
    ) -> Option<Scalar> {
        let value = self.get(name)?;
        if let (QueryLanguage::Jsonata, Value::String(text)) = (language, value) {
            let place = self.place(name);
            match jsonata_source(text) {
                Ok(Some(source)) => {
                    return self.expression(reader, name, Expression::jsonata(source, &place));
                }
                Ok(None) => {}
                Err(reason) => {
                    let message = format!("`{}` isn't a JSONata expression: {reason}", short(text));
                    reader.error(Code::InvalidExpression, &place, message, None);
                    return None;
                }
            }
        }
        if literal(value) {
            Some(Scalar::literal(name, value.clone()))
        } else {
            self.wrong(reader, name, wanted, value)
        }
    }

    /// A field that is a path, or a call where that is allowed.
    pub(super) fn path(&mut self, reader: &mut Reader, name: &'static str, calls: bool) -> Option<Scalar> {
        let text = self.text(reader, name)?;
        let place = self.place(name);
        let parsed =
            if calls { Expression::path_or_call(text, &place) } else { Expression::path(text, &place) };
        self.expression(reader, name, parsed)
    }

    fn expression(
        &self,
        reader: &mut Reader,
        field: &'static str,
        parsed: Result<Expression, crate::expression::Issue>,
    ) -> Option<Scalar> {
        match parsed {
            Ok(expression) => Some(Scalar { field, source: Source::Expression(expression) }),
            Err(issue) => {
                reader.issues(vec![issue]);
                None
            }
        }
    }
}

/// The value as a whole number that isn't negative.
pub(super) fn whole(value: &Value) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..EXACT).contains(n))?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
        Some(number as u64)
    })
}

/// Whether one name is probably meant to be the other.
fn nearly(known: &str, found: &str) -> bool {
    let simple = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    };
    let (known, found) = (simple(known), simple(found));
    known == found || found.len() > 3 && (known.contains(&found) || found.contains(&known))
}
