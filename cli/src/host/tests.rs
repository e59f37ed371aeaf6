//! The host with real components: `tests/component-fresh` on WASI 0.2, `tests/component-reused` on WASI 0.3.

mod fixture;
mod grants;
mod isolation;
mod lifecycle;
mod requests;
