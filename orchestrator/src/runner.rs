//! Tokens of runners. One names the activities that it may poll, and until when; that is all that it is good for: what a
//! runner does for a task, it does by the task's own token. Nothing of it is kept, and a new master key voids all of them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::activity::check_name;
use crate::auth;
use crate::error::ApiError;
use crate::http::Head;
use crate::settings::Settings;

/// Most activities that one runner polls.
pub const MAX_ACTIVITIES: usize = 16;
/// Days for which a token holds, unless it is to hold for others.
pub const DAYS: u64 = 90;
/// Most days for which a token holds.
pub const MAX_DAYS: u64 = 3_650;
/// Label of the key that signs these tokens.
const LABEL: &str = "orchestrator/runner";
/// How a token begins.
const PREFIX: &str = "rr1";

const DAY_S: u64 = 24 * 3_600;

/// What a runner may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// The activities that it may poll.
    pub activities: Vec<String>,
    /// Until when, seconds since 1970.
    pub expires_at_s: u64,
}

impl Pass {
    /// A pass for these activities, their names parted by commas.
    pub fn new(activities: &str, days: Option<u64>, now_ms: u64) -> Result<Self, ApiError> {
        let days = days.unwrap_or(DAYS);
        if !(1..=MAX_DAYS).contains(&days) {
            let message = format!("`days` is {days}, not a number from 1 to {MAX_DAYS}");
            return Err(ApiError::bad_request("invalid-days", message));
        }
        Ok(Self { activities: names(activities)?, expires_at_s: now_ms / 1_000 + days * DAY_S })
    }

    /// The token: `rr1.<activities>.<seconds since 1970>.<code>`.
    pub fn sign(&self, settings: &Settings) -> Result<String, ApiError> {
        let said = format!("{PREFIX}.{}.{}", self.activities.join(","), self.expires_at_s);
        let code = hex::encode(mac(settings, &said)?.finalize().into_bytes());
        Ok(format!("{said}.{code}"))
    }

    /// Reads a token, if it is one of ours.
    fn read(settings: &Settings, token: &str) -> Result<Option<Self>, ApiError> {
        let Some((said, code)) = token.rsplit_once('.') else { return Ok(None) };
        let Ok(code) = hex::decode(code) else { return Ok(None) };
        if mac(settings, said)?.verify_slice(&code).is_err() {
            return Ok(None);
        }
        let mut parts = said.split('.');
        let (Some(PREFIX), Some(activities), Some(Ok(expires_at_s))) =
            (parts.next(), parts.next(), parts.next().map(str::parse))
        else {
            return Ok(None);
        };
        Ok(Some(Self { activities: activities.split(',').map(str::to_owned).collect(), expires_at_s }))
    }
}

/// The activities that a path names, parted by commas.
pub fn names(text: &str) -> Result<Vec<String>, ApiError> {
    let names: Vec<String> = text.split(',').map(str::to_owned).collect();
    if names.len() > MAX_ACTIVITIES {
        let message = format!("there are {} activities: a runner has at most {MAX_ACTIVITIES}", names.len());
        return Err(ApiError::bad_request("too-many-activities", message));
    }
    names.iter().try_for_each(|name| check_name(name))?;
    Ok(names)
}

/// Demands a token that may poll these activities: a runner's, or the API's.
pub fn demand(head: &Head, settings: &Settings, activities: &str, now_ms: u64) -> Result<(), ApiError> {
    let pass = match auth::bearer(head).filter(|token| token.starts_with(PREFIX)) {
        Some(token) => Pass::read(settings, token)?,
        None => None,
    };
    let Some(pass) = pass else { return auth::demand_token(head, settings) };
    if pass.expires_at_s <= now_ms / 1_000 {
        return Err(ApiError::new(401, "expired-token", "the runner's token has expired")
            .hint("`ropewalk runner token` makes another"));
    }
    match names(activities)?.iter().find(|name| !pass.activities.contains(name)) {
        None => Ok(()),
        Some(other) => {
            let message = format!("the runner's token is not for activity `{other}`");
            Err(ApiError::new(403, "other-activity", message)
                .hint(format!("it is for {}", pass.activities.join(", "))))
        }
    }
}

fn mac(settings: &Settings, said: &str) -> Result<Hmac<Sha256>, ApiError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&settings.key(LABEL)?)
        .map_err(|error| ApiError::new(500, "hmac", error.to_string()))?;
    mac.update(said.as_bytes());
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings { api_token: "token".to_owned(), master_key: "k".repeat(32), ..Settings::default() }
    }

    #[track_caller]
    fn check(token: &str, activities: &str, now_s: u64, expected: Result<(), u16>) {
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        let head = Head::new("POST", "/", headers);
        let found = demand(&head, &settings(), activities, now_s * 1_000).map_err(|error| error.status);
        assert_eq!(found, expected, "{token} {activities}");
    }

    #[test]
    fn a_token_polls_its_activities_and_no_others() {
        let token = Pass::new("linux,rust", Some(1), 0).unwrap().sign(&settings()).unwrap();
        check(&token, "linux", 0, Ok(()));
        check(&token, "rust,linux", DAY_S - 1, Ok(()));
        check(&token, "linux", DAY_S, Err(401));
        check(&token, "linux,windows", 0, Err(403));
        check(&token, "linux,", 0, Err(400));
        check("token", "windows", DAY_S, Ok(()));
        for forged in [
            token.replace("linux", "windows"),
            token.replace(".86400.", ".99999."),
            token[..token.len() - 2].to_owned(),
            format!("{token}00"),
            "rr1.linux".to_owned(),
            "rr1".to_owned(),
            "other".to_owned(),
        ] {
            check(&forged, "linux", 0, Err(401));
        }
    }

    #[test]
    fn passes_are_checked() {
        for (activities, days) in [("", None), ("a b", None), ("a", Some(0)), ("a", Some(3_651))] {
            assert_eq!(Pass::new(activities, days, 0).unwrap_err().status, 400, "{activities} {days:?}");
        }
        let many = vec!["a"; 17].join(",");
        assert_eq!(Pass::new(&many, None, 0).unwrap_err().code, "too-many-activities");
    }
}
