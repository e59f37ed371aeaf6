//! Projects: which repository, which pipeline, which secrets.

use std::collections::BTreeMap;

use artifact::{Digest, MAX_VALUE_BYTES, Store, seal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workflow::Definition;

use crate::allowed::{self, MAX_ALLOWED_HOSTS};
use crate::concurrency::Concurrency;
use crate::driver::is_served;
use crate::error::{ApiError, Problem};
use crate::retention::Retention;
use crate::settings::Settings;
use crate::table;

/// Most projects of one application: their names are one value of the store.
pub const MAX_PROJECTS: usize = 10_000;
/// Most characters of a project's name.
pub const MAX_NAME_CHARS: usize = 63;
/// Most secrets of a project.
pub const MAX_SECRETS: usize = 64;
/// Key of the list of all names.
const INDEX_KEY: &str = "projects";
/// Name under which a webhook's secret is sealed.
const WEBHOOK: &str = "webhook";

/// A project, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Project {
    /// Its name: part of URLs, so lower-case letters, digits and hyphens.
    pub name: String,
    /// Where its source is: URL of a git repository.
    pub repository: Option<String>,
    /// Pushes to other branches are passed over. Without one, every branch runs.
    pub branch: Option<String>,
    /// Digest of the pipeline, under which it is kept.
    pub definition: Digest,
    /// Function name to component id, for functions that aren't named as their component.
    pub functions: BTreeMap<String, String>,
    /// Hosts to which its `http:invoke` tasks may send requests.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Name of the site that it deploys.
    pub site: String,
    /// Environment to which it deploys.
    pub environment: String,
    /// Secret of the webhook, sealed, in hexadecimal.
    pub webhook_secret: Option<String>,
    /// Secrets, sealed, in hexadecimal.
    pub secrets: BTreeMap<String, String>,
    /// How many of its runs are under way at once.
    #[serde(default)]
    pub concurrency: Concurrency,
    /// How long its runs are kept.
    #[serde(default)]
    pub retention: Retention,
    /// Who is answered by its results.
    #[serde(default)]
    pub cache: CacheSharing,
    /// When it was registered, milliseconds since 1970.
    pub created_at_ms: u64,
}

/// A project, as it is registered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// URL of a git repository.
    #[serde(default)]
    pub repository: Option<String>,
    /// The one branch whose pushes run.
    #[serde(default)]
    pub branch: Option<String>,
    /// The pipeline, an ASL definition.
    pub pipeline: Value,
    /// Function name to component id.
    #[serde(default)]
    pub functions: BTreeMap<String, String>,
    /// Hosts to which `http:invoke` may send requests; none unless given.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Name of the site; the project's name unless given.
    #[serde(default)]
    pub site: Option<String>,
    /// Environment; `production` unless given.
    #[serde(default)]
    pub environment: Option<String>,
    /// Secret of the webhook, as the forge knows it.
    #[serde(default)]
    pub webhook_secret: Option<String>,
    /// Secrets by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// How many runs are under way at once.
    #[serde(default)]
    pub concurrency: Concurrency,
    /// How long runs are kept.
    #[serde(default)]
    pub retention: Retention,
    /// Who is answered by its results.
    #[serde(default)]
    pub cache: CacheSharing,
}

/// Who is answered by a project's cached results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheSharing {
    /// Equal calls of hermetic stages of all projects that say so, and not this one's alone. Others learn by that, at
    /// most, that somebody made such a call before: who gives the same input is answered the same.
    pub share: bool,
}

impl Registration {
    /// Checks everything, and makes the record. `random` gives nonces.
    pub fn into_project(
        self,
        settings: &Settings,
        now_ms: u64,
        mut random: impl FnMut() -> u128,
    ) -> Result<(Project, Value), ApiError> {
        check_name("project", &self.name)?;
        let site = self.site.unwrap_or_else(|| self.name.clone());
        check_name("site", &site)?;
        let environment = self.environment.unwrap_or_else(|| "production".to_owned());
        check_name("environment", &environment)?;
        check_pipeline(&self.pipeline)?;
        check_allowed_hosts(&self.allowed_hosts)?;
        self.concurrency.check()?;
        self.retention.check()?;
        if self.secrets.len() > MAX_SECRETS {
            return Err(ApiError::bad_request(
                "too-many-secrets",
                format!("project `{}` has more than {MAX_SECRETS} secrets", self.name),
            ));
        }
        let mut close = |name: &str, value: &str| {
            seal::seal(&settings.master_key, &label(&self.name, name), nonce(&mut random), value.as_bytes())
                .map(hex::encode)
                .map_err(|error| ApiError::new(503, "not-configured", error.to_string()))
        };
        let webhook_secret = self.webhook_secret.as_deref().map(|value| close(WEBHOOK, value)).transpose()?;
        let secrets = self
            .secrets
            .iter()
            .map(|(name, value)| Ok((name.clone(), close(&format!("secret/{name}"), value)?)))
            .collect::<Result<_, ApiError>>()?;
        let project = Project {
            repository: self.repository,
            branch: self.branch,
            definition: Digest::of(self.pipeline.to_string().as_bytes()),
            functions: self.functions,
            allowed_hosts: self.allowed_hosts,
            site,
            environment,
            webhook_secret,
            secrets,
            concurrency: self.concurrency,
            retention: self.retention,
            cache: self.cache,
            created_at_ms: now_ms,
            name: self.name,
        };
        Ok((project, self.pipeline))
    }
}

impl Project {
    /// The component that a function stands for: by the table, else by its name less `-function`.
    pub fn component(&self, function: &str) -> String {
        self.functions.get(function).cloned().unwrap_or_else(|| {
            let stem = function.strip_suffix("-function").unwrap_or(function);
            if stem.starts_with("stage-") { stem.to_owned() } else { format!("stage-{stem}") }
        })
    }

    /// The webhook's secret, if there is one.
    pub fn open_webhook_secret(&self, settings: &Settings) -> Result<Option<String>, ApiError> {
        self.webhook_secret.as_deref().map(|sealed| self.open(settings, WEBHOOK, sealed)).transpose()
    }

    /// A secret's value, if the project has it.
    pub fn open_secret(&self, settings: &Settings, name: &str) -> Result<Option<String>, ApiError> {
        let Some(sealed) = self.secrets.get(name) else { return Ok(None) };
        self.open(settings, &format!("secret/{name}"), sealed).map(Some)
    }

    fn open(&self, settings: &Settings, name: &str, sealed: &str) -> Result<String, ApiError> {
        let failed = |cause: String| {
            ApiError::new(
                500,
                "sealed-secret",
                format!("`{name}` of project `{}` cannot be opened: {cause}", self.name),
            )
        };
        let bytes = hex::decode(sealed).map_err(|error| failed(error.to_string()))?;
        let opened = seal::open(&settings.master_key, &label(&self.name, name), &bytes)
            .map_err(|error| failed(error.to_string()))?;
        String::from_utf8(opened).map_err(|_| failed("it is not text".to_owned()))
    }

    /// What clients are shown: no secret's value.
    pub fn show(&self) -> Value {
        json!({
            "name": self.name,
            "repository": self.repository,
            "branch": self.branch,
            "definition": self.definition,
            "functions": self.functions,
            "allowed_hosts": self.allowed_hosts,
            "site": self.site,
            "environment": self.environment,
            "webhook": self.webhook_secret.is_some(),
            "secrets": self.secrets.keys().collect::<Vec<_>>(),
            "concurrency": self.concurrency,
            "retention": self.retention,
            "cache": self.cache,
            "created_at_ms": self.created_at_ms,
        })
    }
}

fn check_allowed_hosts(entries: &[String]) -> Result<(), ApiError> {
    if entries.len() > MAX_ALLOWED_HOSTS {
        let message = format!("`allowed_hosts` has more than {MAX_ALLOWED_HOSTS} entries");
        return Err(ApiError::bad_request("too-many-hosts", message));
    }
    let wrong = |entry: &String| allowed::check(entry).err();
    match entries.iter().find_map(wrong) {
        None => Ok(()),
        Some(why) => Err(ApiError::bad_request("invalid-host", format!("`allowed_hosts`: {why}"))
            .hint("write `api.example.com`, `*.example.com`, or `http://127.0.0.1:8080`")),
    }
}

/// Checks an ASL definition: every problem at once, resources that no component can stand for among them.
pub fn check_pipeline(pipeline: &Value) -> Result<Definition, ApiError> {
    let (definition, problems) = match Definition::from_value(pipeline) {
        Ok(definition) => {
            let problems = unserved(&definition);
            (Some(definition), problems)
        }
        Err(problems) => (None, problems.into_iter().map(Problem::from).collect()),
    };
    match definition {
        Some(definition) if problems.is_empty() => Ok(definition),
        _ => {
            let message = format!("the pipeline has {} problem(s)", problems.len());
            Err(ApiError { problems, ..ApiError::bad_request("invalid-pipeline", message) })
        }
    }
}

fn unserved(definition: &Definition) -> Vec<Problem> {
    definition
        .states()
        .filter_map(|state| {
            let resource = state.resource().filter(|resource| !is_served(resource))?;
            Some(Problem {
                pointer: format!("{}/Resource", state.pointer()),
                message: format!("resource `{resource}` is not served by this application"),
                hint: Some("name a function, a component, an activity, `lambda:invoke`, `http:invoke` or `states:startExecution`".to_owned()),
            })
        })
        .collect()
}

/// Keeps a project and its pipeline. `create` refuses a name that is taken.
pub fn save(store: &impl Store, project: &Project, pipeline: &Value, create: bool) -> Result<(), ApiError> {
    let definition = (definition_key(&project.definition), pipeline.to_string().into_bytes());
    if definition.1.len() > MAX_VALUE_BYTES {
        let bytes = definition.1.len();
        let message = format!("the pipeline has {bytes} bytes: {MAX_VALUE_BYTES} are kept at most");
        return Err(ApiError::new(413, "pipeline-too-large", message)
            .hint("move parts of it to projects of their own, and start them by `states:startExecution`"));
    }
    store.set(&definition.0, &definition.1)?;
    let record = serde_json::to_vec(project).map_err(|e| ApiError::corrupt(&project.name, e))?;
    if create {
        if !store.swap(&key(&project.name), None, &record)? {
            return Err(ApiError::new(
                409,
                "project-exists",
                format!("project `{}` exists already", project.name),
            )
            .hint("replace it with PUT, or remove it first"));
        }
    } else {
        store.set(&key(&project.name), &record)?;
    }
    table::update(store, INDEX_KEY, |names: &mut Vec<String>| {
        if let Err(place) = names.binary_search(&project.name) {
            names.insert(place, project.name.clone());
        }
        if names.len() > MAX_PROJECTS {
            return Err(ApiError::new(
                507,
                "too-many-projects",
                format!("the application has {MAX_PROJECTS} projects already"),
            ));
        }
        Ok(())
    })
}

/// Forgets a project. Its runs stay.
pub fn remove(store: &impl Store, name: &str) -> Result<(), ApiError> {
    load(store, name)?;
    store.delete(&key(name))?;
    table::update(store, INDEX_KEY, |names: &mut Vec<String>| {
        names.retain(|other| other != name);
        Ok(())
    })
}

/// All names, sorted.
pub fn names(store: &impl Store) -> Result<Vec<String>, ApiError> {
    Ok(table::read(store, INDEX_KEY)?.unwrap_or_default())
}

/// A project.
pub fn load(store: &impl Store, name: &str) -> Result<Project, ApiError> {
    check_name("project", name)?;
    table::read(store, &key(name))?.ok_or_else(|| {
        ApiError::unknown("unknown-project", format!("there is no project `{name}`"))
            .hint("`ropewalk project add` registers one")
    })
}

/// A pipeline, by its digest.
pub fn load_pipeline(store: &impl Store, digest: &Digest) -> Result<Value, ApiError> {
    let key = definition_key(digest);
    table::read(store, &key)?.ok_or_else(|| ApiError::corrupt(&key, "it is not there"))
}

/// Demands a name that may stand in URLs and host names.
pub fn check_name(what: &str, name: &str) -> Result<(), ApiError> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty()
        || name.len() > MAX_NAME_CHARS
        || !name.chars().all(legal)
        || name.starts_with('-')
        || name.ends_with('-')
    {
        return Err(ApiError::bad_request("invalid-name", format!("`{name}` cannot name a {what}")).hint(
            format!(
                "use 1 to {MAX_NAME_CHARS} lower-case letters, digits and hyphens, no hyphen at the ends"
            ),
        ));
    }
    Ok(())
}

fn key(name: &str) -> String {
    format!("project/{name}")
}

pub(crate) fn definition_key(digest: &Digest) -> String {
    format!("definition/{}", digest.hex())
}

fn label(project: &str, name: &str) -> String {
    format!("project/{project}/{name}")
}

fn nonce(random: &mut impl FnMut() -> u128) -> [u8; 24] {
    let mut nonce = [0; 24];
    nonce[..16].copy_from_slice(&random().to_le_bytes());
    nonce[16..].copy_from_slice(&random().to_le_bytes()[..8]);
    nonce
}
