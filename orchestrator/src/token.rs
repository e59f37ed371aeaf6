//! Task tokens: who may end a task from outside.
//!
//! A token names its run, state entry and attempt, and is signed under a key that follows from the master key and the
//! run's id. So it is checked before anything is read from the store, and nobody can make one.

use workflow::{TaskToken, TokenKey};

use crate::error::ApiError;
use crate::settings::Settings;

/// The key of a run's tokens.
pub fn key(settings: &Settings, run: &str) -> Result<TokenKey, ApiError> {
    settings.key(&format!("task-token/{run}")).map(TokenKey)
}

/// The task that a token is for, if it is one of ours.
pub fn read(settings: &Settings, text: &str) -> Result<TaskToken, ApiError> {
    TaskToken::verify(text, |run| key(settings, run))?.ok_or_else(|| {
        ApiError::new(401, "InvalidToken", "the task token is not one that this application made")
            .hint("pass on `$$.Task.Token`, or `$states.context.Task.Token`, unchanged")
    })
}
