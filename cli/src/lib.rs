//! What the `ropewalk` command is made of: composition of components, the embedded host, and the commands themselves.

pub mod compose;
pub mod host;
pub mod manifest;
