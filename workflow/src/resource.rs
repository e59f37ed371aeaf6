//! Whom a Task state calls.

use std::fmt;

/// A Task's `Resource`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A function by its ARN: `arn:aws:lambda:region:account:function:name[:version]`. The input is its payload, the result
    /// its answer.
    Function {
        /// The function's name, without version or alias.
        name: String,
        /// Version or alias, where the ARN ends in one.
        qualifier: Option<String>,
        /// The whole ARN, as written.
        arn: String,
    },
    /// A component by its plain name; called like a function.
    Component {
        /// The name, as written.
        name: String,
    },
    /// An activity, which workers poll: `arn:aws:states:region:account:activity:name`.
    Activity {
        /// The activity's name.
        name: String,
        /// The whole ARN, as written.
        arn: String,
    },
    /// A service integration: `arn:aws:states:::service:action[.pattern]`.
    Service {
        /// `lambda`, `http`, `states`, `aws-sdk:dynamodb` …
        service: String,
        /// `invoke`, `startExecution` …
        action: String,
        /// Whether the call waits.
        pattern: Pattern,
    },
    /// Something else that looks like a resource, such as another service's ARN, or a placeholder like `${name}` that
    /// nothing filled in. A definition may have it (with a warning); calling it fails.
    Unknown {
        /// The whole text, as written.
        text: String,
    },
}

/// How long a service integration takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Until the service answers.
    RequestResponse,
    /// `.sync`: until the job is done; its output is a text.
    Sync,
    /// `.sync:2`: until the job is done; its output is JSON.
    Sync2,
    /// `.waitForTaskToken`: until someone sends the token back.
    WaitForTaskToken,
}

/// The service integrations that Ropewalk itself can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integration {
    /// `lambda:invoke`.
    LambdaInvoke,
    /// `http:invoke`.
    HttpInvoke,
    /// `states:startExecution`.
    StartExecution,
}

impl Resource {
    /// Takes a `Resource` apart. `None` where it names nothing that could ever be called.
    pub fn parse(text: &str) -> Option<Self> {
        let unknown = || Some(Self::Unknown { text: text.to_owned() });
        if text.starts_with("${") {
            return text.ends_with('}').then(unknown).flatten();
        }
        if text.is_empty() || text.contains(char::is_whitespace) || text.contains(char::is_control) {
            return None;
        }
        if !text.starts_with("arn:") {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            return match text.chars().all(plain) {
                true => Some(Self::Component { name: text.to_owned() }),
                false if text.contains(':') => unknown(),
                false => None,
            };
        }
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            [_, partition, "lambda", _, _, "function", name, more @ ..] if !partition.is_empty() => {
                Self::function(text, name, more)
            }
            [_, partition, "states", _, _, "activity", name] if !partition.is_empty() && named(name) => {
                Some(Self::Activity { name: (*name).to_owned(), arn: text.to_owned() })
            }
            [_, partition, "states", "", "", rest @ ..] if !partition.is_empty() => Self::integration(rest),
            [_, partition, service, _, _, _, ..] if !partition.is_empty() && !service.is_empty() => unknown(),
            _ => None,
        }
    }

    fn function(text: &str, name: &str, more: &[&str]) -> Option<Self> {
        let version = |version: &str| named(version.strip_prefix('$').unwrap_or(version));
        let qualifier = match more {
            [] => None,
            [qualifier] if version(qualifier) => Some((*qualifier).to_owned()),
            _ => return None,
        };
        let placeholder = name.starts_with("${") && name.ends_with('}');
        (named(name) || placeholder).then(|| Self::Function {
            name: name.to_owned(),
            qualifier,
            arn: text.to_owned(),
        })
    }

    fn integration(rest: &[&str]) -> Option<Self> {
        let (service, action) = match rest {
            ["aws-sdk", service, action @ ..] => (format!("aws-sdk:{service}"), action.join(":")),
            [service, action @ ..] => ((*service).to_owned(), action.join(":")),
            [] => return None,
        };
        let (action, pattern) = match action.split_once('.') {
            None => (action.as_str(), Pattern::RequestResponse),
            Some((action, "sync")) => (action, Pattern::Sync),
            Some((action, "sync:2")) => (action, Pattern::Sync2),
            Some((action, "waitForTaskToken")) => (action, Pattern::WaitForTaskToken),
            Some(_) => return None,
        };
        let named = !action.is_empty() && !action.contains(':') && !service.is_empty();
        named.then(|| Self::Service { service, action: action.to_owned(), pattern })
    }

    /// The integration, where this is one that Ropewalk can serve.
    pub fn known_integration(&self) -> Option<Integration> {
        let Self::Service { service, action, .. } = self else {
            return None;
        };
        match (service.as_str(), action.as_str()) {
            ("lambda", "invoke") => Some(Integration::LambdaInvoke),
            ("http", "invoke") => Some(Integration::HttpInvoke),
            ("states", "startExecution") => Some(Integration::StartExecution),
            _ => None,
        }
    }

    /// Whether the task has a token, by which someone outside can end it: `$$.Task.Token`.
    pub fn has_token(&self) -> bool {
        matches!(self, Self::Service { pattern, .. } if *pattern != Pattern::RequestResponse)
    }

    /// Whether the task ends only when someone sends its token back.
    pub fn waits_for_token(&self) -> bool {
        matches!(self, Self::Service { pattern: Pattern::WaitForTaskToken, .. })
    }
}

fn named(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function { arn, .. } | Self::Activity { arn, .. } => formatter.write_str(arn),
            Self::Component { name: text } | Self::Unknown { text } => formatter.write_str(text),
            Self::Service { service, action, pattern } => {
                let suffix = match pattern {
                    Pattern::RequestResponse => "",
                    Pattern::Sync => ".sync",
                    Pattern::Sync2 => ".sync:2",
                    Pattern::WaitForTaskToken => ".waitForTaskToken",
                };
                write!(formatter, "arn:aws:states:::{service}:{action}{suffix}")
            }
        }
    }
}
