//! OCI image layouts, by the image specification 1.1.
//!
//! The types are our own and few: those of the crate for it keep annotations in hash maps, which are written in
//! another order each time, and so under another digest.

mod base;
pub(crate) mod image;
pub(crate) mod layout;
mod types;
pub(crate) mod wasm;

use std::collections::BTreeMap;

use crate::job::Job;

/// The prefix of the annotations that the specification defines.
const ANNOTATION: &str = "org.opencontainers.image.";
/// The time that configurations tell where none is known: tools that read them don't do without.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// When something was made, for a configuration.
fn created(job: &Job<'_>) -> String {
    job.created.map_or_else(|| NO_TIME.to_owned(), |moment| moment.to_string())
}

/// The annotations of a manifest: what the parameters tell, and those that they name themselves.
fn annotations(job: &Job<'_>) -> BTreeMap<String, String> {
    let parameters = job.parameters;
    let told = [
        ("title", Some(job.name.clone())),
        ("version", Some(job.version.clone())),
        ("source", parameters.source.clone()),
        ("revision", parameters.revision.clone()),
        ("created", job.created.map(|moment| moment.to_string())),
    ];
    let told = told.into_iter().filter_map(|(name, value)| Some((format!("{ANNOTATION}{name}"), value?)));
    let named = parameters.annotations.iter().map(|(name, value)| (name.clone(), value.clone()));
    told.chain(named).collect()
}
