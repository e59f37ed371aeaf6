//! What differs between two calls of a stage.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use artifact::{Artifacts, Digest, Entry, Store};
use serde_json::{Value, json};

use super::{Input, MadeOf};
use crate::error::ApiError;

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// `stage`, `parameter`, `input` or `file`.
    kind: &'static str,
    /// Which one.
    name: String,
    /// What it was; `None`: it was not there.
    before: Option<String>,
    /// What it is; `None`: it is gone.
    after: Option<String>,
}

impl Change {
    pub(super) fn json(&self) -> Value {
        json!({ "kind": self.kind, "name": self.name, "before": self.before, "after": self.after })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, before, after } = self;
        match (*kind, before, after) {
            ("stage", ..) => write!(f, "the stage `{name}` is another"),
            (_, None, _) => write!(f, "{kind} `{name}` is new"),
            (_, _, None) => write!(f, "{kind} `{name}` is gone"),
            ("parameter", Some(before), Some(after)) => {
                write!(f, "parameter `{name}` was {before}, is {after}")
            }
            _ => write!(f, "{kind} `{name}` changed"),
        }
    }
}

/// Everything that differs. Where the files of an input are no longer known, the input as a whole.
pub(super) fn changes(store: &impl Store, before: &MadeOf, after: &MadeOf) -> Result<Vec<Change>, ApiError> {
    let mut changes = Vec::new();
    if before.stage != after.stage {
        let digests = (before.stage.clone(), after.stage.clone());
        changes.push(Change {
            kind: "stage",
            name: short(&digests.1),
            before: Some(digests.0),
            after: Some(digests.1),
        });
    }
    let text = |value: &Value| value.to_string();
    changes.extend(differing("parameter", &before.parameters, &after.parameters, text));
    let by_name = |inputs: &[Input]| -> BTreeMap<String, Input> {
        inputs.iter().map(|input| (input.name.clone(), input.clone())).collect()
    };
    let (inputs_before, inputs_after) = (by_name(&before.inputs), by_name(&after.inputs));
    let is_same = |a: &Input, b: &Input| a.path == b.path && a.mounted == b.mounted;
    for name in inputs_before.keys().chain(inputs_after.keys()).collect::<BTreeSet<_>>() {
        match (inputs_before.get(name), inputs_after.get(name)) {
            (Some(a), Some(b)) if is_same(a, b) => {}
            (Some(a), Some(b)) if a.path == b.path => match (files(store, a)?, files(store, b)?) {
                (Some(a), Some(b)) => {
                    changes.extend(differing("file", &a, &b, |entry: &Entry| entry.digest.to_string()));
                }
                _ => changes.push(of_input(name, Some(a), Some(b))),
            },
            (a, b) => changes.push(of_input(name, a, b)),
        }
    }
    Ok(changes)
}

fn differing<'a, K, V: PartialEq + 'a>(
    kind: &'static str,
    before: impl IntoIterator<Item = (K, &'a V)>,
    after: impl IntoIterator<Item = (K, &'a V)>,
    text: impl Fn(&V) -> String,
) -> Vec<Change>
where
    K: Into<String>,
{
    let mut both: BTreeMap<String, (Option<&V>, Option<&V>)> = BTreeMap::new();
    for (name, value) in before {
        both.entry(name.into()).or_default().0 = Some(value);
    }
    for (name, value) in after {
        both.entry(name.into()).or_default().1 = Some(value);
    }
    both.into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|(name, (before, after))| Change {
            kind,
            name,
            before: before.map(&text),
            after: after.map(&text),
        })
        .collect()
}

fn of_input(name: &str, before: Option<&Input>, after: Option<&Input>) -> Change {
    let text = |input: &Input| format!("sha256:{}", input.mounted.to_ascii_lowercase());
    Change { kind: "input", name: name.to_owned(), before: before.map(text), after: after.map(text) }
}

/// The files that were mounted, if the artifact is still there.
fn files(store: &impl Store, input: &Input) -> Result<Option<BTreeMap<String, Entry>>, ApiError> {
    let Ok(digest) = Digest::from_hex(&input.artifact.to_ascii_lowercase()) else { return Ok(None) };
    let stored = match Artifacts::new(store).load(&digest) {
        Ok(stored) => stored,
        Err(artifact::Error::Store(error)) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let tree = stored.tree().filter(&input.include, &input.exclude).ok();
    Ok(tree.map(|tree| tree.iter().map(|(path, entry)| (path.to_owned(), *entry)).collect()))
}

/// A digest, as people tell it apart.
fn short(digest: &str) -> String {
    digest.chars().take(19).collect()
}

#[cfg(test)]
mod tests {
    use artifact::{File, MemoryStore};

    use super::*;

    fn put(store: &MemoryStore, files: &[(&str, &str)]) -> String {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            contents: text.as_bytes().to_vec(),
            executable: false,
        };
        let digest = Artifacts::new(store).put(files.iter().map(file).collect(), &[]).unwrap();
        digest.hex().to_ascii_uppercase()
    }

    fn made_of(stage: &str, parameters: &Value, source: &str) -> MadeOf {
        let input = Input {
            name: "source".to_owned(),
            path: ".".to_owned(),
            mounted: source.to_owned(),
            artifact: source.to_owned(),
            include: vec!["**".to_owned()],
            exclude: vec!["*.log".to_owned()],
        };
        let parameters = parameters.as_object().unwrap().clone();
        MadeOf { stage: stage.to_owned(), parameters, inputs: vec![input] }
    }

    #[track_caller]
    fn check(
        before: (&str, Value, &[(&str, &str)]),
        after: (&str, Value, &[(&str, &str)]),
        expected: &[&str],
    ) {
        let store = MemoryStore::new();
        let of = |(stage, parameters, files): &(&str, Value, &[(&str, &str)])| {
            made_of(stage, parameters, &put(&store, files))
        };
        let found = changes(&store, &of(&before), &of(&after)).unwrap();
        assert_eq!(found.iter().map(Change::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_differs_is_named() {
        let files: &[(&str, &str)] = &[("a", "1"), ("b", "1"), ("x.log", "1")];
        let none = || json!({});
        check(("s", none(), files), ("s", none(), files), &[]);
        check(("s", none(), files), ("t", none(), files), &["the stage `t` is another"]);
        check(
            ("s", json!({ "a": 1, "b": 2 }), files),
            ("s", json!({ "a": 3, "c": 2 }), files),
            &["parameter `a` was 1, is 3", "parameter `b` is gone", "parameter `c` is new"],
        );
        check(
            ("s", none(), files),
            ("s", none(), &[("a", "2"), ("c", "1"), ("x.log", "2")]),
            &["file `a` changed", "file `b` is gone", "file `c` is new"],
        );
    }

    #[test]
    fn an_artifact_that_is_gone_is_told_as_a_whole() {
        let store = MemoryStore::new();
        let before = made_of("s", &json!({}), &"A".repeat(64));
        let after = made_of("s", &json!({}), &put(&store, &[("a", "1")]));
        let found = changes(&store, &before, &after).unwrap();
        assert_eq!(found.iter().map(Change::to_string).collect::<Vec<_>>(), ["input `source` changed"]);
        let without = MadeOf { inputs: Vec::new(), ..before.clone() };
        let found = changes(&store, &without, &after).unwrap();
        assert_eq!(found.iter().map(Change::to_string).collect::<Vec<_>>(), ["input `source` is new"]);
    }
}
