//! The release API, for other components: publish, roll back, list. Every call bears a grant.

mod error;

use artifact::grant::Grant;
use artifact::{Artifacts, Digest, Store};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::hosts::{self, Claim, MAX_HOSTS};
use crate::index::{self, Index};
use crate::name::{host_problem, is_name};
use crate::pointer::{self, Kept, Pointer};
use crate::publish::{Order, Publication};
use crate::release::Release;
use crate::route::DEFAULT_ENVIRONMENT;

pub use error::ApiError;

/// The largest body of a call, in bytes.
pub const MAX_BODY_BYTES: usize = 64 << 10;

/// In a grant's `project` or `environment`: any. The orchestrator signs such ones for itself, to let its
/// own users roll back and look.
pub const ANY: &str = "*";

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `GET /-/sites`
    List,
    /// `GET /-/sites/{site}`
    Show(String),
    /// `POST /-/sites/{site}/releases`
    Publish(String),
    /// `POST /-/sites/{site}/rollback`
    RollBack(String),
}

/// The body of a publication.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    #[serde(default = "default_environment")]
    environment: String,
    artifact: Digest,
    hosts: Option<Vec<String>>,
}

/// The body of a rollback.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RollBack {
    #[serde(default = "default_environment")]
    environment: String,
    release: Option<String>,
}

/// What a call comes to.
#[derive(Debug)]
pub enum Outcome<'a, S: Store + ?Sized> {
    /// It is done.
    Done(Answer),
    /// A release is to be made; then comes [`finish`].
    Publish(Box<Publication<'a, S>>),
}

/// What a path below `/-/sites` and a method call.
pub fn call(path: &str, method: &Method) -> Result<Call, ApiError> {
    let mut parts = path.split('/').skip(1);
    let (name, verb, end) = (parts.next(), parts.next(), parts.next());
    let call = match (name, verb, end) {
        (None | Some(""), None, None) => Call::List,
        (Some(name), None, None) => Call::Show(name.to_owned()),
        (Some(name), Some("releases"), None) => Call::Publish(name.to_owned()),
        (Some(name), Some("rollback"), None) => Call::RollBack(name.to_owned()),
        _ => return Err(ApiError::NoSuchCall(path.to_owned())),
    };
    let (allowed, good) = match call {
        Call::List | Call::Show(_) => ("GET", method == Method::GET || method == Method::HEAD),
        Call::Publish(_) | Call::RollBack(_) => ("POST", method == Method::POST),
    };
    if good { Ok(call) } else { Err(ApiError::Method(allowed)) }
}

/// Who calls. Nothing else of the call is read before.
pub fn authenticate(headers: &HeaderMap, master_key: &str, now_s: u64) -> Result<Grant, ApiError> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    Ok(Grant::verify(token.ok_or(ApiError::NoGrant)?, master_key, now_s)?)
}

/// Does what is called, or all but the making of a release.
pub fn begin<'a, S: Store + ?Sized>(
    store: &'a S,
    grant: &Grant,
    call: &Call,
    body: &[u8],
    now_s: u64,
) -> Result<Outcome<'a, S>, ApiError> {
    match call {
        Call::List => list(store, grant).map(Outcome::Done),
        Call::Show(site) => show(store, grant, site).map(Outcome::Done),
        Call::RollBack(site) => roll_back(store, grant, site, body).map(Outcome::Done),
        Call::Publish(site) => publish(store, grant, site, body, now_s),
    }
}

/// Stores the release and switches the site to it.
pub fn finish<S: Store + ?Sized>(store: &S, publication: Publication<'_, S>) -> Result<Answer, ApiError> {
    let (order, release) = publication.finish()?;
    let at = (order.site.as_str(), order.environment.as_str());
    let claim = Claim::new(at);
    for host in order.hosts.iter().flatten() {
        if let Err(holder) = hosts::claim(store, host, &claim)? {
            // What was claimed on the way counts for nothing as long as the pointer doesn't name it.
            return Err(ApiError::HostTaken { host: host.clone(), site: holder.site });
        }
    }
    let kept = Kept {
        id: release.id.clone(),
        artifact: release.artifact,
        run: release.run.clone(),
        at_s: release.at_s,
        files: release.files.len() as u64,
        bytes: release.bytes(),
    };
    let left = pointer::publish(store, at, &kept, order.hosts.as_deref())?;
    hosts::release(store, &left.hosts, &claim)?;
    for old in &left.releases {
        Release::delete(store, old)?;
    }
    Ok(published(at, &kept))
}

fn publish<'a, S: Store + ?Sized>(
    store: &'a S,
    grant: &Grant,
    site: &str,
    body: &[u8],
    now_s: u64,
) -> Result<Outcome<'a, S>, ApiError> {
    let asked: Publish = parse(body)?;
    let at = (site, asked.environment.as_str());
    check_names(at)?;
    check_environment(grant, at.1)?;
    if grant.project == ANY {
        return Err(ApiError::Forbidden("a release is published by a project's run alone".to_owned()));
    }
    let hosts = asked.hosts.map(|hosts| checked_hosts(&hosts)).transpose()?;
    index::enter(store, &grant.project, at)?
        .map_err(|owner| ApiError::NotYours { site: site.to_owned(), owner })?;
    let id = Release::id_of(site, at.1, &grant.run, &asked.artifact);
    let pointer = Pointer::load(store, site, at.1)?;
    if let Some(kept) = pointer.as_ref().and_then(|pointer| pointer.kept(&id)) {
        return Ok(Outcome::Done(published(at, kept)));
    }
    let tree = Artifacts::new(store).load(&asked.artifact)?;
    if tree.tree().is_empty() {
        return Err(ApiError::Empty(asked.artifact));
    }
    let previous = match &pointer {
        Some(pointer) => Release::load(store, &pointer.current)?,
        None => None,
    };
    let order = Order {
        site: site.to_owned(),
        environment: asked.environment,
        project: grant.project.clone(),
        run: grant.run.clone(),
        artifact: asked.artifact,
        hosts,
        at_s: now_s,
    };
    Ok(Outcome::Publish(Box::new(Publication::new(store, order, tree, previous.as_ref()))))
}

fn roll_back<S: Store + ?Sized>(
    store: &S,
    grant: &Grant,
    site: &str,
    body: &[u8],
) -> Result<Answer, ApiError> {
    let asked: RollBack = parse(body)?;
    let at = (site, asked.environment.as_str());
    check_names(at)?;
    check_environment(grant, at.1)?;
    check_owner(&Index::load(store)?, grant, site)?;
    let switched = pointer::roll_back(store, at, asked.release.as_deref())??;
    let kept = switched.now;
    Ok(answer::json(
        StatusCode::OK,
        &json!({
            "site": site, "environment": at.1, "release": kept.id, "before": switched.before, "run": kept.run,
            "url": url(at), "files": kept.files, "bytes": kept.bytes,
        }),
    ))
}

fn list<S: Store + ?Sized>(store: &S, grant: &Grant) -> Result<Answer, ApiError> {
    let index = Index::load(store)?;
    let sites: Vec<_> = index
        .sites
        .iter()
        .filter(|(_, owner)| grant.project == ANY || grant.project == owner.project)
        .map(|(name, owner)| {
            json!({
                "name": name, "project": owner.project, "environments": owner.environments,
                "url": url((name, DEFAULT_ENVIRONMENT)),
            })
        })
        .collect();
    Ok(answer::json(StatusCode::OK, &json!({ "sites": sites })))
}

fn show<S: Store + ?Sized>(store: &S, grant: &Grant, site: &str) -> Result<Answer, ApiError> {
    let index = Index::load(store)?;
    let owner = check_owner(&index, grant, site)?;
    let mut environments = Vec::new();
    for environment in &owner.environments {
        if let Some(pointer) = Pointer::load(store, site, environment)? {
            environments.push(json!({
                "environment": environment, "url": url((site, environment)), "hosts": pointer.hosts,
                "current": pointer.current, "releases": pointer.releases,
            }));
        }
    }
    let shown = json!({ "name": site, "project": owner.project, "environments": environments });
    Ok(answer::json(StatusCode::OK, &shown))
}

/// The same for the first call and for each repetition.
fn published(at: (&str, &str), kept: &Kept) -> Answer {
    answer::json(
        StatusCode::CREATED,
        &json!({
            "site": at.0, "environment": at.1, "release": kept.id, "url": url(at),
            "files": kept.files, "bytes": kept.bytes,
        }),
    )
}

/// The site's path on the host of the application.
fn url((site, environment): (&str, &str)) -> String {
    if environment == DEFAULT_ENVIRONMENT {
        format!("/sites/{site}/")
    } else {
        format!("/sites/{site}@{environment}/")
    }
}

fn parse<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::Body(error.to_string()))
}

fn check_names((site, environment): (&str, &str)) -> Result<(), ApiError> {
    for (what, name) in [("site", site), ("environment", environment)] {
        if !is_name(name) {
            return Err(ApiError::Name { what, name: name.to_owned() });
        }
    }
    Ok(())
}

fn check_environment(grant: &Grant, environment: &str) -> Result<(), ApiError> {
    if grant.environment == environment || grant.environment == ANY {
        return Ok(());
    }
    let granted = &grant.environment;
    Err(ApiError::Forbidden(format!("the grant is for environment `{granted}`, not `{environment}`")))
}

fn check_owner<'i>(index: &'i Index, grant: &Grant, site: &str) -> Result<&'i index::Owner, ApiError> {
    let owner = index.sites.get(site).ok_or_else(|| ApiError::UnknownSite(site.to_owned()))?;
    if grant.project == ANY || grant.project == owner.project {
        return Ok(owner);
    }
    Err(ApiError::NotYours { site: site.to_owned(), owner: owner.project.clone() })
}

/// Host names in their normal form, each once.
fn checked_hosts(hosts: &[String]) -> Result<Vec<String>, ApiError> {
    let mut checked: Vec<String> = Vec::new();
    for host in hosts {
        if let Some(problem) = host_problem(host) {
            return Err(ApiError::Host { host: host.clone(), problem });
        }
        if !checked.contains(host) {
            checked.push(host.clone());
        }
    }
    if checked.len() > MAX_HOSTS {
        return Err(ApiError::TooManyHosts(checked.len()));
    }
    Ok(checked)
}

fn default_environment() -> String {
    DEFAULT_ENVIRONMENT.to_owned()
}
