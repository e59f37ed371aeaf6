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

use crate::moment::Moment;
use crate::parameters::Parameters;

/// The prefix of the annotations that the specification defines.
const ANNOTATION: &str = "org.opencontainers.image.";

/// The annotations of a manifest: what the parameters tell, and those that they name themselves.
fn annotations(parameters: &Parameters, created: Option<&Moment>) -> BTreeMap<String, String> {
    let told = [
        ("title", Some(parameters.name.clone())),
        ("version", Some(parameters.version.clone())),
        ("source", parameters.source.clone()),
        ("revision", parameters.revision.clone()),
        ("created", created.map(ToString::to_string)),
    ];
    let told = told.into_iter().filter_map(|(name, value)| Some((format!("{ANNOTATION}{name}"), value?)));
    let named = parameters.annotations.iter().map(|(name, value)| (name.clone(), value.clone()));
    told.chain(named).collect()
}
