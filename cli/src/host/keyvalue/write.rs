//! What is asked of a backend that changes the store.

/// Something to write. Each is done whole, or not at all.
#[derive(Debug)]
pub(super) enum Write {
    Set(Vec<(String, Vec<u8>)>),
    Delete(Vec<String>),
    Swap { key: String, expected: Option<Vec<u8>>, new: Vec<u8> },
    Increment { key: String, delta: i64 },
}

/// How a write ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Done,
    /// A swap did not happen: this is the value.
    Kept(Option<Vec<u8>>),
    /// The sum of an increment.
    Number(i64),
}
