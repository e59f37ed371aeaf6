//! The context object: `$$` and `$states.context`.

use std::cell::OnceCell;

use serde_json::{Map, Value, json};

use crate::data::Data;
use crate::start::Start;
use crate::timestamp::format_ms;

/// What the context object is made of; made when first asked for.
pub(crate) struct Context<'a> {
    pub(crate) start: &'a Start,
    pub(crate) started_ms: u64,
    pub(crate) redrives: u32,
    pub(crate) state: &'a str,
    pub(crate) entered_ms: u64,
    /// Of states that can be retried.
    pub(crate) retries: Option<u32>,
    pub(crate) token: Option<&'a str>,
    pub(crate) item: Option<&'a Item>,
    pub(crate) now_ms: u64,
    pub(crate) built: OnceCell<Value>,
}

/// `$$.Map.Item`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) index: usize,
    pub(crate) value: Data,
    /// The member's name, where the items are those of an object.
    pub(crate) key: Option<String>,
    /// Where the item was read from, where it was.
    pub(crate) source: Option<String>,
}

impl Context<'_> {
    /// The context object.
    pub(crate) fn value(&self) -> &Value {
        self.built.get_or_init(|| self.build())
    }

    /// The moment of the event that is being applied: what JSONata's `$now()` gives.
    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn build(&self) -> Value {
        let start = self.start;
        let mut execution = json!({
            "Id": start.execution_id,
            "Input": &*start.input,
            "StartTime": format_ms(self.started_ms),
            "Name": start.execution_name,
        });
        if let Some(role) = &start.role_arn {
            execution["RoleArn"] = role.as_str().into();
        }
        execution["RedriveCount"] = self.redrives.into();
        let mut state = json!({"EnteredTime": format_ms(self.entered_ms), "Name": self.state});
        if let Some(retries) = self.retries {
            state["RetryCount"] = retries.into();
        }
        let mut context = Map::new();
        context.insert("Execution".to_owned(), execution);
        if let Some(item) = self.item {
            context.insert("Map".to_owned(), json!({"Item": item.build()}));
        }
        if let Some(token) = self.token {
            context.insert("Task".to_owned(), json!({"Token": token}));
        }
        let machine = json!({"Id": start.machine_id, "Name": start.machine_name});
        context.insert("StateMachine".to_owned(), machine);
        context.insert("State".to_owned(), state);
        Value::Object(context)
    }
}

impl Item {
    /// A context object with this item in it.
    pub(crate) fn within(&self, context: &Value) -> Value {
        let mut context = context.clone();
        if let Value::Object(members) = &mut context {
            members.insert("Map".to_owned(), json!({"Item": self.build()}));
        }
        context
    }

    fn build(&self) -> Value {
        let mut item = json!({"Index": self.index, "Value": &*self.value});
        if let Some(key) = &self.key {
            item["Key"] = key.as_str().into();
        }
        if let Some(source) = &self.source {
            item["Source"] = source.as_str().into();
        }
        item
    }
}
