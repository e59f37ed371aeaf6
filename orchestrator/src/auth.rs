//! Who may do what. Nothing from outside is read beyond its headers before it passes here.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::error::ApiError;
use crate::http::{Head, Response};
use crate::settings::Settings;

/// Name of the dashboard's cookie.
pub const COOKIE: &str = "ropewalk_session";
/// How long a browser stays signed in, in seconds.
const COOKIE_MAX_AGE_S: u32 = 30 * 24 * 3600;
/// Label of the key that signs requests of the orchestrator to itself.
const INTERNAL_LABEL: &str = "orchestrator/internal";
/// Label of the key that marks the dashboard's forms.
const FORM_LABEL: &str = "orchestrator/form";

/// Demands the API's bearer token.
pub fn demand_token(head: &Head, settings: &Settings) -> Result<(), ApiError> {
    let expected = settings.api_token()?;
    match bearer(head) {
        Some(token) if same(token, expected) => Ok(()),
        Some(_) => Err(denied("the bearer token is not the one of this application")),
        None => Err(denied("the request carries no bearer token")),
    }
}

/// The bearer token that a request carries.
pub fn bearer(head: &Head) -> Option<&str> {
    let value = head.header("authorization")?;
    let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer "))?;
    Some(token.trim())
}

/// Demands the token by which the orchestrator calls itself.
pub fn demand_internal(head: &Head, settings: &Settings) -> Result<(), ApiError> {
    let expected = internal_token(settings)?;
    let given = head.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    match given {
        Some(token) if same(token, &expected) => Ok(()),
        _ => Err(denied("only the orchestrator itself may call this")),
    }
}

/// The token by which the orchestrator calls itself.
pub fn internal_token(settings: &Settings) -> Result<String, ApiError> {
    Ok(hex::encode(settings.key(INTERNAL_LABEL)?))
}

/// Whether a browser is signed in.
pub fn signed_in(head: &Head, settings: &Settings) -> Result<bool, ApiError> {
    let expected = cookie_value(settings)?;
    let cookies = head.header("cookie").unwrap_or_default();
    Ok(cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(name, value)| name == COOKIE && same(value, &expected)))
}

/// Whether the browser says that it opens a page. A site that is served below `/sites/` has the dashboard's
/// origin, and its scripts must not read the dashboard with the cookie of whoever looks at the site.
/// Browsers send Fetch Metadata (W3C); what isn't a browser sends none, and runs no scripts.
pub fn opens_a_page(head: &Head) -> bool {
    let says = |name: &str, expected: &str| head.header(name).is_none_or(|value| value == expected);
    says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document")
}

/// What a form of the dashboard carries, so that nobody else's page can send it: a page of a site below
/// `/sites/` has the dashboard's origin, and so its cookie.
pub fn form_token(settings: &Settings) -> Result<String, ApiError> {
    Ok(hex::encode(settings.key(FORM_LABEL)?))
}

/// Demands a form that the dashboard made.
pub fn demand_form(token: &str, settings: &Settings) -> Result<(), ApiError> {
    if same(token, &form_token(settings)?) {
        return Ok(());
    }
    Err(ApiError::new(403, "foreign-form", "the form is not one of the dashboard").hint("open the page anew"))
}

/// Whether this is the API's token.
pub fn is_token(given: &str, settings: &Settings) -> Result<bool, ApiError> {
    Ok(same(given, settings.api_token()?))
}

/// Signs a browser in: the cookie can't be turned back into the token, and other sites' pages can't use it.
pub fn sign_in(head: &Head, settings: &Settings, to: &str) -> Result<Response, ApiError> {
    let secure =
        if head.header("x-forwarded-proto") == Some("https") || settings.public_url.starts_with("https://") {
            "; Secure"
        } else {
            ""
        };
    let cookie = format!(
        "{COOKIE}={}; Path=/ui; HttpOnly; SameSite=Strict; Max-Age={COOKIE_MAX_AGE_S}{secure}",
        cookie_value(settings)?
    );
    Ok(Response::see_other(to).with("set-cookie", &cookie))
}

fn cookie_value(settings: &Settings) -> Result<String, ApiError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(settings.api_token()?.as_bytes())
        .map_err(|error| ApiError::new(500, "hmac", error.to_string()))?;
    mac.update(b"ropewalk dashboard session");
    Ok(hex::encode(mac.finalize().into_bytes()))
}

/// Compares digests, so that neither content nor length can be told from the time it takes.
fn same(given: &str, expected: &str) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(expected)).into()
}

fn denied(message: &str) -> ApiError {
    ApiError::new(401, "unauthorized", message)
        .hint("send `Authorization: Bearer …` with the value of variable `api_token`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(token: &str) -> Settings {
        Settings { api_token: token.to_owned(), master_key: "k".repeat(32), ..Settings::default() }
    }

    #[track_caller]
    fn check(header: Option<&str>, token: &str, expected: Result<(), u16>) {
        let headers = header.map(|value| ("authorization".to_owned(), value.to_owned()));
        let head = Head::new("POST", "/api/runs", headers.into_iter().collect());
        let found = demand_token(&head, &settings(token)).map_err(|error| error.status);
        assert_eq!(found, expected);
    }

    #[test]
    fn demands_the_token() {
        check(Some("Bearer secret"), "secret", Ok(()));
        check(Some("bearer secret"), "secret", Ok(()));
        check(Some("Bearer secre"), "secret", Err(401));
        check(Some("Bearer "), "secret", Err(401));
        check(Some("Basic secret"), "secret", Err(401));
        check(None, "secret", Err(401));
        check(Some("Bearer "), "", Err(503));
        check(None, "", Err(503));
    }

    #[test]
    fn scripts_open_no_page() {
        for (mode, dest, expected) in [
            (None, None, true),
            (Some("navigate"), Some("document"), true),
            (Some("navigate"), Some("iframe"), false),
            (Some("same-origin"), Some("empty"), false),
            (Some("cors"), None, false),
        ] {
            let headers = [("sec-fetch-mode", mode), ("sec-fetch-dest", dest)]
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect();
            assert_eq!(opens_a_page(&Head::new("GET", "/ui/", headers)), expected, "{mode:?} {dest:?}");
        }
    }

    #[test]
    fn cookie_is_not_the_token() {
        let settings = settings("secret");
        let head = Head::new("GET", "/ui", Vec::new());
        let response = sign_in(&head, &settings, "/ui/").unwrap();
        let cookie = &response.headers.iter().find(|(name, _)| *name == "set-cookie").unwrap().1;
        assert!(!cookie.contains("=secret"));
        let pair = cookie.split(';').next().unwrap().to_owned();
        let signed = |cookie: &str| {
            let head = Head::new("GET", "/ui", vec![("cookie".to_owned(), cookie.to_owned())]);
            signed_in(&head, &settings).unwrap()
        };
        assert!(signed(&pair));
        assert!(signed(&format!("other=1; {pair}")));
        assert!(!signed(&format!("{COOKIE}=secret")));
        assert!(!signed(""));
    }
}
