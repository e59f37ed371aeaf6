use std::collections::BTreeMap;

use nom_bibtex::Bibtex;
use serde_json::{Value, json};

/// Entries, with comments, preambles and variables.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let parsed = Bibtex::parse(text)
        .map_err(|error| error.to_string().lines().next().unwrap_or("it can't be read").to_owned())?;
    let entries: Vec<_> = parsed
        .bibliographies()
        .iter()
        .map(|entry| {
            let tags: BTreeMap<_, _> =
                entry.tags().iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
            json!({ "entry_type": entry.entry_type(), "citation_key": entry.citation_key(), "tags": tags })
        })
        .collect();
    let variables: BTreeMap<_, _> = parsed.variables().iter().collect();
    Ok(json!({
        "bibliographies": entries,
        "comments": parsed.comments(),
        "preambles": parsed.preambles(),
        "variables": variables,
    }))
}
