//! stage-build
