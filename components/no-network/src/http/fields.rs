//! Headers.

use std::cell::RefCell;

use super::super::bindings::exports::wasi::http::types::{
    FieldName, FieldValue, Fields, GuestFields, HeaderError,
};
use super::{copy, lower};

/// Names, in lower case, and values in the order in which they came.
#[derive(Clone, Default)]
pub(in super::super) struct List(RefCell<Vec<(String, FieldValue)>>);

impl GuestFields for List {
    fn new() -> Self {
        Self::default()
    }

    fn from_list(entries: Vec<(FieldName, FieldValue)>) -> Result<Fields, HeaderError> {
        let list = Self::default();
        for (name, value) in entries {
            list.append(name, value)?;
        }
        Ok(Fields::new(list))
    }

    fn get(&self, name: FieldName) -> Vec<FieldValue> {
        let name = lower(&name);
        self.0.borrow().iter().filter(|(other, _)| *other == name).map(|(_, value)| value.clone()).collect()
    }

    fn has(&self, name: FieldName) -> bool {
        let name = lower(&name);
        self.0.borrow().iter().any(|(other, _)| *other == name)
    }

    fn set(&self, name: FieldName, values: Vec<FieldValue>) -> Result<(), HeaderError> {
        for value in &values {
            check(&name, value)?;
        }
        self.delete(name.clone())?;
        self.0.borrow_mut().extend(values.into_iter().map(|value| (lower(&name), value)));
        Ok(())
    }

    fn delete(&self, name: FieldName) -> Result<(), HeaderError> {
        check(&name, &[])?;
        let name = lower(&name);
        self.0.borrow_mut().retain(|(other, _)| *other != name);
        Ok(())
    }

    fn append(&self, name: FieldName, value: FieldValue) -> Result<(), HeaderError> {
        check(&name, &value)?;
        self.0.borrow_mut().push((lower(&name), value));
        Ok(())
    }

    fn entries(&self) -> Vec<(FieldName, FieldValue)> {
        self.0.borrow().clone()
    }

    fn clone(&self) -> Fields {
        copy(self)
    }
}

/// A name is a token, and a value has no control characters (RFC 9110, 5.6.2 and 5.5).
fn check(name: &str, value: &[u8]) -> Result<(), HeaderError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_visible = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    if !name.is_empty() && name.bytes().all(is_token) && value.iter().all(is_visible) {
        Ok(())
    } else {
        Err(HeaderError::InvalidSyntax)
    }
}
