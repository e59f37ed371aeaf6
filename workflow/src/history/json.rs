//! The events as the Step Functions API writes them.

use serde_json::{Map, Value, json};

use super::{Details, HistoryEvent, TaskDetails};
use crate::data::Data;
use crate::resource::{Pattern, Resource};
use crate::timestamp::format_ms;

impl HistoryEvent {
    /// The event's type, such as `TaskStateEntered`.
    pub fn kind(&self) -> String {
        let plain = match &self.details {
            Details::StateEntered { kind, .. } => return format!("{kind}StateEntered"),
            Details::StateExited { kind, .. } => return format!("{kind}StateExited"),
            Details::StateAborted { kind } => return format!("{kind}StateAborted"),
            Details::Task { resource, what } => {
                return format!("{}{}", family(resource), what.suffix());
            }
            Details::ExecutionStarted { .. } => "ExecutionStarted",
            Details::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Details::ExecutionFailed { .. } => "ExecutionFailed",
            Details::ExecutionTimedOut { .. } => "ExecutionTimedOut",
            Details::ExecutionAborted { .. } => "ExecutionAborted",
            Details::ExecutionRedriven { .. } => "ExecutionRedriven",
            Details::EvaluationFailed { .. } => "EvaluationFailed",
            Details::ParallelStateStarted => "ParallelStateStarted",
            Details::ParallelStateSucceeded => "ParallelStateSucceeded",
            Details::ParallelStateFailed => "ParallelStateFailed",
            Details::MapStateStarted { .. } => "MapStateStarted",
            Details::MapStateSucceeded => "MapStateSucceeded",
            Details::MapStateFailed => "MapStateFailed",
            Details::MapIterationStarted { .. } => "MapIterationStarted",
            Details::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Details::MapIterationFailed { .. } => "MapIterationFailed",
            Details::MapIterationAborted { .. } => "MapIterationAborted",
            Details::MapRunStarted { .. } => "MapRunStarted",
            Details::MapRunSucceeded => "MapRunSucceeded",
            Details::MapRunFailed { .. } => "MapRunFailed",
        };
        plain.to_owned()
    }

    /// The event as `GetExecutionHistory` lists it.
    pub fn to_json(&self) -> Value {
        let kind = self.kind();
        let mut event = Map::new();
        event.insert("id".to_owned(), self.id.into());
        event.insert("previousEventId".to_owned(), self.previous_id.into());
        event.insert("timestamp".to_owned(), format_ms(self.at_ms).into());
        if let Some(details) = self.details() {
            let name = match &self.details {
                Details::StateEntered { .. } => "stateEnteredEventDetails".to_owned(),
                Details::StateExited { .. } => "stateExitedEventDetails".to_owned(),
                _ => format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..]),
            };
            event.insert(name, details);
        }
        event.insert("type".to_owned(), kind.into());
        Value::Object(event)
    }

    fn details(&self) -> Option<Value> {
        Some(match &self.details {
            Details::ExecutionStarted { input, role_arn } => {
                with_data(json!({"roleArn": role_arn}), "input", input)
            }
            Details::ExecutionSucceeded { output } => with_data(json!({}), "output", output),
            Details::ExecutionFailed { error, cause }
            | Details::ExecutionTimedOut { error, cause }
            | Details::ExecutionAborted { error, cause }
            | Details::MapRunFailed { error, cause } => failure(error.as_deref(), cause.as_deref()),
            Details::ExecutionRedriven { count } => json!({"redriveCount": count}),
            Details::StateEntered { name, input, .. } => with_data(json!({"name": &**name}), "input", input),
            Details::StateExited { name, output, assigned, .. } => exited(name, output, assigned),
            Details::EvaluationFailed { state, error, cause, location } => {
                let mut details = json!({"state": &**state, "error": error, "cause": cause});
                if let Some(location) = location {
                    details["location"] = location.as_str().into();
                }
                details
            }
            Details::Task { resource, what } => return task(resource, what),
            Details::MapStateStarted { length } => json!({"length": length}),
            Details::MapIterationStarted { name, index }
            | Details::MapIterationSucceeded { name, index }
            | Details::MapIterationFailed { name, index }
            | Details::MapIterationAborted { name, index } => {
                json!({"name": &**name, "index": index})
            }
            Details::MapRunStarted { arn } => json!({"mapRunArn": arn}),
            Details::StateAborted { .. }
            | Details::ParallelStateStarted
            | Details::ParallelStateSucceeded
            | Details::ParallelStateFailed
            | Details::MapStateSucceeded
            | Details::MapStateFailed
            | Details::MapRunSucceeded => return None,
        })
    }
}

impl TaskDetails {
    fn suffix(&self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "Scheduled",
            Self::Started { .. } => "Started",
            Self::Submitted { .. } => "Submitted",
            Self::Succeeded { .. } => "Succeeded",
            Self::Failed { .. } => "Failed",
            Self::TimedOut { .. } => "TimedOut",
        }
    }
}

fn family(resource: &Resource) -> &'static str {
    match resource {
        Resource::Function { .. } | Resource::Component { .. } | Resource::Unknown { .. } => "LambdaFunction",
        Resource::Activity { .. } => "Activity",
        Resource::Service { .. } => "Task",
    }
}

fn with_data(mut details: Value, name: &str, data: &Data) -> Value {
    details[name] = data.to_string().into();
    details[format!("{name}Details")] = json!({"truncated": false});
    details
}

fn exited(name: &str, output: &Data, assigned: &[(String, Data)]) -> Value {
    let mut details = with_data(json!({"name": name}), "output", output);
    if !assigned.is_empty() {
        let shown = assigned.iter().map(|(name, value)| (name.clone(), Value::String(value.to_string())));
        details["assignedVariables"] = Value::Object(shown.collect());
        details["assignedVariablesDetails"] = json!({"truncated": false});
    }
    details
}

fn failure(error: Option<&str>, cause: Option<&str>) -> Value {
    let mut details = Map::new();
    for (name, text) in [("error", error), ("cause", cause)] {
        if let Some(text) = text {
            details.insert(name.to_owned(), text.into());
        }
    }
    Value::Object(details)
}

fn task(resource: &Resource, what: &TaskDetails) -> Option<Value> {
    let mut details = match what {
        TaskDetails::Scheduled { input, timeout_seconds, heartbeat_seconds, role_arn } => {
            let mut details = match resource {
                Resource::Service { .. } => json!({"parameters": input.to_string(), "region": ""}),
                _ => with_data(json!({"resource": resource.to_string()}), "input", input),
            };
            if let Some(seconds) = timeout_seconds {
                details["timeoutInSeconds"] = (*seconds).into();
            }
            if let Some(seconds) = heartbeat_seconds {
                details["heartbeatInSeconds"] = (*seconds).into();
            }
            if let Some(role) = role_arn {
                details["taskCredentials"] = json!({"roleArn": role});
            }
            details
        }
        TaskDetails::Started { worker } => match (resource, worker) {
            (Resource::Service { .. }, _) | (Resource::Activity { .. }, None) => json!({}),
            (Resource::Activity { .. }, Some(worker)) => json!({"workerName": worker}),
            _ => return None,
        },
        TaskDetails::Submitted { output } | TaskDetails::Succeeded { output } => {
            with_data(json!({}), "output", output)
        }
        TaskDetails::Failed { error, cause } | TaskDetails::TimedOut { error, cause } => {
            failure(error.as_deref(), cause.as_deref())
        }
    };
    if let Resource::Service { service, action, pattern } = resource {
        let suffix = match pattern {
            Pattern::RequestResponse => "",
            Pattern::Sync => ".sync",
            Pattern::Sync2 => ".sync:2",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        };
        details["resource"] = format!("{action}{suffix}").into();
        details["resourceType"] = service.as_str().into();
    }
    Some(details)
}
