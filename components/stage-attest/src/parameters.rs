use std::collections::BTreeMap;

use ropewalk_stage::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;

/// The longest text, in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// What is said of the inputs. Each input is attested: the artifact as a whole, and each of its files, or the image
/// if it is an OCI image layout.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The secret with the key: ed25519 as PKCS#8 in PEM, made by `openssl genpkey -algorithm ed25519`. The state
    /// names it in `secrets`, too.
    #[serde(default = "default_key")]
    pub key: String,
    /// Who built, as a URI by which those who verify know this installation: `https://ci.example.com`.
    #[serde(default = "default_builder")]
    pub builder: String,
    /// URL of the repository.
    #[serde(default)]
    pub source: Option<String>,
    /// The commit.
    #[serde(default)]
    pub commit: Option<String>,
    /// The reference that was built: `refs/heads/main`.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The pipeline: `$$.StateMachine.Id`.
    #[serde(default)]
    pub pipeline: Option<String>,
    /// With what the pipeline was started or the stages were called, as far as it matters.
    #[serde(default)]
    pub parameters: Option<Map<String, Value>>,
    /// When the run began, by RFC 3339: `$$.Execution.StartTime`.
    #[serde(default)]
    pub started_at: Option<String>,
    /// Artifacts of which the inputs were made, by name, with their digests: `{"source": "sha256:…"}`.
    #[serde(default)]
    pub dependencies: BTreeMap<String, String>,
    /// The artifact's name.
    #[serde(default = "default_output")]
    pub output: String,
}

impl Parameters {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let output = &self.output;
        if output.is_empty() || output.starts_with('.') || output.contains(['/', '\\', '\0']) {
            let hint = "it names the artifact: `attestation`";
            return Err(Error::InvalidParameter { name: "output", value: output.clone(), hint });
        }
        // A URI has a scheme, and no space.
        let builder = &self.builder;
        if !builder.contains(':') || builder.contains(char::is_whitespace) {
            let hint = "a URI: `https://ci.example.com`";
            return Err(Error::InvalidParameter { name: "builder", value: builder.clone(), hint });
        }
        let texts = [
            ("builder", Some(builder)),
            ("source", self.source.as_ref()),
            ("commit", self.commit.as_ref()),
            ("ref", self.reference.as_ref()),
            ("pipeline", self.pipeline.as_ref()),
            ("started_at", self.started_at.as_ref()),
        ];
        for (name, text) in texts {
            let Some(text) = text else { continue };
            if text.is_empty() || text.len() > MAX_TEXT_BYTES || text.chars().any(char::is_control) {
                let value = text.chars().filter(|c| !c.is_control()).take(80).collect();
                return Err(Error::InvalidParameter { name, value, hint: "one line of up to 4096 bytes" });
            }
        }
        Ok(())
    }
}

fn default_key() -> String {
    "signing_key".to_owned()
}

fn default_builder() -> String {
    "urn:ropewalk:builder".to_owned()
}

fn default_output() -> String {
    "attestation".to_owned()
}
