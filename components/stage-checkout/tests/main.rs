//! Checkouts from real git: repositories made by `git`, served by `git http-backend`.

mod failing;
mod hostile;
mod incremental;
mod support;
mod working;
