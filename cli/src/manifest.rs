//! Reads spin.toml.
