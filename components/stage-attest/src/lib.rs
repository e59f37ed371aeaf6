//! Signs what a run made: SLSA provenance v1 for its inputs, in a DSSE envelope.
//!
//! Signing needs two things that a hermetic stage is not given: a secret, and who calls. So it is a stage of its own.
//! It has no way out, though: it is not hermetic because it is told who calls, and it uses no `outbound`, so what it is
//! composed of proves that the key cannot leave it but by the signature. What it attests are its inputs, by digests
//! that the adapter and this stage compute; no stage before it can have a word in them.

mod parameters;
mod subjects;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use artifact::Digest;
use artifact::attest::{
    AttestError, BUILD_TYPE, BuildDefinition, Builder, Envelope, Metadata, Provenance, Resource, RunDetails,
    SigningKey, Statement, TREE_DIGEST,
};
use ropewalk_stage::{Call, Caller, Failure, Stage};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub use parameters::Parameters;

/// The file of the artifact.
const FILE: &str = "provenance.intoto.jsonl";

/// The stage.
#[derive(Debug)]
pub struct StageAttest;

/// What was attested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The artifact with the attestation.
    pub artifact: String,
    /// Its path there.
    pub path: &'static str,
    /// How many subjects it is about.
    pub subjects: usize,
    /// The id of the key that signed.
    pub key_id: String,
}

impl Stage for StageAttest {
    type Parameters = Parameters;
    type Output = Output;

    const NAME: &'static str = "attest";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = false;
    const DEFAULT_INCLUDE: &'static [&'static str] = &["**"];

    fn run(parameters: Parameters, call: Call) -> Result<Output, Failure> {
        let output = attest(Path::new("/"), &parameters, &call)?;
        report(&output);
        Ok(output)
    }
}

#[allow(unsafe_code, reason = "the generated exports")]
#[cfg(target_arch = "wasm32")]
mod export {
    use super::StageAttest;
    ropewalk_stage::export!(StageAttest);
}

/// Why nothing was attested. Each is a failure of the stage, named `Attest.` and the variant.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("parameter `{name}` is `{value}`: hint: {hint}")]
    InvalidParameter { name: &'static str, value: String, hint: &'static str },
    #[error(
        "there is no secret `{name}`: hint: add it to the project, `--secret {name}=FILE`, and name it in `secrets` of the state"
    )]
    NoKey { name: String },
    #[error("secret `{name}` is no key to sign with: {why}")]
    InvalidKey { name: String, why: artifact::attest::InvalidKey },
    #[error("{0}")]
    NothingToAttest(&'static str),
    #[error("{what}: the limit is {limit}")]
    TooLarge { what: String, limit: usize },
    #[error("{0}")]
    InvalidLayout(String),
    #[error("{0}")]
    Failed(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match error {
            Error::InvalidParameter { .. } => "Attest.InvalidParameter",
            Error::NoKey { .. } => "Attest.NoKey",
            Error::InvalidKey { .. } => "Attest.InvalidKey",
            Error::NothingToAttest(_) => "Attest.NothingToAttest",
            Error::TooLarge { .. } => "Attest.TooLarge",
            Error::InvalidLayout(_) => "Attest.InvalidLayout",
            Error::Failed(_) => "Attest.Failed",
        };
        Failure::new(name, &error)
    }
}

impl From<AttestError> for Error {
    fn from(error: AttestError) -> Self {
        Self::Failed(error.to_string())
    }
}

fn attest(base: &Path, parameters: &Parameters, call: &Call) -> Result<Output, Failure> {
    let caller = call.caller()?;
    parameters.check()?;
    let key = signing_key(caller, &parameters.key)?;
    let subjects = subjects::collect(base, &call.inputs)?;
    let count = subjects.len();
    let statement = Statement::new(subjects, provenance(parameters, caller)?);
    let envelope = Envelope::sign(&statement, &key).map_err(Error::from)?;
    let folder = base.join("out").join(&parameters.output);
    let text = envelope.write().map_err(Error::from)?;
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(FILE), text));
    written.map_err(|error| Error::Failed(format!("failed to write the attestation: {error}")))?;
    Ok(Output { artifact: parameters.output.clone(), path: FILE, subjects: count, key_id: key.public().id() })
}

fn signing_key(caller: &Caller, name: &str) -> Result<SigningKey, Error> {
    let secret = caller.secrets.iter().find(|secret| secret.name == name);
    let secret = secret.ok_or_else(|| Error::NoKey { name: name.to_owned() })?;
    SigningKey::from_pem(&secret.value).map_err(|why| Error::InvalidKey { name: name.to_owned(), why })
}

fn provenance(parameters: &Parameters, caller: &Caller) -> Result<Provenance, Error> {
    let mut external = Map::new();
    external.insert("project".to_owned(), caller.project.as_str().into());
    let told = [
        ("pipeline", &parameters.pipeline),
        ("repository", &parameters.source),
        ("ref", &parameters.reference),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            external.insert(name.to_owned(), value.as_str().into());
        }
    }
    if let Some(parameters) = &parameters.parameters {
        external.insert("parameters".to_owned(), Value::Object(parameters.clone()));
    }
    Ok(Provenance {
        build_definition: BuildDefinition {
            build_type: BUILD_TYPE.to_owned(),
            external_parameters: Value::Object(external),
            internal_parameters: json!({ "state": caller.state, "attempt": caller.attempt }),
            resolved_dependencies: dependencies(parameters)?,
        },
        run_details: RunDetails {
            builder: Builder { id: parameters.builder.clone() },
            metadata: Metadata {
                invocation_id: Some(caller.run.clone()),
                started_on: parameters.started_at.clone(),
            },
        },
    })
}

/// The commit, and artifacts that other inputs were made of.
fn dependencies(parameters: &Parameters) -> Result<Vec<Resource>, Error> {
    let mut dependencies = Vec::new();
    if let Some(commit) = &parameters.commit {
        let uri = parameters.source.as_ref().map(|source| {
            let at = parameters.reference.as_ref().map(|reference| format!("@{reference}"));
            format!("git+{source}{}", at.unwrap_or_default())
        });
        let digest = BTreeMap::from([("gitCommit".to_owned(), commit.clone())]);
        dependencies.push(Resource { uri, digest, ..Resource::default() });
    }
    for (name, digest) in &parameters.dependencies {
        let digest: Digest = digest.parse().map_err(|_| Error::InvalidParameter {
            name: "dependencies",
            value: digest.clone(),
            hint: "artifacts by name, with their digests, `sha256:…`",
        })?;
        let digest = BTreeMap::from([(TREE_DIGEST.to_owned(), digest.hex())]);
        dependencies.push(Resource { name: Some(name.clone()), digest, ..Resource::default() });
    }
    Ok(dependencies)
}

#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn report(output: &Output) {
    println!("attested {} subjects, signed by key {}", output.subjects, output.key_id);
}

#[cfg(test)]
mod tests;
