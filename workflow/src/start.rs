//! What a run starts with.

use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::limits::Limits;
use crate::token::Tokens;

/// Everything that a run is given before its first event; kept beside its history, since replay needs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Start {
    /// The input of the first state.
    pub input: Data,
    /// `$$.Execution.Id`.
    pub execution_id: String,
    /// `$$.Execution.Name`.
    pub execution_name: String,
    /// `$$.Execution.RoleArn`; left out of the context object where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// `$$.StateMachine.Id`.
    pub machine_id: String,
    /// `$$.StateMachine.Name`.
    pub machine_name: String,
    /// How the run's task tokens are made. Without it, a token is a random text that says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// The limits of this run.
    pub limits: Limits,
}
