//! A table of the manifest that remembers where everything stands, and complains about what nobody asked for.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problem;

pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Collects every mistake, so that all are reported at once.
pub(super) struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, problems: Vec::new() }
    }

    pub(super) fn problem(
        &mut self,
        span: Option<Range<usize>>,
        key: &str,
        message: &str,
        hint: Option<&str>,
    ) {
        let problem = Problem {
            place: span.map(|span| self.place(span.start)),
            key: key.to_owned(),
            message: message.to_owned(),
            hint: hint.map(str::to_owned),
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.place.unwrap_or((usize::MAX, 0)));
        self.problems
    }

    fn place(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (line, column)
    }
}

/// A table whose members are taken out one by one; [`Table::finish`] reports those that are left.
pub(super) struct Table<'i> {
    members: BTreeMap<String, (Range<usize>, Value<'i>)>,
    path: String,
    span: Range<usize>,
}

impl<'i> Table<'i> {
    pub(super) fn new(table: DeTable<'i>, path: String) -> Self {
        Self::at(table, path, 0..0)
    }

    fn at(table: DeTable<'i>, path: String, span: Range<usize>) -> Self {
        let members =
            table.into_iter().map(|(key, value)| (key.get_ref().to_string(), (key.span(), value))).collect();
        Self { members, path, span }
    }

    /// Where the table begins.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// `component.site`; empty for the whole file.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The full name of a member: `component.site.source`.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value<'i>> {
        self.members.remove(name).map(|(_, value)| value)
    }

    pub(super) fn required(&mut self, reader: &mut Reader<'_>, name: &str) -> Option<Value<'i>> {
        let value = self.take(name);
        if value.is_none() {
            reader.problem(Some(self.span()), &self.path, &format!("`{name}` is missing"), None);
        }
        value
    }

    pub(super) fn string(&mut self, reader: &mut Reader<'_>, name: &str) -> Option<String> {
        let value = self.take(name)?;
        self.expect_string(reader, name, &value)
    }

    pub(super) fn required_string(&mut self, reader: &mut Reader<'_>, name: &str) -> Option<String> {
        let value = self.required(reader, name)?;
        let text = self.expect_string(reader, name, &value)?;
        if text.is_empty() {
            reader.problem(Some(value.span()), &self.key(name), "empty", None);
            return None;
        }
        Some(text)
    }

    fn expect_string(&self, reader: &mut Reader<'_>, name: &str, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(reader, name, value, "a string");
        }
        text.map(str::to_owned)
    }

    pub(super) fn wrong_type(&self, reader: &mut Reader<'_>, name: &str, value: &Value<'_>, wanted: &str) {
        let text = format!("must be {wanted}");
        reader.problem(Some(value.span()), &self.key(name), &text, None);
    }

    pub(super) fn boolean(&mut self, reader: &mut Reader<'_>, name: &str) -> Option<bool> {
        let value = self.take(name)?;
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(reader, name, &value, "`true` or `false`");
        }
        boolean
    }

    /// A whole number from 1 to `max`.
    pub(super) fn number(&mut self, reader: &mut Reader<'_>, name: &str, max: u32) -> Option<u32> {
        let value = self.take(name)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| (1..=max).contains(number));
        if number.is_none() {
            self.wrong_type(reader, name, &value, &format!("a whole number from 1 to {max}"));
        }
        number
    }

    pub(super) fn table(&mut self, reader: &mut Reader<'_>, name: &str) -> Option<Table<'i>> {
        let (key_span, value) = self.members.remove(name)?;
        let span = if value.span().is_empty() { key_span } else { value.span() };
        let DeValue::Table(table) = value.into_inner() else {
            reader.problem(Some(span), &self.key(name), "must be a table", None);
            return None;
        };
        Some(Table::at(table, self.key(name), span))
    }

    /// An array of tables: `[[trigger.http]]`.
    pub(super) fn tables(&mut self, reader: &mut Reader<'_>, name: &str) -> Vec<Table<'i>> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let span = value.span();
        let DeValue::Array(array) = value.into_inner() else {
            reader.problem(Some(span), &self.key(name), "must be an array of tables", None);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array {
            let span = item.span();
            match item.into_inner() {
                DeValue::Table(table) => tables.push(Table::at(table, self.key(name), span)),
                _ => reader.problem(Some(span), &self.key(name), "must be a table", None),
            }
        }
        tables
    }

    /// An array of strings, each with its place.
    pub(super) fn strings(&mut self, reader: &mut Reader<'_>, name: &str) -> Vec<(String, Range<usize>)> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(reader, name, &value, "an array of strings");
            return Vec::new();
        };
        let mut strings = Vec::new();
        for item in array {
            if let Some(text) = self.expect_string(reader, name, item) {
                strings.push((text, item.span()));
            }
        }
        strings
    }

    /// A table of tables: `[component.<id>]`, each read by `read`.
    pub(super) fn entries<T>(
        &mut self,
        reader: &mut Reader<'_>,
        name: &str,
        mut read: impl FnMut(&mut Reader<'_>, &str, Table<'i>) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let Some(mut table) = self.table(reader, name) else {
            return BTreeMap::new();
        };
        let mut entries = BTreeMap::new();
        for key in table.keys() {
            if let Some(entry) = table.table(reader, &key)
                && let Some(value) = read(reader, &key, entry)
            {
                entries.insert(key, value);
            }
        }
        entries
    }

    /// A table of strings, each with its place.
    pub(super) fn string_entries(
        &mut self,
        reader: &mut Reader<'_>,
        name: &str,
    ) -> BTreeMap<String, (String, Range<usize>)> {
        let Some(mut table) = self.table(reader, name) else {
            return BTreeMap::new();
        };
        let mut entries = BTreeMap::new();
        for key in table.keys() {
            if let Some(value) = table.take(&key)
                && let Some(text) = table.expect_string(reader, &key, &value)
            {
                entries.insert(key, (text, value.span()));
            }
        }
        entries
    }

    /// Reports a member that would change behaviour and is not implemented, if it is there.
    pub(super) fn refuse(&mut self, reader: &mut Reader<'_>, name: &str, message: &str, hint: &str) {
        if let Some((span, _)) = self.members.remove(name) {
            reader.problem(Some(span), &self.key(name), message, Some(hint));
        }
    }

    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        for (name, (span, _)) in &self.members {
            reader.problem(Some(span.clone()), &self.key(name), "unknown key", None);
        }
    }
}
