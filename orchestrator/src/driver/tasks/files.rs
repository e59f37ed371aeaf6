//! A distributed Map's items and results: files of artifacts.
//!
//! Where AWS has a bucket, there is an artifact: by its digest, or by the name under which a stage of the run left it.
//! `Key` is a file's path in it, `Prefix` the beginning of paths. Results become an artifact of their own, which is called
//! as the bucket that they are written to.

use artifact::{Artifacts, Digest, File, Store, StoredTree};
use serde_json::{Value, json};
use workflow::{Content, Data, Happening, ReadItems, Resource, WriteResults};

use super::{Called, ended};
use crate::api::Orchestrator;
use crate::call::Outcome;
use crate::error::ApiError;
use crate::host::Host;
use crate::run::{CallReport, Run, history};

/// Most bytes of a file of items: it is kept with the run.
const MAX_ITEMS_FILE_BYTES: u64 = 8 << 20;
/// Most files of a listing.
const MAX_LISTED_FILES: usize = 10_000;
/// Most bytes of all files of results together.
const MAX_RESULT_BYTES: usize = 64 << 20;
/// The error of items that can't be read.
const UNREAD: &str = "States.ItemReaderFailed";
/// The error of results that can't be written.
const UNWRITTEN: &str = "States.ResultWriterFailed";

/// Why nothing came of it.
enum Refusal {
    /// A cause, for people.
    Failed(String),
    /// The store failed: it is tried again.
    Store(String),
}

impl From<artifact::Error> for Refusal {
    fn from(error: artifact::Error) -> Self {
        match error {
            artifact::Error::Store(error) => Self::Store(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Store(error.message)
    }
}

/// Reads a Map's items.
pub(super) fn read<H: Host>(app: &Orchestrator<H>, run: &Run, read: &ReadItems) -> Called {
    let id = (read.entry, read.attempt);
    let report = CallReport::new(&read.state, &read.resource.to_string(), app.host.now_ms());
    match content(app.host.store(), run, read) {
        Ok(content) => Called {
            what: Some(Happening::ItemsRead { entry: read.entry, attempt: read.attempt, content }),
            ..Called::nothing(read.entry, read.attempt)
        },
        Err(Refusal::Failed(cause)) => ended(id, Outcome::Failed { error: UNREAD.to_owned(), cause }, report),
        Err(Refusal::Store(error)) => {
            app.host.log(&format!("items of run `{}` are not read yet: {error}", run.id));
            Called::nothing(read.entry, read.attempt)
        }
    }
}

fn content(store: &impl Store, run: &Run, read: &ReadItems) -> Result<Content, Refusal> {
    let bucket = text(&read.arguments, "Bucket")?;
    let artifacts = Artifacts::new(store);
    let stored = artifacts.load(&find(store, run, bucket)?)?;
    match action(&read.resource) {
        "getObject" => {
            let key = text(&read.arguments, "Key")?;
            let size = stored.tree().iter().find(|(path, _)| *path == key).map(|(_, entry)| entry.size);
            if let Some(size) = size
                && size > MAX_ITEMS_FILE_BYTES
            {
                return Err(Refusal::Failed(format!(
                    "file `{key}` has {size} bytes: {MAX_ITEMS_FILE_BYTES} are read at most"
                )));
            }
            let bytes = artifacts.read(&stored, key)?;
            String::from_utf8(bytes)
                .map(Content::Text)
                .map_err(|_| Refusal::Failed(format!("file `{key}` is not text in UTF-8")))
        }
        "listObjectsV2" => list(&stored, read.arguments["Prefix"].as_str().unwrap_or_default()),
        other => Err(Refusal::Failed(format!("items cannot be read by `s3:{other}`"))),
    }
}

fn list(stored: &StoredTree, prefix: &str) -> Result<Content, Refusal> {
    let mut items = Vec::new();
    for (path, entry) in stored.tree().iter().filter(|(path, _)| path.starts_with(prefix)) {
        if items.len() == MAX_LISTED_FILES {
            let cause = format!("more than {MAX_LISTED_FILES} files begin with `{prefix}`");
            return Err(Refusal::Failed(cause));
        }
        items.push(Data::from(json!({
            "Etag": entry.digest,
            "Key": path,
            "Size": entry.size,
            "StorageClass": "STANDARD",
        })));
    }
    Ok(Content::Items(items))
}

/// Writes a Map's results.
pub(super) fn write<H: Host>(app: &Orchestrator<H>, write: &WriteResults) -> Called {
    let id = (write.entry, write.attempt);
    let mut report = CallReport::new(&write.state, &write.resource.to_string(), app.host.now_ms());
    match put(app.host.store(), write) {
        Ok((name, digest, key)) => {
            report.artifacts = json!({ name: digest });
            let output = json!({ "ResultWriterDetails": { "Bucket": digest, "Key": key } });
            ended(id, Outcome::Succeeded(output), report)
        }
        Err(Refusal::Failed(cause)) => {
            ended(id, Outcome::Failed { error: UNWRITTEN.to_owned(), cause }, report)
        }
        Err(Refusal::Store(error)) => {
            app.host.log(&format!("results of state `{}` are not written yet: {error}", write.state));
            Called::nothing(write.entry, write.attempt)
        }
    }
}

fn put(store: &impl Store, write: &WriteResults) -> Result<(String, Digest, String), Refusal> {
    if action(&write.resource) != "putObject" {
        return Err(Refusal::Failed(format!("results cannot be written by `{}`", write.resource)));
    }
    let bytes: usize = write.files.iter().map(|(_, text)| text.len()).sum();
    if bytes > MAX_RESULT_BYTES {
        let cause = format!("the results have {bytes} bytes: {MAX_RESULT_BYTES} are written at most");
        return Err(Refusal::Failed(cause));
    }
    let name = text(&write.arguments, "Bucket")?;
    let prefix = write.arguments["Prefix"].as_str().unwrap_or_default().trim_matches('/');
    let path = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
    let file = |(name, text): &(String, String)| File {
        path: path(name),
        contents: text.clone().into_bytes(),
        executable: false,
    };
    let digest = Artifacts::new(store).put(write.files.iter().map(file).collect(), &[])?;
    Ok((name.to_owned(), digest, path("manifest.json")))
}

/// The artifact that a bucket stands for.
fn find(store: &impl Store, run: &Run, bucket: &str) -> Result<Digest, Refusal> {
    if let Ok(digest) = bucket.parse() {
        return Ok(digest);
    }
    let named = |artifacts: &Value| artifacts.get(bucket)?.as_str()?.parse::<Digest>().ok();
    let left = history(store, run)?.into_iter().rev().find_map(|entry| named(&entry.call?.artifacts));
    let given = || -> Result<Option<Digest>, Refusal> { Ok(named(&run.input(store)?["artifacts"])) };
    match left {
        Some(digest) => Ok(digest),
        None => given()?.ok_or_else(|| {
            Refusal::Failed(format!(
                "`{bucket}` is neither an artifact's digest nor the name of one that this run has; hint: \
                 name one that a stage before has left, or pass its digest, `\"Bucket.$\": \"$.artifacts.{bucket}\"`"
            ))
        }),
    }
}

fn action(resource: &Resource) -> &str {
    match resource {
        Resource::Service { service, action, .. } if service == "s3" => action,
        _ => "",
    }
}

fn text<'a>(arguments: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    arguments[name].as_str().ok_or_else(|| Refusal::Failed(format!("`{name}` must be a string")))
}
