//! stage-http
