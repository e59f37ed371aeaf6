//! Manifests, whole and with mistakes.
