use std::collections::HashMap;

use tera::{Error, Result, Value};

/// The arguments of a call.
pub(super) struct Arguments<'a> {
    function: &'static str,
    values: &'a HashMap<String, Value>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(function: &'static str, values: &'a HashMap<String, Value>) -> Self {
        Self { function, values }
    }

    /// What is wrong, with the function's name.
    pub(super) fn error(&self, why: &str) -> Error {
        Error::msg(format!("`{}`: {why}", self.function))
    }

    /// An argument that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&'a str> {
        self.text(name)?.ok_or_else(|| self.error(&format!("argument `{name}` is missing")))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>> {
        self.get(name, Value::as_str, "text")
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool> {
        Ok(self.get(name, Value::as_bool, "`true` or `false`")?.unwrap_or(default))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>> {
        self.get(name, Value::as_i64, "a whole number")
    }

    /// A number that is not negative.
    pub(super) fn size(&self, name: &str) -> Result<Option<u32>> {
        self.get(name, |value| u32::try_from(value.as_u64()?).ok(), "a whole number that isn't negative")
    }

    fn get<T>(&self, name: &str, read: impl Fn(&'a Value) -> Option<T>, expected: &str) -> Result<Option<T>> {
        let Some(value) = self.values.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(self.error(&format!("argument `{name}` is `{value}`: it must be {expected}"))),
        }
    }
}
