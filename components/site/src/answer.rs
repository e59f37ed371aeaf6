//! Answers.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Response, StatusCode};

/// An answer, whole.
pub type Answer = Response<Bytes>;

/// An answer without a body.
pub fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    set(&mut answer, X_CONTENT_TYPE_OPTIONS, "nosniff");
    answer
}

/// An answer with a body of this type.
pub fn with_body(status: StatusCode, media_type: &str, body: impl Into<Bytes>) -> Answer {
    let mut answer = empty(status);
    *answer.body_mut() = body.into();
    set(&mut answer, CONTENT_TYPE, media_type);
    answer
}

/// A page of ours, for when there is none of the site's.
pub fn page(status: StatusCode, title: &str, text: &str) -> Answer {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34rem;padding:0 1rem;\
         color-scheme:light dark}}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body>\n</html>\n"
    );
    let mut answer = with_body(status, "text/html; charset=utf-8", html);
    set(&mut answer, http::header::CACHE_CONTROL, "no-cache");
    answer
}

/// An answer that leads elsewhere: for good with 308, for now with 307.
pub fn redirect(status: StatusCode, location: &str) -> Answer {
    let mut answer = page(status, "Moved", "This page is elsewhere.");
    set(&mut answer, http::header::LOCATION, location);
    answer
}

/// An answer in JSON.
pub fn json(status: StatusCode, value: &serde_json::Value) -> Answer {
    let mut answer = with_body(status, "application/json", format!("{value}\n"));
    set(&mut answer, http::header::CACHE_CONTROL, "no-store");
    answer
}

/// Sets a header. A value that cannot be one is left out: all of ours can.
pub fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// Makes an answer fit to be sent: its length is told, so that no host chunks it, and the answer to a
/// HEAD has no body.
pub fn finish(mut answer: Answer, head: bool) -> Answer {
    let bodiless = matches!(answer.status(), StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    if !bodiless {
        let length = answer.body().len().to_string();
        set(&mut answer, CONTENT_LENGTH, &length);
    }
    if head || bodiless {
        *answer.body_mut() = Bytes::new();
    }
    answer
}
