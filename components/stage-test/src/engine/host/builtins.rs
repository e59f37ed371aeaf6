//! Node's modules: scripts that are part of the stage.

use std::path::Path;

use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue, Script, Source};

use crate::engine::host::calls::array;
use crate::engine::host::{Entry, argument, text};
use crate::engine::modules;
use crate::engine::shared::Shared;
use crate::engine::stack::OWN;

pub(super) const ENTRIES: &[Entry] = &[
    ("compileBuiltin", 1, compile_builtin),
    ("isBuiltin", 1, is_builtin_name),
    ("builtinNames", 0, builtin_names),
    ("resolve", 3, resolve),
    ("loadCommonJs", 1, load_commonjs),
];

macro_rules! scripts {
    ($($name:literal $source:expr;)*) => { &[$(($name, $source)),*] };
}

/// By name. What is `internal` is not for users.
const SCRIPTS: &[(&str, &str)] = scripts! {
    "assert" include_str!("../../js/assert.js");
    "assert/strict" "module.exports = require('assert').strict;";
    "buffer" include_str!("../../js/buffer.js");
    "console" include_str!("../../js/console.js");
    "events" include_str!("../../js/events.js");
    "fs" include_str!("../../js/fs.js");
    "fs/promises" "module.exports = require('fs').promises;";
    "module" "module.exports = require('internal/modules').Module;";
    "os" include_str!("../../js/os.js");
    "path" include_str!("../../js/path.js");
    "path/posix" "module.exports = require('path');";
    "perf_hooks" include_str!("../../js/perf_hooks.js");
    "process" include_str!("../../js/process.js");
    "querystring" include_str!("../../js/querystring.js");
    "string_decoder" include_str!("../../js/string_decoder.js");
    "test" include_str!("../../js/test.js");
    "timers" include_str!("../../js/timers.js");
    "timers/promises" include_str!("../../js/timers_promises.js");
    "url" include_str!("../../js/url.js");
    "util" include_str!("../../js/util.js");
    "util/types" "module.exports = require('util').types;";
    "internal/compare" include_str!("../../js/compare.js");
    "internal/diff" include_str!("../../js/diff.js");
    "internal/errors" include_str!("../../js/errors.js");
    "internal/inspect" include_str!("../../js/inspect.js");
    "internal/mock" include_str!("../../js/mock.js");
    "internal/modules" include_str!("../../js/modules.js");
    "internal/web" include_str!("../../js/web.js");
};

/// Whether users can have a module of this name, which is without `node:`.
pub(crate) fn is_builtin(name: &str) -> bool {
    !name.starts_with("internal/") && SCRIPTS.iter().any(|(known, _)| *known == name)
}

/// Compiles a script of the stage, and runs it to its value.
pub(crate) fn compile(name: &str, source: &str, context: &mut Context) -> JsResult<JsValue> {
    let path = format!("{OWN}{name}");
    let source = Source::from_bytes(source).with_path(Path::new(&path));
    Script::parse(source, None, context)?.evaluate(context)
}

/// A module's script as a function of `exports, require, module, host`.
fn compile_builtin(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = text(arguments, 0)?;
    let Some((_, source)) = SCRIPTS.iter().find(|(known, _)| *known == name) else {
        return Err(JsNativeError::error()
            .with_message(format!("no module of Node is named `{name}` here"))
            .into());
    };
    compile(&name, &format!("(function (exports, require, module, host) {{{source}\n}})"), context)
}

fn is_builtin_name(_: &JsValue, arguments: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    Ok(is_builtin(&text(arguments, 0)?).into())
}

fn builtin_names(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let names = SCRIPTS.iter().map(|(name, _)| *name).filter(|name| is_builtin(name) && *name != "test");
    let names: Vec<JsValue> = names.map(|name| JsString::from(name).into()).collect();
    Ok(array(names, context))
}

/// `resolve(specifier, from, isImport)`: a path, or `node:` and a name.
fn resolve(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let mode =
        if argument(arguments, 2).to_boolean() { modules::Mode::Import } else { modules::Mode::Require };
    match modules::resolve(&shared.disk, &text(arguments, 0)?, &text(arguments, 1)?, mode) {
        Ok(resolved) => Ok(JsString::from(resolved).into()),
        Err(error) => Err(error.into_js(context)?),
    }
}

/// `loadCommonJs(path)`: a function for a script, a string for JSON.
fn load_commonjs(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    modules::load_commonjs(&shared, &text(arguments, 0)?, context)
}
