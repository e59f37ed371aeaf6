//! stage-test
