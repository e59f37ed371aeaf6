//! stage-lint
