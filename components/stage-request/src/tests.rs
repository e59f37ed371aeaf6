//! Requests as they go out, and answers as the workflow sees them.

use ropewalk_stage::Secret;
use serde_json::json;

use super::*;

fn caller() -> Caller {
    Caller {
        project: "docs".to_owned(),
        run: "r1".to_owned(),
        state: "Call".to_owned(),
        attempt: 1,
        idempotency_key: "r1-1-1".to_owned(),
        grant: "rw1.a.b".to_owned(),
        secrets: vec![Secret { name: "hook".to_owned(), value: "s3cret".to_owned() }],
    }
}

fn message(more: &Value) -> Result<Message, Failure> {
    let mut parameters = json!({ "endpoint": "https://a.example/x", "method": "post" });
    for (name, value) in more.as_object().unwrap() {
        parameters[name] = value.clone();
    }
    Message::new(&serde_json::from_value(parameters).unwrap(), &caller())
}

#[track_caller]
fn check(more: &Value, url: &str, headers: &[(&str, &str)], body: &str) {
    let message = message(more).unwrap();
    assert_eq!((message.method.as_str(), message.url.as_str()), ("POST", url));
    assert_eq!(message.header("idempotency-key"), Some("r1-1-1"));
    for (name, value) in headers {
        assert_eq!(message.header(name), Some(*value), "{name}");
    }
    assert_eq!(String::from_utf8(message.body).unwrap(), body);
}

#[test]
fn a_body_is_json_unless_it_is_said_to_be_something_else() {
    let plain = "https://a.example/x";
    check(&json!({}), plain, &[("user-agent", USER_AGENT)], "");
    check(&json!({ "body": { "a": 1 } }), plain, &[("content-type", "application/json")], "{\"a\":1}");
    check(&json!({ "body": "a" }), plain, &[("content-type", "application/json")], "\"a\"");
    let text = json!({ "body": "a", "headers": { "Content-Type": "text/plain", "X-N": 1 } });
    check(&text, plain, &[("content-type", "text/plain"), ("x-n", "1")], "a");
    let form = json!({ "body": { "a": "x y" }, "transform": { "RequestBodyEncoding": "URL_ENCODED" } });
    check(&form, plain, &[("content-type", "application/x-www-form-urlencoded")], "a=x+y");
}

#[test]
fn a_query_is_added() {
    let with = |endpoint: &str, query: Value| json!({ "endpoint": endpoint, "query": query });
    let query = json!({ "b": [1, "x&y"], "c": true });
    check(&with("https://a.example/x", query.clone()), "https://a.example/x?b=1&b=x%26y&c=true", &[], "");
    check(&with("https://a.example/x?a=0#f", query), "https://a.example/x?a=0&b=1&b=x%26y&c=true", &[], "");
    check(&with("https://a.example/x?", json!({ "c": "" })), "https://a.example/x?c=", &[], "");
}

#[track_caller]
fn check_form(body: &Value, format: ArrayFormat, expected: &str) {
    let form = encode::form(body, format).unwrap();
    assert_eq!(form.replace("%5B", "[").replace("%5D", "]").replace("%2C", ","), expected);
}

#[test]
fn lists_are_written_in_each_format() {
    let body = json!({ "a": ["x", 2], "o": { "k": { "l": null } } });
    check_form(&body, ArrayFormat::Indices, "a[0]=x&a[1]=2&o[k][l]=");
    check_form(&body, ArrayFormat::Repeat, "a=x&a=2&o[k][l]=");
    check_form(&body, ArrayFormat::Commas, "a=x,2&o[k][l]=");
    check_form(&body, ArrayFormat::Brackets, "a[]=x&a[]=2&o[k][l]=");
    check_form(&json!({ "a": [{ "b": 1 }] }), ArrayFormat::Commas, "a[0][b]=1");
}

#[test]
fn a_secret_authenticates() {
    check(&json!({ "connection": "hook" }), "https://a.example/x", &[("authorization", "Bearer s3cret")], "");
    let own = json!({ "connection": "hook", "headers": { "Authorization": "none" } });
    check(&own, "https://a.example/x", &[("authorization", "Bearer s3cret")], "");
    assert_eq!(message(&json!({ "connection": "none" })).unwrap_err().error, INVALID);
}

#[track_caller]
fn check_invalid(more: &Value, cause: &str) {
    let failure = message(more).unwrap_err();
    assert_eq!(failure.error, INVALID);
    assert!(failure.cause.contains(cause), "{}", failure.cause);
}

#[test]
fn what_is_no_request_is_refused() {
    check_invalid(&json!({ "headers": { "a": [] } }), "`a`");
    check_invalid(&json!({ "query": { "q": {} } }), "`q`");
    check_invalid(&json!({ "body": 1, "transform": { "RequestBodyEncoding": "URL_ENCODED" } }), "object");
    check_invalid(&json!({ "body": "x".repeat(MAX_BODY_BYTES) }), "262144");
}

#[test]
fn answers_are_shaped_as_on_aws() {
    let headers = [("Content-Type", "application/json"), ("set-cookie", "a"), ("Set-Cookie", "b")];
    let answer = answer::read("GET x", 201, &headers, b"{\"a\":1}").unwrap();
    let expected = json!({
        "Headers": { "content-type": ["application/json"], "set-cookie": ["a", "b"] },
        "ResponseBody": { "a": 1 }, "StatusCode": 201, "StatusText": "Created",
    });
    assert_eq!(json!(answer), expected);
    assert_eq!(answer::read("GET x", 200, &[], b"hello").unwrap().response_body, "hello");
    assert_eq!(answer::read("GET x", 204, &[], b"").unwrap().response_body, "");
    let failure = answer::read("GET https://a/x", 404, &[], &[b'n'; 9_000]).unwrap_err();
    assert_eq!(failure.error, "Http.StatusCode.404");
    assert!(failure.cause.starts_with("GET https://a/x answered with status 404 Not Found: nn"));
    assert!(failure.cause.len() < 1_200);
    assert_eq!(answer::read("GET x", 302, &[], b"").unwrap_err().error, "Http.StatusCode.302");
    assert_eq!(answer::read("GET x", 200, &[], &[0xff]).unwrap_err().error, "Request.NotText");
}

#[test]
fn silence_has_a_name() {
    let named = |error: Error| unanswered("GET https://a/x", &error).error;
    assert_eq!(named(Error::Timeout), "Http.Socket");
    assert_eq!(named(Error::Unreachable("refused".to_owned())), "Http.Socket");
    assert_eq!(named(Error::Forbidden("a".to_owned())), "Request.NotGranted");
    assert_eq!(named(Error::TooLarge), "Request.AnswerTooLarge");
    assert_eq!(place("https://a/x?token=1"), "https://a/x");
}
