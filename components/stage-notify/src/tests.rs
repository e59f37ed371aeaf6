use std::collections::VecDeque;

use ropewalk_stage::Secret;
use ropewalk_stage::outbound::Request;
use serde_json::{Value, json};

use super::*;
use crate::message::MAX_BODY_BYTES;
use crate::template::{MAX_BLOCKS, MAX_RENDERED_BYTES};

const NOW_S: u64 = 1_700_000_000;
const WEBHOOK: &str = "https://hooks.example/services/T0/s3cret-path";

fn caller() -> Caller {
    let secret = |name: &str, value: &str| Secret { name: name.to_owned(), value: value.to_owned() };
    Caller {
        project: "docs".to_owned(),
        run: "r1".to_owned(),
        state: "Tell".to_owned(),
        attempt: 2,
        idempotency_key: "r1-4-2".to_owned(),
        grant: "rw1.a.b".to_owned(),
        secrets: vec![
            secret("hook", &format!("{WEBHOOK}\n")),
            secret("key", "It's a Secret to Everybody"),
            secret("empty", ""),
        ],
    }
}

/// A receiver that answers as it is told, and keeps what it was sent.
#[derive(Default)]
struct Receiver {
    answers: VecDeque<WayAnswer>,
    requests: Vec<Request>,
    pauses_ms: Vec<u32>,
}

impl WayOut for Receiver {
    fn send_all(&mut self, requests: Vec<Request>) -> Vec<WayAnswer> {
        let answer = |_| self.answers.pop_front().unwrap_or_else(|| Ok(Response::new(200, &[], "ok")));
        let answers = requests.iter().map(answer).collect();
        self.requests.extend(requests);
        answers
    }

    fn pause(&mut self, duration_ms: u32) {
        self.pauses_ms.push(duration_ms);
    }
}

fn parameters(more: &Value) -> Parameters {
    let mut all = json!({ "url": "{{secrets.hook}}" });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn sent(more: &Value) -> Result<Message, Failure> {
    let parameters = parameters(more);
    parameters.check()?;
    Ok(Message::new(&parameters, &caller(), NOW_S)?)
}

#[track_caller]
fn check_body(more: &Value, content_type: &str, body: &str) {
    let message = sent(more).unwrap();
    assert_eq!(String::from_utf8(message.body).unwrap(), body);
    let header = message.headers.iter().find(|(name, _)| name == "content-type");
    assert_eq!(header.map_or("", |(_, value)| value.as_str()), content_type);
}

#[test]
fn bodies_are_filled_in_and_escaped_as_their_type_wants_it() {
    let data = json!({ "cause": "a \"b\"\n<c> & {{project}}", "list": ["x", "y"], "n": 3 });
    let json = "application/json";
    let body = json!({ "n": 3, "rest": ["{{data.n}}", null, true], "text": "{{project}}: {{data.cause}}" });
    let expected = r#"{"n":3,"rest":["3",null,true],"text":"docs: a \"b\"\n<c> & {{project}}"}"#;
    check_body(&json!({ "data": data, "body": body }), json, expected);
    let body = json!({ "text": "{{#each data.list}}{{this}};{{/each}}{{#if data.none}}x{{else}}-{{/if}}" });
    check_body(&json!({ "data": data, "body": body }), json, r#"{"text":"x;y;-"}"#);
    let helpers = "{{truncate data.cause 4}} {{json data.list}} {{urlencode data.cause}}";
    let expected = "a \"… [\"x\",\"y\"] a%20%22b%22%0A%3Cc%3E%20%26%20%7B%7Bproject%7D%7D";
    check_body(&json!({ "data": data, "text": helpers }), "text/plain; charset=utf-8", expected);
    let form = json!({ "subject": "{{run}} & {{key}}", "to": "a@b.example" });
    let expected = "subject=r1+%26+r1-4-2&to=a%40b.example";
    check_body(&json!({ "form": form }), "application/x-www-form-urlencoded", expected);
    check_body(&json!({ "text": "a", "headers": { "content-type": "text/html" } }), "text/html", "a");
    check_body(&json!({}), "", "");
    let parentheses = "(".repeat(100) + "{{run}}" + &"[".repeat(100);
    let expected = parentheses.replace("{{run}}", "r1");
    check_body(&json!({ "text": parentheses }), "text/plain; charset=utf-8", &expected);
}

#[test]
fn url_and_headers_are_filled_in() {
    let more = json!({
        "url": "https://matrix.example/send/{{urlencode state}}/{{key}}", "method": "put",
        "headers": { "Authorization": "Bearer {{secrets.key}}" },
    });
    let message = sent(&more).unwrap();
    assert_eq!((message.method.as_str(), message.place.as_str()), ("PUT", "`https://matrix.example`"));
    assert_eq!(message.url, "https://matrix.example/send/Tell/r1-4-2");
    let header = |name: &str| message.headers.iter().find(|one| one.0 == name).map(|one| one.1.as_str());
    assert_eq!(header("Authorization"), Some("Bearer It's a Secret to Everybody"));
    assert_eq!(header("idempotency-key"), Some("r1-4-2"));
    assert!(header("user-agent").unwrap().starts_with("ropewalk/"));
    assert_eq!(sent(&json!({})).unwrap().url, WEBHOOK);
}

#[track_caller]
fn check_signature(sign: Value, expected: &[(&str, &str)]) {
    let message = sent(&json!({ "text": "Hello, World!", "sign": sign })).unwrap();
    for (name, value) in expected {
        let header = message.headers.iter().find(|(other, _)| other == name);
        assert_eq!(header.map(|(_, value)| value.as_str()), Some(*value), "{name}");
    }
}

#[test]
fn bodies_are_signed() {
    // The example of GitHub's documentation of its own signatures.
    let github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    check_signature(json!({ "secret": "key" }), &[("x-ropewalk-signature", github)]);
    let named = json!({ "secret": "key", "header": "X-Sig", "prefix": "" });
    check_signature(named, &[("X-Sig", &github["sha256=".len()..])]);
    // By `printf 1700000000.Hello, World! | openssl dgst -sha512 -hmac KEY`.
    let timed = json!({ "secret": "key", "algorithm": "sha512", "timestamp": "x-time", "header": "x-sig" });
    let expected = concat!(
        "sha512=",
        "b2e7155e186322aee92720ce1bba0250022af819996b256aede9fd2970ce3118",
        "1edadff274971968b34cfbf2e8606cf1699c338b1d7d7297264acf07d9e191a7"
    );
    check_signature(timed, &[("x-time", "1700000000"), ("x-sig", expected)]);
}

#[track_caller]
fn check_refused(more: &Value, error: &str, cause: &str) {
    let failure = sent(more).unwrap_err();
    assert_eq!(failure.error, error, "{failure}");
    assert!(failure.cause.contains(cause), "{}", failure.cause);
    assert!(!failure.cause.contains("s3cret-path"), "{}", failure.cause);
}

#[test]
fn what_is_no_request_is_refused() {
    let template = "Notify.Template";
    check_refused(
        &json!({ "text": "{{data.absent}}" }),
        template,
        "template `text`: there is no `data.absent`",
    );
    let deep = json!({ "body": { "a": ["{{secrets.slack}}"] } });
    check_refused(&deep, template, "`body/a/0`: there is no `secrets.slack`; hint: the state's input names");
    check_refused(&json!({ "text": "{{#if a}}" }), template, "`text`");
    check_refused(&json!({ "text": "{{nothing 1}}" }), template, "`nothing`");
    check_refused(&json!({ "text": "{{truncate data.absent 3}}" }), template, "`data.absent`");
    let inline = "{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}";
    check_refused(&json!({ "text": inline }), template, "partials and decorators are not possible");
    let within = format!("{{{{#if project}}}}{inline}{{{{/if}}}}");
    check_refused(&json!({ "text": within }), template, "partials and decorators are not possible");
    let many = format!("{}{}", "{{#if run}}".repeat(10_000), "{{/if}}".repeat(10_000));
    check_refused(&json!({ "text": many }), template, "the limit is 65536");
    let many = format!("{}{}", "{{#if run}}".repeat(MAX_BLOCKS + 1), "{{/if}}".repeat(MAX_BLOCKS + 1));
    check_refused(&json!({ "text": many }), template, "blocks and subexpressions: the limit is 32");
    let large = json!({ "data": "x".repeat(MAX_RENDERED_BYTES), "text": "{{data}}{{data}}" });
    check_refused(&large, template, "it gives more than 262144 bytes");
    let invalid = "Notify.Invalid";
    check_refused(&json!({ "text": "", "body": {} }), invalid, "only one of `body`, `text` and `form`");
    check_refused(&json!({ "retries": 9 }), invalid, "`retries` is 9: the limit is 8");
    check_refused(&json!({ "timeout_s": 0 }), invalid, "`timeout_s` is 0");
    check_refused(&json!({ "url": "{{secrets.key}}" }), invalid, "`url` is no absolute URL");
    check_refused(&json!({ "url": "ftp://a/" }), invalid, "`url` is no absolute URL");
    check_refused(&json!({ "sign": { "secret": "absent" } }), invalid, "secret `absent` was not passed on");
    check_refused(&json!({ "sign": { "secret": "empty" } }), invalid, "secret `empty` is empty");
    check_refused(&json!({ "text": "x".repeat(MAX_BODY_BYTES + 1) }), invalid, "the limit is 524288");
    assert!(serde_json::from_value::<Parameters>(json!({ "url": "a", "uri": "b" })).is_err());
}

fn answered(answers: Vec<WayAnswer>, more: &Value) -> (Result<Answer, Failure>, Receiver, String) {
    let mut receiver = Receiver { answers: answers.into(), ..Receiver::default() };
    let mut log = String::new();
    let result = run(&parameters(more), &caller(), &mut receiver, NOW_S, &mut |line| {
        log.push_str(line);
        log.push('\n');
    });
    (result.map_err(Failure::from), receiver, log)
}

fn status(status: u16, body: &str) -> WayAnswer {
    Ok(Response::new(status, &[], body))
}

#[test]
fn the_same_request_is_made_again_while_that_may_help() {
    let later = Ok(Response::new(429, &[("retry-after", "3")], ""));
    let answers = vec![later, Err(WayError::Timeout), status(503, ""), status(201, "{\"ok\":true}")];
    let (result, receiver, log) = answered(answers, &json!({ "body": { "text": "{{run}}" } }));
    let expected = Answer { status: 201, tries: 4, body: json!({ "ok": true }), truncated: false };
    assert_eq!(result.unwrap(), expected);
    assert_eq!(receiver.pauses_ms, [3_000, 2_000, 4_000]);
    let keys: Vec<_> =
        receiver.requests.iter().map(|request| request.headers().collect::<Vec<_>>()).collect();
    assert!(keys[0].contains(&("idempotency-key", "r1-4-2")), "{keys:?}");
    assert!(keys.iter().all(|headers| *headers == keys[0]), "{keys:?}");
    assert!(receiver.requests.iter().all(|request| request.sent_body() == b"{\"text\":\"r1\"}"));
    assert!(log.starts_with("`https://hooks.example` answered with status 429: again in 3 s\n"), "{log}");
    assert!(!log.contains("s3cret"), "{log}");
}

#[track_caller]
fn check_failed(answers: Vec<WayAnswer>, more: &Value, error: &str, cause: &str) {
    let (result, receiver, _) = answered(answers, more);
    let failure = result.unwrap_err();
    assert_eq!((failure.error.as_str(), failure.cause.as_str()), (error, cause));
    let retries = more["retries"].as_u64().unwrap_or(4);
    assert!(receiver.requests.len() as u64 <= retries + 1);
}

#[test]
fn failures_say_what_the_receiver_said() {
    let place = "`https://hooks.example`";
    let refused = "Notify.Refused";
    let none = json!({});
    let cause = format!("{place} answered with status 404: no_service");
    check_failed(vec![status(404, "no_service\n")], &none, refused, &cause);
    let once = json!({ "retries": 1 });
    let cause = format!("{place} answered with status 500 in 2 tries");
    check_failed(vec![status(502, ""), status(500, "")], &once, refused, &cause);
    let later = Ok(Response::new(429, &[("retry-after", "3600")], ""));
    let cause = format!("{place} answered with status 429; it asks to wait for 3600 s");
    check_failed(vec![later], &none, refused, &cause);
    let cause = format!("{place} answered with status 204");
    check_failed(vec![status(204, "")], &json!({ "success": [200] }), refused, &cause);
    let silent = vec![Err(WayError::Timeout), Err(WayError::Timeout)];
    let cause = format!("no answer from {place} in 2 tries: no answer within the time limit");
    check_failed(silent, &once, "Notify.Unanswered", &cause);
    let forbidden = vec![Err(WayError::Forbidden("hooks.example".to_owned()))];
    let cause = format!(
        "{place}: host `hooks.example` is not among the component's `allowed_outbound_hosts`; hint: add it to \
         `allowed_outbound_hosts` of `stage-notify` in spin.toml"
    );
    check_failed(forbidden, &none, "Notify.NotGranted", &cause);
}

#[test]
fn of_an_answer_the_beginning_is_kept() {
    let (result, ..) = answered(vec![status(200, &format!("\"{}\"", "é".repeat(5_000)))], &json!({}));
    let answer = result.unwrap();
    assert!(answer.truncated);
    assert_eq!(answer.body.as_str().unwrap().len(), 4_095);
    let (result, ..) = answered(vec![status(302, "moved")], &json!({ "success": [302] }));
    assert_eq!(result.unwrap().body, json!("moved"));
}
