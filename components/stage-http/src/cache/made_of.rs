//! What a result was made of, small: so that somebody can be told why a later call was not answered by it.

use artifact::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::envelope::Envelope;
use crate::host::Identity;
use crate::mask::Masker;
use crate::mount::Mount;

/// Larger values of parameters are kept as their digests, in bytes of JSON.
const MAX_VALUE_BYTES: usize = 256;

/// What a result was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MadeOf {
    /// The project that called.
    pub project: String,
    /// The state that called.
    pub state: String,
    /// The stage's component id.
    pub component: String,
    /// Digest of the stage's program and of the sandbox beneath it.
    pub stage: String,
    /// The parameters; of large ones `{"sha256": …}`.
    pub parameters: Map<String, Value>,
    /// The inputs.
    pub inputs: Vec<MadeOfInput>,
}

/// An input of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MadeOfInput {
    /// The name by which it was passed.
    pub name: String,
    /// Where it stood.
    pub path: String,
    /// What was mounted of the artifact. In capitals, as the other one: an artifact is not kept because a result was once
    /// made of it.
    pub mounted: String,
    /// The artifact.
    pub artifact: String,
    /// Globs of what was mounted.
    pub include: Vec<String>,
    /// Globs of what was not.
    pub exclude: Vec<String>,
}

impl MadeOf {
    /// What the result of a call is made of. `parameters` is canonical JSON.
    pub fn new(
        envelope: &Envelope,
        identity: &Identity,
        masker: &Masker,
        parameters: &str,
        mounts: &[Mount],
    ) -> Self {
        let parameters: Map<String, Value> = serde_json::from_str(parameters).unwrap_or_default();
        let small = |(name, value): (String, Value)| {
            let text = value.to_string();
            let value = if text.len() > MAX_VALUE_BYTES {
                json!({ "sha256": Digest::of(text.as_bytes()).hex() })
            } else {
                masker.value(value)
            };
            (name, value)
        };
        Self {
            project: envelope.project.clone(),
            state: envelope.state.clone(),
            component: identity.component.clone(),
            stage: identity.digest.clone(),
            parameters: parameters.into_iter().map(small).collect(),
            inputs: mounts.iter().map(MadeOfInput::new).collect(),
        }
    }
}

impl MadeOfInput {
    fn new(mount: &Mount) -> Self {
        let input = &mount.input;
        Self {
            name: input.name.clone(),
            path: input.path.clone(),
            mounted: mount.digest.hex().to_ascii_uppercase(),
            artifact: input.artifact.hex().to_ascii_uppercase(),
            include: input.include.clone(),
            exclude: input.exclude.clone(),
        }
    }
}
