//! Reading a Task state's own fields.

use std::sync::Arc;

use serde_json::Value;

use super::MachineType;
use super::fields::{Fields, whole};
use super::model::{Kind, QueryLanguage, Scalar, Source, Task};
use super::reader::Reader;
use super::state::MAX_SECONDS;
use crate::expression::short;
use crate::problem::Code;
use crate::resource::{Integration, Pattern, Resource};

impl Reader {
    pub(super) fn task(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Kind> {
        let resource = self.resource(fields);
        let timeout = self.seconds(fields, language, "TimeoutSeconds", "TimeoutSecondsPath");
        let heartbeat = self.seconds(fields, language, "HeartbeatSeconds", "HeartbeatSecondsPath");
        self.heartbeat_within(fields, timeout.as_ref(), heartbeat.as_ref());
        let role_arn = self.credentials(fields, language);
        let resource = resource?;
        if resource.known_integration() == Some(Integration::LambdaInvoke) {
            self.lambda_arguments(fields, language);
        }
        Some(Kind::Task(Box::new(Task { resource: Arc::new(resource), timeout, heartbeat, role_arn })))
    }

    pub(super) fn resource(&mut self, fields: &mut Fields<'_>) -> Option<Resource> {
        let place = fields.place("Resource");
        let text = match fields.required(self, "Resource")? {
            Value::String(text) => text,
            Value::Object(members)
                if members.keys().all(|name| name == "Ref" || name.starts_with("Fn::")) =>
            {
                let message =
                    "a template's placeholder was not filled in: the state will fail when it is reached";
                self.warning(Code::InvalidResource, &place, message, None);
                let text = Value::Object(members.clone()).to_string();
                return Some(Resource::Unknown { text });
            }
            other => return fields.wrong(self, "Resource", "a string", other),
        };
        let Some(resource) = Resource::parse(text) else {
            let hint = "name a component, or a function, an activity or a service integration by its ARN";
            self.error(
                Code::InvalidResource,
                &place,
                format!("`{}` names nothing that can be called", short(text)),
                Some(hint),
            );
            return None;
        };
        match &resource {
            Resource::Unknown { .. } => {
                let message = format!(
                    "`{text}` is nothing that Ropewalk can call: the state will fail when it is reached"
                );
                self.warning(Code::InvalidResource, &place, message, None);
            }
            Resource::Activity { .. } if self.machine_type == MachineType::Express => {
                self.error(
                    Code::InvalidResource,
                    &place,
                    "an express state machine can't call activities",
                    None,
                );
            }
            Resource::Service { pattern, .. }
                if self.machine_type == MachineType::Express && *pattern != Pattern::RequestResponse =>
            {
                let message = format!("an express state machine can't wait as `{text}` does");
                self.error(Code::InvalidResource, &place, message, None);
            }
            _ => {}
        }
        Some(resource)
    }

    fn seconds(
        &mut self,
        fields: &mut Fields<'_>,
        language: QueryLanguage,
        name: &'static str,
        path: &'static str,
    ) -> Option<Scalar> {
        fields.exclusive(self, &[name, path]);
        let is_seconds = |value: &Value| whole(value).is_some_and(|n| (1..=MAX_SECONDS).contains(&n));
        let literal =
            fields.scalar(self, name, language, &format!("an integer from 1 to {MAX_SECONDS}"), is_seconds);
        if language == QueryLanguage::Jsonata {
            fields.foreign(self, language, &[path]);
            return literal;
        }
        literal.or(fields.path(self, path, false))
    }

    fn heartbeat_within(
        &mut self,
        fields: &Fields<'_>,
        timeout: Option<&Scalar>,
        heartbeat: Option<&Scalar>,
    ) {
        let literal = |scalar: Option<&Scalar>| match scalar.map(|scalar| &scalar.source) {
            Some(Source::Literal(value)) => whole(value),
            _ => None,
        };
        if let (Some(timeout), Some(heartbeat)) = (literal(timeout), literal(heartbeat))
            && heartbeat >= timeout
        {
            let message =
                format!("`HeartbeatSeconds` ({heartbeat}) must be less than `TimeoutSeconds` ({timeout})");
            self.error(Code::InvalidValue, &fields.place("HeartbeatSeconds"), message, None);
        }
    }

    fn credentials(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Scalar> {
        let value = fields.get("Credentials")?;
        let place = fields.place("Credentials");
        let mut inner = Fields::new(self, value, &place, "`Credentials`")?;
        let role = inner.scalar(self, "RoleArn", language, "a string", Value::is_string);
        let path = match language {
            QueryLanguage::JsonPath => inner.path(self, "RoleArn.$", true),
            QueryLanguage::Jsonata => None,
        };
        let other = !inner.has("RoleArn")
            && !inner.has("RoleArn.$")
            && value.as_object().is_some_and(|members| !members.is_empty());
        match role.or(path) {
            Some(role) => {
                inner.finish(self);
                self.warning(
                    Code::Ignored,
                    &place,
                    "`Credentials` has no meaning in Ropewalk and is ignored",
                    None,
                );
                Some(role)
            }
            None if other => {
                self.warning(Code::UnknownField, &place, "AWS wants `RoleArn`, in this spelling", None);
                None
            }
            None => {
                if !inner.has("RoleArn") && !inner.has("RoleArn.$") {
                    self.error(
                        Code::MissingField,
                        &place,
                        "the field `RoleArn` is required but missing",
                        None,
                    );
                }
                None
            }
        }
    }

    fn lambda_arguments(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) {
        let (name, dynamic) = match language {
            QueryLanguage::JsonPath => ("Parameters", true),
            QueryLanguage::Jsonata => ("Arguments", false),
        };
        let named = match fields.get(name) {
            Some(Value::Object(members)) => {
                members.contains_key("FunctionName") || dynamic && members.contains_key("FunctionName.$")
            }
            // An expression may give anything; so may the state's input where there are no arguments.
            _ => true,
        };
        if !named {
            let message = "the field `FunctionName` is required but missing";
            self.error(Code::MissingField, &fields.place(name), message, None);
        }
    }
}
