//! Answers that the host gives itself.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::WasiBody;

use super::ended::{ENDED_HEADER, Ended};

/// `{"error": code, "message": …, "hint"?: …}`.
pub(super) fn error(status: StatusCode, code: &str, message: &str, hint: Option<&str>) -> Response<WasiBody> {
    let mut json = format!("{{\"error\":{},\"message\":{}", quoted(code), quoted(message));
    if let Some(hint) = hint {
        json.push_str(",\"hint\":");
        json.push_str(&quoted(hint));
    }
    json.push('}');
    let length = json.len();
    let mut response = Response::new(full(json.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// The answer in place of an instance that ended without one.
pub(super) fn ended(component: &str, ended: &Ended) -> Response<WasiBody> {
    if *ended == Ended::Busy {
        return busy(&ended.to_string());
    }
    let status =
        if ended.is_time() { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::INTERNAL_SERVER_ERROR };
    let reason = ended.to_string();
    let mut response =
        error(status, "ended", &format!("component `{component}` did not answer: {reason}"), None);
    if let Ok(value) = HeaderValue::from_str(&reason) {
        response.headers_mut().insert(ENDED_HEADER, value);
    }
    response
}

pub(super) fn busy(reason: &str) -> Response<WasiBody> {
    error(StatusCode::SERVICE_UNAVAILABLE, "busy", reason, Some("try again later"))
}

pub(super) fn full(bytes: Bytes) -> WasiBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
