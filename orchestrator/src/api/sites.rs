//! `/api/sites`: what is deployed. The component `site` alone keeps it; this asks it, with a grant.

use artifact::grant::Grant;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Orchestrator;
use crate::error::ApiError;
use crate::host::{ComponentCall, Host};
use crate::http::{Response, parse_json};
use crate::project::check_name;

/// How long a request to `site` may act, in seconds.
const GRANT_S: u64 = 60;
/// In a grant: every project, every environment.
const ANY: &str = "*";
/// The environment unless the client names one.
const DEFAULT_ENVIRONMENT: &str = "production";

/// `GET /api/sites/{name}`
pub(super) async fn show<H: Host>(app: &Orchestrator<H>, name: &str) -> Result<Response, ApiError> {
    check_name("site", name)?;
    forward(app, "GET", format!("/-/sites/{name}"), None).await
}

/// `POST /api/sites/{name}/rollback`
pub(super) async fn rollback<H: Host>(
    app: &Orchestrator<H>,
    name: &str,
    body: &[u8],
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rollback {
        release: Option<String>,
        environment: Option<String>,
    }
    check_name("site", name)?;
    let Rollback { release, environment } = parse_json(body)?;
    let environment = environment.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
    check_name("environment", &environment)?;
    let mut body = json!({ "environment": environment });
    if let Some(release) = release {
        body["release"] = json!(release);
    }
    forward(app, "POST", format!("/-/sites/{name}/rollback"), Some(body)).await
}

/// Asks `site`, and passes on what it answers.
pub(super) async fn forward<H: Host>(
    app: &Orchestrator<H>,
    method: &'static str,
    path: String,
    body: Option<Value>,
) -> Result<Response, ApiError> {
    // Whoever has the API's token may act for every project.
    let grant = Grant {
        project: ANY.to_owned(),
        run: "api".to_owned(),
        environment: ANY.to_owned(),
        expires_at_s: app.host.now_ms() / 1000 + GRANT_S,
    };
    let call = ComponentCall {
        component: "site".to_owned(),
        method,
        path,
        bearer: Some(app.settings.sign(&grant)?),
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
    };
    let answer =
        app.host.call(call).await.map_err(|error| {
            ApiError::new(502, "site", format!("component `site` gave no answer: {error:?}"))
        })?;
    if let Some(ended) = answer.ended {
        return Err(ApiError::new(502, "site", format!("component `site`: {ended}")));
    }
    Ok(Response::new(answer.status, "application/json", answer.body))
}
