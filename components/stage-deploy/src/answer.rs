//! What the component `site` answers, as the stage's own.

use ropewalk_stage::Failure;
use ropewalk_stage::outbound::Error;
use serde::Deserialize;

use crate::Output;

/// The failure that passes: a repetition may succeed.
pub(crate) const UNAVAILABLE: &str = "Deploy.Unavailable";

#[derive(Debug, Deserialize)]
struct Refusal {
    error: String,
    message: String,
    hint: Option<String>,
}

/// An answer, whatever its status.
pub(crate) fn read(status: u16, body: &[u8]) -> Result<Output, Failure> {
    if matches!(status, 200 | 201) {
        return serde_json::from_slice(body).map_err(|error| {
            Failure::new("Deploy.Failed", format!("the answer of `site` cannot be read: {error}"))
        });
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        let name = if status >= 500 { UNAVAILABLE } else { "Deploy.Failed" };
        return Err(Failure::new(name, format!("`site` answered with status {status}")));
    };
    let hint = refusal.hint.map(|hint| format!(": hint: {hint}")).unwrap_or_default();
    Err(Failure::new(name_of(&refusal.error, status), format!("{}{hint}", refusal.message)))
}

/// There was no answer.
pub(crate) fn unanswered(error: &Error) -> Failure {
    let name = match error {
        Error::Unreachable(_) | Error::Timeout | Error::Other(_) => UNAVAILABLE,
        Error::Forbidden(_) => "Deploy.NotGranted",
        Error::Invalid(_) | Error::TooLarge => "Deploy.Failed",
    };
    Failure::new(name, format!("`site` did not answer: {error}"))
}

fn name_of(code: &str, status: u16) -> &'static str {
    match code {
        "not_configured" => "Deploy.NotConfigured",
        "no_grant" | "invalid_grant" | "forbidden" => "Deploy.Forbidden",
        "not_yours" => "Deploy.SiteTaken",
        "host_taken" => "Deploy.HostTaken",
        "invalid_host" | "invalid_name" | "invalid_body" | "body_too_large" => "Deploy.InvalidParameter",
        "unknown_artifact" | "empty_artifact" => "Deploy.NoArtifact",
        "too_large" => "Deploy.TooLarge",
        _ if status >= 500 => UNAVAILABLE,
        _ => "Deploy.Failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read() {
        let body = br#"{"site":"docs","environment":"production","release":"r","url":"/sites/docs/","files":3,"bytes":9}"#;
        let output = read(201, body).unwrap();
        assert_eq!((output.url.as_str(), output.files, output.bytes), ("/sites/docs/", 3, 9));
    }

    #[track_caller]
    fn check(status: u16, body: &str, error: &str, cause: &str) {
        assert_eq!(read(status, body.as_bytes()), Err(Failure::new(error, cause)));
    }

    #[test]
    fn refusals_are_failures_with_names() {
        check(
            409,
            r#"{"error":"host_taken","message":"host `a.b` is held by site `x`"}"#,
            "Deploy.HostTaken",
            "host `a.b` is held by site `x`",
        );
        check(
            400,
            r#"{"error":"invalid_host","message":"bad","hint":"do this"}"#,
            "Deploy.InvalidParameter",
            "bad: hint: do this",
        );
        check(
            503,
            r#"{"error":"not_configured","message":"variable `master_key` is not set"}"#,
            "Deploy.NotConfigured",
            "variable `master_key` is not set",
        );
        check(503, r#"{"error":"busy","message":"wait"}"#, UNAVAILABLE, "wait");
        check(401, r#"{"error":"invalid_grant","message":"late"}"#, "Deploy.Forbidden", "late");
        check(403, r#"{"error":"not_yours","message":"x"}"#, "Deploy.SiteTaken", "x");
        check(500, "oops", UNAVAILABLE, "`site` answered with status 500");
        check(404, "", "Deploy.Failed", "`site` answered with status 404");
        assert_eq!(read(201, b"{}").unwrap_err().error, "Deploy.Failed");
    }
}
