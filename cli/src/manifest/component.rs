use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::read::{Reader, Table, Value};
use super::template::{Template, check_name};

/// The largest `memory_mib` a component may ask for: what 32-bit WebAssembly can address.
pub(super) const MAX_MEMORY_MIB: u32 = 4096;
/// The largest `time_s` a component may ask for: a day.
pub(super) const MAX_TIME_S: u32 = 86_400;
/// The one store there is. Others need a runtime configuration on Spin, and don't exist here.
pub(crate) const DEFAULT_STORE: &str = "default";

/// `[component.<id>]`.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its id, kebab-case.
    pub id: String,
    /// What it is for; empty when there is none.
    pub description: String,
    /// The WebAssembly file.
    pub source: PathBuf,
    /// The stores it may open.
    pub key_value_stores: BTreeSet<String>,
    /// Where it may send requests: `scheme://host:port` with wildcards, variables allowed.
    pub allowed_outbound_hosts: Vec<Template>,
    /// Its own variables, from the application's.
    pub variables: BTreeMap<String, Template>,
    /// The environment variables that it sees, and no others.
    pub environment: BTreeMap<String, String>,
    /// How it is built.
    pub build: Option<Build>,
    /// `[component.<id>.tool.ropewalk]`.
    pub tool: Tool,
}

/// `[component.<id>.build]`.
#[derive(Clone, Debug)]
pub struct Build {
    /// Run by the shell one after another.
    pub commands: Vec<String>,
    /// Where they run, relative to the manifest's folder.
    pub workdir: Option<PathBuf>,
    /// Globs of the files it is made from, relative to the same folder.
    pub watch: Vec<String>,
}

/// `[component.<id>.tool.ropewalk]`: what Spin does not know.
#[derive(Clone, Debug, Default)]
pub struct Tool {
    /// The package that is composed into a stage. `None`: the component is used as it is built.
    pub stage: Option<String>,
    /// The WASI command, a component or a module, that is composed into a stage.
    pub command: Option<PathBuf>,
    /// The built program that is composed into a stage, in whatever language it was written.
    pub program: Option<Program>,
    /// All memories of one instance together, in MiB. `None`: the host's default.
    pub memory_mib: Option<u32>,
    /// Seconds of wall-clock time that one request may take. `None`: the host's default.
    pub time_s: Option<u32>,
}

/// A stage's program that is made by other tools than cargo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The WebAssembly: a component that exports `stage`, or a module of WASI 0.1 that says so.
    pub path: PathBuf,
    /// What makes it, run by the shell in the manifest's folder. `None`: it is made elsewhere.
    pub build: Option<String>,
}

impl Tool {
    /// Whether the component is composed into a stage.
    pub fn is_stage(&self) -> bool {
        self.stage.is_some() || self.command.is_some() || self.program.is_some()
    }
}

const ON_SPIN: &str = "remove it, or run the application with `spin up`";

pub(super) fn read(reader: &mut Reader<'_>, id: &str, mut table: Table<'_>, dir: &Path) -> Option<Component> {
    check_id(reader, id, &table);
    let source = table.required(reader, "source").and_then(|value| read_source(reader, &table, value));
    let description = table.string(reader, "description").unwrap_or_default();
    let key_value_stores = read_stores(reader, &mut table);
    let allowed_outbound_hosts = read_hosts(reader, &mut table);
    let variables = read_variables(reader, &mut table);
    let environment = table.string_entries(reader, "environment");
    let build = table.table(reader, "build").map(|build| read_build(reader, build));
    let tool = table.table(reader, "tool").map(|tool| read_tool(reader, tool, dir));
    for grant in ["files", "exclude_files", "sqlite_databases", "ai_models"] {
        table.refuse(reader, grant, "not supported", ON_SPIN);
    }
    let hint = "write `allowed_outbound_hosts`, each with its scheme";
    table.refuse(reader, "allowed_http_hosts", "deprecated and not supported", hint);
    for composed in ["dependencies", "dependencies_inherit_configuration", "profile"] {
        table.refuse(reader, composed, "not supported", ON_SPIN);
    }
    table.take("targets");
    table.finish(reader);
    Some(Component {
        id: id.to_owned(),
        description,
        // What is wrong with it has been said already.
        source: dir.join(source.unwrap_or_default()),
        key_value_stores,
        allowed_outbound_hosts,
        variables,
        environment: environment.into_iter().map(|(name, (value, _))| (name, value)).collect(),
        build,
        tool: tool.unwrap_or_default(),
    })
}

fn check_id(reader: &mut Reader<'_>, id: &str, table: &Table<'_>) {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(|c| c.is_ascii_alphanumeric())
    };
    if !id.split('-').all(word) {
        let hint = "ids are words of letters and digits, joined by `-`";
        reader.problem(Some(table.span()), table.path(), "not a component id", Some(hint));
    }
}

fn read_source(reader: &mut Reader<'_>, table: &Table<'_>, value: Value<'_>) -> Option<String> {
    let span = value.span();
    let DeValue::String(path) = value.into_inner() else {
        let hint = "download the file, and name it by its path";
        reader.problem(Some(span), &table.key("source"), "only a local file is supported", Some(hint));
        return None;
    };
    Some(path.into_owned())
}

fn read_stores(reader: &mut Reader<'_>, table: &mut Table<'_>) -> BTreeSet<String> {
    let mut stores = BTreeSet::new();
    for (label, span) in table.strings(reader, "key_value_stores") {
        if label != DEFAULT_STORE {
            let text = format!("there is no store `{label}`");
            let hint = format!("use the one store there is, `{DEFAULT_STORE}`");
            reader.problem(Some(span), &table.key("key_value_stores"), &text, Some(&hint));
        }
        stores.insert(label);
    }
    stores
}

fn read_hosts(reader: &mut Reader<'_>, table: &mut Table<'_>) -> Vec<Template> {
    let mut hosts = Vec::new();
    for (source, span) in table.strings(reader, "allowed_outbound_hosts") {
        let key = table.key("allowed_outbound_hosts");
        match Template::parse(&source) {
            Ok(template) if template.is_literal() => match crate::host::AllowedHost::parse(&source) {
                Ok(_) => hosts.push(template),
                Err(reason) => reader.problem(
                    Some(span),
                    &key,
                    &reason,
                    Some("write `scheme://host:port`, wildcards allowed"),
                ),
            },
            Ok(template) => hosts.push(template),
            Err(reason) => reader.problem(Some(span), &key, &reason, None),
        }
    }
    hosts
}

fn read_variables(reader: &mut Reader<'_>, table: &mut Table<'_>) -> BTreeMap<String, Template> {
    let mut variables = BTreeMap::new();
    let key = table.key("variables");
    for (name, (source, span)) in table.string_entries(reader, "variables") {
        if let Err(reason) = check_name(&name) {
            reader.problem(Some(span.clone()), &format!("{key}.{name}"), &reason, None);
        }
        match Template::parse(&source) {
            Ok(template) => {
                variables.insert(name, template);
            }
            Err(reason) => reader.problem(Some(span), &format!("{key}.{name}"), &reason, None),
        }
    }
    variables
}

fn read_build(reader: &mut Reader<'_>, mut table: Table<'_>) -> Build {
    let commands = match table.required(reader, "command") {
        Some(value) => match value.get_ref() {
            DeValue::String(command) => vec![command.to_string()],
            DeValue::Array(array) if array.iter().all(|item| item.get_ref().is_str()) => {
                array.iter().filter_map(|item| item.get_ref().as_str()).map(str::to_owned).collect()
            }
            _ => {
                table.wrong_type(reader, "command", &value, "a string or an array of strings");
                Vec::new()
            }
        },
        None => Vec::new(),
    };
    let workdir = table.string(reader, "workdir").map(PathBuf::from);
    let watch = table.strings(reader, "watch").into_iter().map(|(glob, _)| glob).collect();
    table.take("environments");
    table.finish(reader);
    Build { commands, workdir, watch }
}

fn read_tool(reader: &mut Reader<'_>, mut table: Table<'_>, dir: &Path) -> Tool {
    let Some(mut ropewalk) = table.table(reader, "ropewalk") else {
        return Tool::default();
    };
    let tool = Tool {
        stage: ropewalk.string(reader, "stage"),
        command: ropewalk.string(reader, "command").map(|path| dir.join(path)),
        program: read_program(reader, &mut ropewalk, dir),
        memory_mib: ropewalk.number(reader, "memory_mib", MAX_MEMORY_MIB),
        time_s: ropewalk.number(reader, "time_s", MAX_TIME_S),
    };
    let kinds = [tool.stage.is_some(), tool.command.is_some(), tool.program.is_some()];
    if kinds.into_iter().filter(|is_named| *is_named).count() > 1 {
        let text = "more than one of `stage`, `command` and `program`";
        let hint = "`stage` names a package that cargo compiles, `command` a WASI command, `program` a stage that \
                    something else makes: keep one";
        reader.problem(Some(ropewalk.span()), ropewalk.path(), text, Some(hint));
    }
    ropewalk.finish(reader);
    tool
}

fn read_program(reader: &mut Reader<'_>, table: &mut Table<'_>, dir: &Path) -> Option<Program> {
    let path = table.string(reader, "program");
    let build = table.string(reader, "program_build");
    if path.is_none() && build.is_some() {
        let hint = "name in `program` the file that it makes";
        reader.problem(Some(table.span()), &table.key("program_build"), "makes no program", Some(hint));
    }
    Some(Program { path: dir.join(path?), build })
}
