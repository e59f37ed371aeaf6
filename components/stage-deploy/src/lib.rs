//! Publishes a release of a site: asks the component `site` for it, which alone writes releases.

mod answer;

use ropewalk_stage::outbound::{Error, Request, Response};
use ropewalk_stage::{Call, Caller, Failure, Input, JsonSchema, Stage};
use serde::{Deserialize, Serialize};

/// The component that publishes.
const SITE: &str = "http://site.spin.internal";
/// How often the same publication is asked for. It is idempotent: a repetition gets the first answer.
const MAX_TRIES: u32 = 3;
/// A large site takes a while to be compressed.
const TIMEOUT_MS: u32 = 50_000;
/// The answer is a short JSON object.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// The stage.
#[derive(Debug)]
pub struct StageDeploy;

/// What is published, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The site's name: letters, digits, `-`, `_` and `.`.
    pub site: String,
    /// The environment, which is one that the run may publish to.
    #[serde(default = "default_environment")]
    pub environment: String,
    /// Host names under which the site shall be served, instead of those it has now. Without it they
    /// stay.
    #[serde(default)]
    pub hosts: Option<Vec<String>>,
    /// The input that is published.
    #[serde(default = "default_input")]
    pub input: String,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The site's name.
    pub site: String,
    /// The environment.
    pub environment: String,
    /// The release's id.
    pub release: String,
    /// The site's path on the application's host.
    pub url: String,
    /// Files in the release.
    pub files: u64,
    /// The size of all files together, in bytes, uncompressed.
    pub bytes: u64,
}

/// The body of the call.
#[derive(Debug, Serialize)]
struct Publish<'a> {
    environment: &'a str,
    artifact: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<&'a [String]>,
}

impl Stage for StageDeploy {
    type Parameters = Parameters;
    type Output = Output;

    const NAME: &'static str = "deploy";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = false;
    // The artifact's digest is enough.
    const DEFAULT_INCLUDE: &'static [&'static str] = &[];

    fn run(parameters: Parameters, call: Call) -> Result<Output, Failure> {
        let artifact = artifact(&call.inputs, &parameters.input)?;
        let output = publish(&parameters, artifact, call.caller()?, Request::send)?;
        report(&output);
        Ok(output)
    }
}

#[allow(unsafe_code, reason = "the generated exports")]
#[cfg(target_arch = "wasm32")]
mod export {
    use super::StageDeploy;
    ropewalk_stage::export!(StageDeploy);
}

fn default_environment() -> String {
    "production".to_owned()
}

fn default_input() -> String {
    "site".to_owned()
}

/// The digest of the input of this name.
fn artifact<'a>(inputs: &'a [Input], name: &str) -> Result<&'a str, Failure> {
    let input = inputs.iter().find(|input| input.name == name);
    input.map(|input| input.digest.as_str()).ok_or_else(|| {
        let given: Vec<_> = inputs.iter().map(|input| format!("`{}`", input.name)).collect();
        let given = if given.is_empty() { "none".to_owned() } else { given.join(", ") };
        Failure::new(
            "Deploy.NoArtifact",
            format!(
                "there is no input `{name}`, of {given}: hint: pass it: `\"inputs\": {{ \"{name}.$\": \"$.artifacts.{name}\" }}`"
            ),
        )
    })
}

/// Asks for the release, again if there was no answer or a passing one.
fn publish(
    parameters: &Parameters,
    artifact: &str,
    caller: &Caller,
    send: impl Fn(Request) -> Result<Response, Error>,
) -> Result<Output, Failure> {
    let request = request(parameters, artifact, caller)?;
    let mut tries = 1;
    loop {
        let answer = match send(request.clone()) {
            Ok(response) => answer::read(response.status, &response.body),
            Err(error) => Err(answer::unanswered(&error)),
        };
        match answer {
            Err(failure) if failure.error == answer::UNAVAILABLE && tries < MAX_TRIES => tries += 1,
            other => return other,
        }
    }
}

fn request(parameters: &Parameters, artifact: &str, caller: &Caller) -> Result<Request, Failure> {
    let site = &parameters.site;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if site.is_empty() || !site.bytes().all(plain) {
        return Err(Failure::new(
            "Deploy.InvalidParameter",
            format!("parameter `site` is `{site}`: hint: letters, digits, `-`, `_` and `.`"),
        ));
    }
    let body = Publish { environment: &parameters.environment, artifact, hosts: parameters.hosts.as_deref() };
    let body = serde_json::to_vec(&body).map_err(|error| Failure::new("Deploy.InvalidParameter", error))?;
    Ok(Request::new("POST", &format!("{SITE}/-/sites/{site}/releases"))
        .header("content-type", "application/json")
        .header("authorization", &format!("Bearer {}", caller.grant))
        .body(body)
        .timeout_ms(TIMEOUT_MS)
        .max_body_bytes(MAX_ANSWER_BYTES))
}

#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn report(output: &Output) {
    println!(
        "published `{}` ({}): release {}, {} files, {} bytes, at {}",
        output.site, output.environment, output.release, output.files, output.bytes, output.url
    );
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn parameters(json: &str) -> Parameters {
        serde_json::from_str(json).unwrap()
    }

    fn caller() -> Caller {
        Caller {
            project: "docs".to_owned(),
            run: "r1".to_owned(),
            state: "Deploy".to_owned(),
            attempt: 1,
            idempotency_key: "k".to_owned(),
            grant: "rw1.a.b".to_owned(),
            secrets: Vec::new(),
        }
    }

    /// Publishes while `site` cannot be reached, and returns how often it was tried.
    #[track_caller]
    fn check_unreachable(error: &Error, expected: &str, tries: usize) {
        let sent = RefCell::new(0);
        let result = publish(&parameters(r#"{"site":"docs"}"#), "sha256:0", &caller(), |_| {
            *sent.borrow_mut() += 1;
            Err(error.clone())
        });
        assert_eq!(result.unwrap_err().error, expected);
        assert_eq!(sent.into_inner(), tries);
    }

    #[test]
    fn what_passes_is_tried_again() {
        check_unreachable(&Error::Timeout, "Deploy.Unavailable", 3);
        check_unreachable(&Error::Unreachable("refused".to_owned()), "Deploy.Unavailable", 3);
        check_unreachable(&Error::Other("cut".to_owned()), "Deploy.Unavailable", 3);
        check_unreachable(&Error::Forbidden("site.spin.internal".to_owned()), "Deploy.NotGranted", 1);
        check_unreachable(&Error::TooLarge, "Deploy.Failed", 1);
    }

    #[test]
    fn the_input_is_found_by_its_name() {
        let input = Input { name: "site".to_owned(), path: ".".to_owned(), digest: "sha256:1".to_owned() };
        assert_eq!(artifact(std::slice::from_ref(&input), "site"), Ok("sha256:1"));
        let failure = artifact(&[input], "book").unwrap_err();
        assert_eq!(failure.error, "Deploy.NoArtifact");
        assert!(failure.cause.starts_with("there is no input `book`, of `site`"), "{}", failure.cause);
        assert!(artifact(&[], "site").is_err());
    }

    #[test]
    fn names_that_are_no_path_are_refused() {
        for site in ["", "a/b", "a b", "../x", "ä"] {
            let parameters = Parameters { site: site.to_owned(), ..parameters(r#"{"site":"docs"}"#) };
            assert_eq!(
                request(&parameters, "sha256:0", &caller()).unwrap_err().error,
                "Deploy.InvalidParameter"
            );
        }
        assert!(request(&parameters(r#"{"site":"docs.v2"}"#), "sha256:0", &caller()).is_ok());
    }
}
