//! One checkout from beginning to end.

use std::path::Path;

use gix_hash::ObjectId;
use serde::Serialize;

use crate::commit::{Author, Commit};
use crate::error::Error;
use crate::fetch::{Session, Wanted};
use crate::limits::SEARCHED_COMMITS;
use crate::objects::{Known, Objects};
use crate::parameters::Plan;
use crate::reference::{branch_of, tag_of};
use crate::remote::Remote;
use crate::transport::Transport;
use crate::tree::{self, Entry};
use crate::worktree::{Written, write};

/// What later states of the workflow read: the same for every checkout of one commit from one place.
#[derive(Debug, Serialize)]
pub struct Output {
    /// The commit's full id.
    pub commit: String,
    /// The full name of the reference, where it is known. `HEAD` is told as the branch that it stands for.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The branch, if the reference is one.
    pub branch: Option<String>,
    /// The tag, if the reference is one.
    pub tag: Option<String>,
    /// The repository's URL, redirects followed.
    pub repository: String,
    /// Who wrote the commit.
    pub author: Author,
    /// The first line of the commit's message.
    pub subject: String,
    /// When it was committed: `2026-08-17T21:43:13+02:00`.
    pub committed_at: String,
    /// Bytes of the pack that was fetched. Not part of the result: a server may pack one commit in many ways.
    #[serde(skip)]
    pub pack_bytes: usize,
    /// What was written.
    #[serde(flatten)]
    pub written: Written,
}

/// Fetches the commit that the plan names, and writes its files into an empty folder, the second. Of the files that
/// stand below the first none is fetched.
pub fn checkout(
    plan: &Plan,
    transport: &mut dyn Transport,
    (base, folder): (&Path, &Path),
    log: &mut dyn FnMut(&str),
) -> Result<Output, Error> {
    if plan.credentials.is_some() && plan.url.is_readable_on_the_way() {
        log("warning: the token goes to the repository unencrypted: its URL is `http://`");
    }
    let (remote, advertisement) = Remote::discover(transport, &plan.url, plan.credentials.as_ref(), log)?;
    let mut session = Session::new(remote, advertisement);
    let known = if session.can_leave_files_out() { Known::below(base)? } else { Known::default() };
    let partly = if known.is_empty() { None } else { fetch_partly(plan, known, &mut session, log)? };
    let Checked { mut fetched, commit, entries } = match partly {
        Some(checked) => checked,
        None => Checked::of(fetch_wanted(plan, Known::default(), &mut session, log)?)?,
    };
    log(&format!(
        "commit {}: {}, by {}, {}",
        commit.id, commit.subject, commit.author.name, commit.committed_at
    ));
    let written = write(&mut fetched.objects, entries, folder, plan, log)?;
    log(&format!(
        "{} files, {} bytes, from a pack of {} objects and {} bytes",
        written.files,
        written.bytes,
        fetched.objects.fetched_count(),
        fetched.objects.pack_bytes
    ));
    Ok(Output {
        commit: commit.id.to_string(),
        branch: fetched.reference.as_deref().and_then(branch_of).map(str::to_owned),
        tag: fetched.reference.as_deref().and_then(tag_of).map(str::to_owned),
        reference: fetched.reference,
        repository: session.remote().url().to_string(),
        author: commit.author,
        subject: commit.subject,
        committed_at: commit.committed_at,
        pack_bytes: fetched.objects.pack_bytes,
        written,
    })
}

/// What was fetched, with the files that belong to it.
struct Checked {
    fetched: Fetched,
    commit: Commit,
    entries: Vec<Entry>,
}

impl Checked {
    fn of(mut fetched: Fetched) -> Result<Self, Error> {
        let commit = Commit::read(&mut fetched.objects, fetched.id)?;
        let entries = tree::list(&mut fetched.objects, commit.tree)?;
        Ok(Self { fetched, commit, entries })
    }
}

/// Fetches the commit and its folders, and then those of its files that aren't there. `Ok(None)`: the server doesn't give
/// single files.
fn fetch_partly(
    plan: &Plan,
    known: Known,
    session: &mut Session<'_>,
    log: &mut dyn FnMut(&str),
) -> Result<Option<Checked>, Error> {
    let mut checked = Checked::of(fetch_wanted(plan, known, session, log)?)?;
    let missing = checked.fetched.objects.missing(&checked.entries);
    log(&format!("{} of its files are not there yet", missing.len()));
    if !missing.is_empty() {
        match session.files(&missing) {
            Ok(pack) => checked.fetched.objects.add(pack)?,
            Err(Error::Refused { message, .. }) => {
                log(&format!("the server says `{message}`: fetching the commit whole"));
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Some(checked))
}

fn fetch_wanted(
    plan: &Plan,
    known: Known,
    session: &mut Session<'_>,
    log: &mut dyn FnMut(&str),
) -> Result<Fetched, Error> {
    match plan.commit {
        None => fetch_tip(plan, known, session, log),
        Some(id) => fetch_commit(plan, id, known, session, log),
    }
}

/// Objects among which the wanted commit is.
struct Fetched {
    objects: Objects,
    id: ObjectId,
    reference: Option<String>,
}

/// Fetches what the reference points at.
fn fetch_tip(
    plan: &Plan,
    known: Known,
    session: &mut Session<'_>,
    log: &mut dyn FnMut(&str),
) -> Result<Fetched, Error> {
    let tip = session.find(&plan.reference, log)?;
    let name = tip.name.as_deref().unwrap_or("HEAD");
    log(&format!("fetching {} of `{}`, which is `{name}`", tip.id, session.remote().url()));
    fetch(session, tip.id, 1, tip.name, known)
}

/// Fetches a commit by its id. A server may refuse that for all but the tips of references: then it is
/// looked for among the newest commits of the reference.
fn fetch_commit(
    plan: &Plan,
    id: ObjectId,
    known: Known,
    session: &mut Session<'_>,
    log: &mut dyn FnMut(&str),
) -> Result<Fetched, Error> {
    log(&format!("fetching {id} of `{}`", session.remote().url()));
    let refusal = match fetch(session, id, 1, plan.reference.full_name().map(str::to_owned), known) {
        Err(Error::Refused { message, .. }) => message,
        other => return other,
    };
    let wanted = plan.reference.describe();
    let unknown = |session: &Session<'_>, cause: String| Error::UnknownCommit {
        url: session.remote().url().to_string(),
        commit: id.to_string(),
        cause,
    };
    let tip = match session.find(&plan.reference, log) {
        Err(Error::UnknownRef { .. }) => {
            return Err(unknown(
                session,
                format!("it says `{refusal}`, and there is no {wanted} any more to look in"),
            ));
        }
        other => other?,
    };
    log(&format!(
        "the server says `{refusal}`: looking among the newest {SEARCHED_COMMITS} commits of {wanted}"
    ));
    let fetched = fetch(session, tip.id, SEARCHED_COMMITS, tip.name, Known::default())?;
    if !fetched.objects.has_fetched(&id) {
        let cause = format!(
            "it says `{refusal}`, and the commit is not among the newest {SEARCHED_COMMITS} of {wanted}, whose tip is {}",
            tip.id
        );
        return Err(unknown(session, cause));
    }
    Ok(Fetched { id, ..fetched })
}

fn fetch(
    session: &mut Session<'_>,
    id: ObjectId,
    depth: u32,
    reference: Option<String>,
    known: Known,
) -> Result<Fetched, Error> {
    let wanted = if known.is_empty() { Wanted::All } else { Wanted::AllButFiles };
    let pack = session.pack(id, depth, wanted)?;
    Ok(Fetched { objects: Objects::new(pack, known)?, id, reference })
}
