//! What the JavaScript side tells of tests.

use serde::Deserialize;

/// A test that ended.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    pub(crate) id: u32,
    pub(crate) path: Vec<String>,
    pub(crate) suite: bool,
    /// The stack at its definition.
    pub(crate) place: String,
    pub(crate) skipped: bool,
    pub(crate) todo: bool,
    pub(crate) reason: String,
    pub(crate) failure: Option<Described>,
}

/// An error as the JavaScript side describes it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Described {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) stack: String,
    #[serde(default)]
    pub(crate) cause: Option<String>,
}
