//! `ropewalk verify`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use artifact::attest::{Envelope, MAX_ENVELOPE_BYTES, PublicKey, Statement, Target};
use artifact::{Digest, Entry, Tree};
use ignore::WalkBuilder;
use serde_json::json;

use super::Verdict;
use crate::printer::{Printer, Tone};

/// The attestation's name, as the stage `attest` writes it.
const ATTESTATION: &str = "provenance.intoto.jsonl";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What was made: a file, a folder as `artifact get` unpacks it, or a digest (`sha256:…`) of an artifact, a
    /// file, or an image's manifest
    artifact: String,
    /// The public key of whoever signed: ed25519 in PEM, as `openssl pkey -pubout` writes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The attestation; without it, `provenance.intoto.jsonl` beside what was made
    #[arg(long, value_name = "FILE")]
    attestation: Option<PathBuf>,
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
}

/// Exit code 1: the attestation does not hold. Whatever keeps it from being looked at is an error of its own.
pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    let key = std::fs::read_to_string(&args.key)
        .with_context(|| format!("failed to read `{}`", args.key.display()))?;
    let key = PublicKey::from_pem(&key).with_context(|| format!("key `{}`", args.key.display()))?;
    let target = target(&args.artifact)?;
    let path = args.attestation.clone().unwrap_or_else(|| beside(&args.artifact));
    let size = std::fs::metadata(&path)
        .with_context(|| {
            format!("failed to read `{}`; hint: name the attestation with `--attestation`", path.display())
        })?
        .len();
    if size > MAX_ENVELOPE_BYTES as u64 {
        bail!("`{}` has {size} bytes; the limit is {MAX_ENVELOPE_BYTES}", path.display());
    }
    let text = std::fs::read(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let verified = Envelope::read(&text).and_then(|envelope| {
        let statement = envelope.open(&key)?;
        let subject = target.find(&statement)?.name.clone().unwrap_or_default();
        Ok((statement, subject))
    });
    match verified {
        Ok((statement, subject)) => {
            show(args, &statement, &subject, &key.id(), printer);
            Ok(Verdict::Passed)
        }
        Err(error) if args.json => {
            printer.data(&format!("{:#}", json!({ "verified": false, "error": error.to_string() })));
            Ok(Verdict::Failed)
        }
        Err(error) => {
            printer.line(&format!("{}: {error}", printer.paint(Tone::Bad, "not verified")));
            Ok(Verdict::Failed)
        }
    }
}

/// A digest as it is; else a file or a folder.
fn target(named: &str) -> Result<Target> {
    let path = Path::new(named);
    if path.is_dir() {
        return Ok(Target::folder(named, &tree(path)?));
    }
    if path.is_file() {
        let contents = std::fs::read(path).with_context(|| format!("failed to read `{named}`"))?;
        return Ok(Target::file(named, &contents));
    }
    match named.parse::<Digest>() {
        Ok(digest) => Ok(Target::digest(digest)),
        Err(_) => bail!("`{named}` is not there; hint: name a file, a folder, or a digest, `sha256:…`"),
    }
}

/// A folder as an artifact.
fn tree(folder: &Path) -> Result<Tree> {
    let mut entries = Vec::new();
    for entry in WalkBuilder::new(folder).standard_filters(false).build() {
        let entry = entry.with_context(|| format!("failed to read `{}`", folder.display()))?;
        let path = entry.path();
        let kind = entry.file_type();
        if kind.is_some_and(|kind| kind.is_dir()) {
            continue;
        }
        if !kind.is_some_and(|kind| kind.is_file()) {
            bail!("`{}` is neither a file nor a folder, and so part of no artifact", path.display());
        }
        let name = path.strip_prefix(folder).unwrap_or(path);
        let name = name.to_str().with_context(|| format!("`{}` is not UTF-8", path.display()))?;
        let contents = std::fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))?;
        let entry = Entry {
            digest: Digest::of(&contents),
            size: contents.len() as u64,
            executable: is_executable(path)?,
        };
        entries.push((name.to_owned(), entry));
    }
    Tree::from_entries(entries).with_context(|| format!("folder `{}` is no artifact", folder.display()))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = path.metadata().with_context(|| format!("failed to read `{}`", path.display()))?;
    Ok(metadata.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> Result<bool> {
    Ok(false)
}

/// The attestation that lies beside a file or a folder.
fn beside(named: &str) -> PathBuf {
    Path::new(named).parent().unwrap_or(Path::new("")).join(ATTESTATION)
}

fn show(args: &Args, statement: &Statement, subject: &str, key: &str, printer: &Printer) {
    let details = &statement.predicate.run_details;
    let run = details.metadata.invocation_id.as_deref();
    if args.json {
        let shown = json!({
            "verified": true, "subject": subject, "key_id": key, "builder": details.builder.id, "run": run,
            "source": statement.source(), "commit": statement.commit(),
            "provenance": statement.predicate,
        });
        return printer.data(&format!("{shown:#}"));
    }
    printer.line(&format!("{}: `{}` is `{subject}`", printer.paint(Tone::Good, "verified"), args.artifact));
    let unknown = "not told";
    let lines = [
        ("builder", details.builder.id.as_str()),
        ("source", statement.source().unwrap_or(unknown)),
        ("commit", statement.commit().unwrap_or(unknown)),
        ("run", run.unwrap_or(unknown)),
        ("key", key),
    ];
    for (name, value) in lines {
        printer.data(&format!("{name:<8} {value}"));
    }
}
