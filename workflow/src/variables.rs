//! Variables and their scopes.

use std::sync::Arc;

use crate::data::Data;
use crate::limits::{MAX_ASSIGN_BYTES, MAX_STORED_VARIABLES_BYTES, MAX_VARIABLE_BYTES};
use crate::size::{self, Size};

/// The variables that a strand sees: its own, and those of the strands around it, which it can't change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    // A run has few variables: looking through a short list beats hashing.
    own: Vec<(Arc<str>, Data)>,
    own_bytes: usize,
    outer: Option<Arc<Variables>>,
}

impl Variables {
    /// Variables of a strand within one that has these.
    pub(crate) fn nested(outer: &Arc<Variables>) -> Self {
        if outer.own.is_empty() && outer.outer.is_none() {
            return Self::default();
        }
        Self { outer: Some(Arc::clone(outer)), ..Self::default() }
    }

    /// The variables of this scope alone, each with its value.
    pub(crate) fn own(&self) -> impl Iterator<Item = (&str, &Data)> {
        self.own.iter().map(|(name, value)| (&**name, value))
    }

    /// The value of a variable, the innermost of its name.
    pub(crate) fn get(&self, name: &str) -> Option<&Data> {
        let own = self.own.iter().find(|(known, _)| &**known == name);
        match own {
            Some((_, value)) => Some(value),
            None => self.outer.as_ref()?.get(name),
        }
    }

    /// Gives variables new values, all at once. The error says which limit that breaks.
    pub(crate) fn assign(&mut self, values: &[(String, Data)]) -> Result<(), String> {
        let mut together = 0;
        for (name, value) in values {
            let Size::Bytes(bytes) = size::measure(value, MAX_VARIABLE_BYTES) else {
                return Err(format!("the variable '{name}' is larger than {MAX_VARIABLE_BYTES} bytes"));
            };
            together += bytes;
        }
        if together > MAX_ASSIGN_BYTES {
            return Err(format!(
                "the variables of one 'Assign' are larger than {MAX_ASSIGN_BYTES} bytes together"
            ));
        }
        self.own_bytes += together;
        if self.own_bytes > MAX_STORED_VARIABLES_BYTES {
            // The sum counts old values, too: find out what is really there.
            self.own_bytes = self.own.iter().map(|(_, value)| size::bytes(value)).sum::<usize>() + together;
            if self.own_bytes > MAX_STORED_VARIABLES_BYTES {
                return Err(format!(
                    "the variables of the run are larger than {MAX_STORED_VARIABLES_BYTES} bytes together"
                ));
            }
        }
        for (name, value) in values {
            match self.own.iter_mut().find(|(known, _)| **known == **name) {
                Some((_, old)) => *old = value.clone(),
                None => self.own.push((Arc::from(name.as_str()), value.clone())),
            }
        }
        Ok(())
    }
}
