use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::AttestError;

/// The type of statements.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// What they say: how something was made.
pub const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
/// How it was made: by a run of a pipeline. `externalParameters` are `project`, `pipeline`, `repository`, `ref`,
/// and `parameters`, as far as they are known; `internalParameters` are `state` and `attempt`.
pub const BUILD_TYPE: &str = "urn:ropewalk:pipeline-run:1";
/// The algorithm of an artifact's digest, that of a whole tree of files: SHA-256 of its canonical manifest.
pub const TREE_DIGEST: &str = "ropewalkTree";

/// An in-toto statement, version 1, about how something was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// [`STATEMENT`]
    #[serde(rename = "_type")]
    pub kind: String,
    /// What was made.
    pub subject: Vec<Resource>,
    /// [`PROVENANCE`]
    pub predicate_type: String,
    /// How.
    pub predicate: Provenance,
}

/// Something, by its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resource {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Algorithm to hexadecimal digits.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
}

/// SLSA provenance, version 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// What was asked for.
    pub build_definition: BuildDefinition,
    /// Who did it, and when.
    pub run_details: RunDetails,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildDefinition {
    /// [`BUILD_TYPE`]
    pub build_type: String,
    /// What whoever started the build decided.
    pub external_parameters: Value,
    /// What the builder decided.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub internal_parameters: Value,
    /// Of what it was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolved_dependencies: Vec<Resource>,
}

/// Who did it, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDetails {
    /// Who.
    pub builder: Builder,
    /// When.
    #[serde(default)]
    pub metadata: Metadata,
}

/// Who built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Builder {
    /// A URI.
    pub id: String,
}

/// When it was built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The run's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
    /// When the run began, by RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_on: Option<String>,
}

/// What tells whether a payload can be read as a [`Statement`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Types {
    #[serde(rename = "_type")]
    kind: String,
    predicate_type: String,
}

impl Statement {
    /// That these were made so.
    pub fn new(subject: Vec<Resource>, predicate: Provenance) -> Self {
        Self { kind: STATEMENT.to_owned(), subject, predicate_type: PROVENANCE.to_owned(), predicate }
    }

    /// Where the source came from, if the statement tells.
    pub fn source(&self) -> Option<&str> {
        self.predicate
            .build_definition
            .resolved_dependencies
            .iter()
            .find_map(|one| one.digest.get("gitCommit").and(one.uri.as_deref()))
    }

    /// Of which commit it was, if the statement tells.
    pub fn commit(&self) -> Option<&str> {
        let of = &self.predicate.build_definition.resolved_dependencies;
        of.iter().find_map(|one| one.digest.get("gitCommit").map(String::as_str))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, AttestError> {
        let malformed = |error: serde_json::Error| AttestError::NotAStatement(error.to_string());
        let types: Types = serde_json::from_slice(payload).map_err(malformed)?;
        if types.kind != STATEMENT {
            return Err(AttestError::StatementType(types.kind));
        }
        if types.predicate_type != PROVENANCE {
            return Err(AttestError::UnknownPredicate(types.predicate_type));
        }
        serde_json::from_slice(payload).map_err(malformed)
    }
}
