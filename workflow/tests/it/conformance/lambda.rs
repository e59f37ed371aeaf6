//! The functions, activities and files that the recorded cases had.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use workflow::integration::LambdaInvoke;
use workflow::{CallTask, Content, Happening, Integration, ReadItems, Resource};

use crate::world::{World, failed, read, succeeded};

/// The world of one case.
pub(crate) struct Recorded {
    functions: BTreeMap<String, Value>,
    files: Vec<(String, String)>,
    cause: Value,
    stop_after_ms: Option<u64>,
    /// What activities and services other than functions did, a list for each call.
    answers: VecDeque<Vec<Value>>,
}

impl Recorded {
    pub(crate) fn of(case: &Value) -> Self {
        let functions = case["lambdas"].as_object().into_iter().flatten();
        let functions = functions.map(|(arn, about)| {
            let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
            (name, about["behaviour"].clone())
        });
        let calls = case["setup_calls"].as_array().into_iter().flatten();
        let files = calls.filter(|call| call["operation"] == "put_object").filter_map(|call| {
            let text = |name: &str| call["arguments"][name].as_str().map(str::to_owned);
            Some((text("Key")?, text("Body")?))
        });
        Self {
            functions: functions.collect(),
            files: files.collect(),
            cause: case["expect"]["cause"].clone(),
            stop_after_ms: (case["stopped_by_test"] == json!(true)).then_some(1_000),
            answers: answers(&case["event_details"]),
        }
    }

    /// The answer of a function, and after how many milliseconds.
    fn invoke(&self, call: &CallTask, name: &str, payload: &Value) -> (u64, Result<Value, Happening>) {
        let fail = |error: &str, cause: &str| Err(failed(call.entry, call.attempt, error, cause));
        let Some(behaviour) = self.functions.get(name) else {
            let cause = format!(
                "Function not found: arn:aws:lambda:us-east-1:111111111111:function:{name}:$LATEST (Service: AWSLambda; Status \
                 Code: 404; Error Code: ResourceNotFoundException; Request ID: 1; Proxy: null)"
            );
            return (0, fail("Lambda.ResourceNotFoundException", &cause));
        };
        match behaviour["do"].as_str() {
            Some("return_input") => (0, Ok(payload.clone())),
            Some("sleep_then_return_input") => {
                let seconds = behaviour["seconds"].as_u64().unwrap_or(0);
                (seconds * 1_000, Ok(payload.clone()))
            }
            Some("return") => (0, Ok(behaviour["value"].clone())),
            Some("return_bytes") => {
                let text = behaviour["text"].as_str().unwrap_or_default();
                (0, Ok(serde_json::from_str(text).unwrap_or_default()))
            }
            Some("return_string_of_a") => {
                let length = usize::try_from(behaviour["length"].as_u64().unwrap_or(0)).unwrap_or(0);
                (0, Ok("a".repeat(length).into()))
            }
            Some("raise") => {
                let kind = behaviour["errorType"].as_str().unwrap_or_default();
                let known =
                    behaviour["errorMessage"].as_str().filter(|message| !message.starts_with("see expect"));
                let message = known.or(self.cause["errorMessage"].as_str()).unwrap_or_default();
                let cause =
                    json!({"errorMessage": message, "errorType": kind, "requestId": "1", "stackTrace": []});
                (0, fail(kind, &cause.to_string()))
            }
            other => panic!("the behaviour {other:?} isn't known"),
        }
    }
}

/// What happened to each call of an activity or a service, as recorded.
fn answers(events: &Value) -> VecDeque<Vec<Value>> {
    let mut answers: VecDeque<Vec<Value>> = VecDeque::new();
    for event in events.as_array().into_iter().flatten() {
        let kind = event["type"].as_str().unwrap_or_default();
        match kind.strip_prefix("Task").or(kind.strip_prefix("Activity")) {
            Some("Scheduled") => answers.push_back(Vec::new()),
            Some("Started" | "Submitted" | "Succeeded" | "Failed" | "TimedOut") => {
                if let Some(last) = answers.back_mut() {
                    last.push(event.clone());
                }
            }
            _ => {}
        }
    }
    answers
}

impl Recorded {
    /// What the recording says of the next call of an activity or a service.
    fn replayed(&mut self, call: &CallTask) -> Vec<(u64, Happening)> {
        let (entry, attempt) = (call.entry, call.attempt);
        let polled = matches!(*call.resource, Resource::Activity { .. });
        let events = self.answers.pop_front().unwrap_or_default();
        let mut happenings = Vec::new();
        for event in events {
            let kind = event["type"].as_str().unwrap_or_default();
            let name = format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..]);
            let details = &event[name.as_str()];
            let text = |name: &str| match &details[name] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            let output = || match &details["output"] {
                Value::String(text) => {
                    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
                }
                other => other.clone(),
            };
            happenings.push(match kind.trim_start_matches("Task").trim_start_matches("Activity") {
                "Started" if polled => Happening::TaskStarted { entry, attempt, worker: text("workerName") },
                "Submitted" => Happening::TaskSubmitted { entry, attempt, output: output().into() },
                "Succeeded" => succeeded(entry, attempt, output()),
                "Failed" => Happening::TaskFailed {
                    entry,
                    attempt,
                    error: text("error").unwrap_or_default(),
                    cause: text("cause"),
                },
                // The engine finds out by itself.
                _ => continue,
            });
        }
        (0..).zip(happenings).map(|(delay_ms, happening)| (delay_ms * 10, happening)).collect()
    }
}

impl World for Recorded {
    fn call(&mut self, call: &CallTask) -> Vec<(u64, Happening)> {
        let (delay_ms, answer) = match &*call.resource {
            Resource::Function { name, .. } | Resource::Component { name } => {
                self.invoke(call, name, &call.input)
            }
            resource if resource.known_integration() == Some(Integration::LambdaInvoke) => {
                let invoke = LambdaInvoke::from_input(&call.input).expect("the arguments are right");
                let (delay_ms, answer) = self.invoke(call, &invoke.function, &invoke.payload);
                let wrapped = answer.map(|payload| {
                    let mut output = workflow::integration::lambda_output(payload);
                    if call.input["LogType"] == "Tail" {
                        output["LogResult"] = "log".into();
                    }
                    output
                });
                (delay_ms, wrapped)
            }
            _ => return self.replayed(call),
        };
        let happening =
            answer.map_or_else(|failure| failure, |output| succeeded(call.entry, call.attempt, output));
        vec![(delay_ms, happening)]
    }

    fn read(&mut self, request: &ReadItems) -> Happening {
        if let Resource::Service { action, .. } = &*request.resource
            && action == "listObjectsV2"
        {
            let listed = self.files.iter().map(|(key, body)| {
                json!({"Etag": "e", "Key": key, "LastModified": 0, "Size": body.len(), "StorageClass": "STANDARD"}).into()
            });
            return read(request, Content::Items(listed.collect()));
        }
        let key = request.arguments["Key"].as_str().unwrap_or_default();
        match self.files.iter().find(|(known, _)| known == key) {
            Some((_, body)) => read(request, Content::Text(body.clone())),
            None => failed(
                request.entry,
                request.attempt,
                "S3.NoSuchKeyException",
                "The specified key does not exist.",
            ),
        }
    }

    fn visits(&mut self) -> Vec<(u64, Happening)> {
        let stop = |after_ms| (after_ms, Happening::Cancelled { error: None, cause: None });
        self.stop_after_ms.map(stop).into_iter().collect()
    }
}
