use super::MAX_TRIGGERS;
use super::read::{Reader, Table};
use super::route::{self, Route};

/// An entry of `[[trigger.http]]`.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Which requests.
    pub route: Route,
    /// The component that answers them.
    pub component: String,
}

pub(super) fn read(reader: &mut Reader<'_>, root: &mut Table<'_>) -> Vec<Trigger> {
    let Some(mut kinds) = root.table(reader, "trigger") else {
        reader.problem(None, "trigger", "missing", Some("write at least one `[[trigger.http]]`"));
        return Vec::new();
    };
    let tables = kinds.tables(reader, "http");
    for kind in kinds.keys() {
        kinds.refuse(
            reader,
            &kind,
            "only the `http` trigger is supported",
            "remove it, or run the application with `spin up`",
        );
    }
    if tables.len() > MAX_TRIGGERS {
        reader.problem(None, "trigger.http", &format!("more than {MAX_TRIGGERS} triggers"), None);
    }
    let mut triggers: Vec<Trigger> = Vec::new();
    for mut table in tables {
        table.take("id");
        let component = table.required_string(reader, "component");
        let route = table.required(reader, "route").and_then(|value| route::read(reader, &table, value));
        if let Some(executor) = table.table(reader, "executor") {
            read_executor(reader, executor);
        }
        for unsupported in ["static_response", "components", "dependencies"] {
            table.refuse(
                reader,
                unsupported,
                "not supported",
                "remove it, or run the application with `spin up`",
            );
        }
        let span = table.span();
        table.finish(reader);
        if let (Some(component), Some(route)) = (component, route) {
            if let Some(other) = triggers.iter().find(|t| t.route.same_requests(&route)) {
                let text = format!("route `{route}` is taken by component `{}`", other.component);
                reader.problem(Some(span), "trigger.http", &text, Some("give each route to one component"));
            }
            triggers.push(Trigger { route, component });
        }
    }
    triggers
}

fn read_executor(reader: &mut Reader<'_>, mut table: Table<'_>) {
    let kind = table.string(reader, "type");
    if kind.as_deref().is_some_and(|kind| kind != "http" && kind != "spin") {
        table.refuse(
            reader,
            "type",
            "only the `http` executor is supported",
            "build the component for `wasi:http`",
        );
    }
    table.finish(reader);
}
