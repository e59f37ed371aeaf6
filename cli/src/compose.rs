//! Builds and composes the components that spin.toml names.
