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
    ("globalsOf", 1, globals_of),
    ("isLoaded", 1, is_loaded),
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
    "async_hooks" include_str!("../../js/async_hooks.js");
    "buffer" include_str!("../../js/buffer.js");
    "console" include_str!("../../js/console.js");
    "constants" "module.exports = { ...require('fs').constants, ...require('os').constants };";
    "crypto" include_str!("../../js/crypto.js");
    "diagnostics_channel" include_str!("../../js/diagnostics_channel.js");
    "dns/promises" "module.exports = require('dns').promises;";
    "events" include_str!("../../js/events.js");
    "fs" include_str!("../../js/fs.js");
    "fs/promises" "module.exports = require('fs').promises;";
    "module" "module.exports = require('internal/modules').Module;";
    "os" include_str!("../../js/os.js");
    "path" include_str!("../../js/path.js");
    "path/win32" "module.exports = require('path').win32;";
    "path/posix" "module.exports = require('path');";
    "perf_hooks" include_str!("../../js/perf_hooks.js");
    "process" include_str!("../../js/process.js");
    "querystring" include_str!("../../js/querystring.js");
    "punycode" include_str!("../../js/punycode.js");
    "readline" include_str!("../../js/readline.js");
    "readline/promises" "module.exports = require('readline').promises;";
    "stream" include_str!("../../js/stream.js");
    "stream/promises" "module.exports = require('stream').promises;";
    "string_decoder" include_str!("../../js/string_decoder.js");
    "test" include_str!("../../js/test.js");
    "timers" include_str!("../../js/timers.js");
    "timers/promises" include_str!("../../js/timers_promises.js");
    "tty" "module.exports = { isatty: () => false, ReadStream: class {}, WriteStream: class {} };";
    "url" include_str!("../../js/url.js");
    "util" include_str!("../../js/util.js");
    "util/types" "module.exports = require('util').types;";
    "vm" include_str!("../../js/vm.js");
    "child_process" "module.exports = require('internal/absent').absent('child_process');";
    "cluster" "module.exports = require('internal/absent').absent('cluster');";
    "dgram" "module.exports = require('internal/absent').absent('dgram');";
    "dns" "module.exports = require('internal/absent').absent('dns');";
    "http" "module.exports = require('internal/absent').absent('http');";
    "http2" "module.exports = require('internal/absent').absent('http2');";
    "https" "module.exports = require('internal/absent').absent('https');";
    "inspector" "module.exports = require('internal/absent').absent('inspector');";
    "net" "module.exports = require('internal/absent').absent('net');";
    "repl" "module.exports = require('internal/absent').absent('repl');";
    "tls" "module.exports = require('internal/absent').absent('tls');";
    "v8" "module.exports = require('internal/absent').absent('v8');";
    "worker_threads" "module.exports = require('internal/absent').absent('worker_threads');";
    "zlib" "module.exports = require('internal/absent').absent('zlib');";
    "@jest/globals" "module.exports = require('internal/jest');";
    "ava" include_str!("../../js/frameworks/ava.js");
    "mocha" "module.exports = require('internal/mocha');";
    "tap" "module.exports = require('internal/tap').tap();";
    "tape" "module.exports = require('internal/tap').tape();";
    "uvu" include_str!("../../js/frameworks/uvu.js");
    "vitest" "module.exports = require('internal/vitest');";
    "internal/absent" include_str!("../../js/absent.js");
    "internal/asymmetric" include_str!("../../js/frameworks/asymmetric.js");
    "internal/compare" include_str!("../../js/compare.js");
    "internal/diff" include_str!("../../js/diff.js");
    "internal/each" include_str!("../../js/frameworks/each.js");
    "internal/equal" include_str!("../../js/frameworks/equal.js");
    "internal/errors" include_str!("../../js/errors.js");
    "internal/expect" include_str!("../../js/frameworks/expect.js");
    "internal/expect_snapshot" include_str!("../../js/frameworks/expect_snapshot.js");
    "internal/headers" include_str!("../../js/headers.js");
    "internal/inspect" include_str!("../../js/inspect.js");
    "internal/jasmine" "module.exports = { ...require('internal/frameworks').make('jest', false) };";
    "internal/jest" "module.exports = require('internal/frameworks').make('jest', false);";
    "internal/frameworks" include_str!("../../js/frameworks/jest.js");
    "internal/locale" include_str!("../../js/locale.js");
    "internal/matchers" include_str!("../../js/frameworks/matchers.js");
    "internal/mocha" include_str!("../../js/frameworks/mocha.js");
    "internal/mock_timers" include_str!("../../js/mock_timers.js");
    "internal/mock" include_str!("../../js/mock.js");
    "internal/modules" include_str!("../../js/modules.js");
    "internal/path_win32" include_str!("../../js/path_win32.js");
    "internal/pretty" include_str!("../../js/pretty.js");
    "internal/snapshots" include_str!("../../js/snapshots.js");
    "internal/spy" include_str!("../../js/frameworks/spy.js");
    "internal/tap" include_str!("../../js/frameworks/tap.js");
    "internal/vitest" "module.exports = require('internal/frameworks').make('vitest', true);";
    "internal/web" include_str!("../../js/web.js");
};

/// What is no module of Node, but of a package that can't run here: this stage has its own.
const FRAMEWORKS: &[&str] = &["@jest/globals", "ava", "mocha", "tap", "tape", "uvu", "vitest"];

/// What test files find without importing it.
fn globals(framework: &str) -> &'static [&'static str] {
    match framework {
        "mocha" => &[
            "describe",
            "context",
            "suite",
            "it",
            "specify",
            "test",
            "before",
            "after",
            "beforeEach",
            "afterEach",
            "setup",
            "teardown",
            "suiteSetup",
            "suiteTeardown",
            "xit",
            "xspecify",
            "xdescribe",
            "xcontext",
            "run",
        ],
        "vitest" => &[
            "describe",
            "suite",
            "it",
            "test",
            "expect",
            "beforeAll",
            "afterAll",
            "beforeEach",
            "afterEach",
            "vi",
            "vitest",
            "assert",
            "expectTypeOf",
            "assertType",
            "onTestFinished",
            "onTestFailed",
        ],
        "jest" | "jasmine" => &[
            "describe",
            "it",
            "test",
            "expect",
            "beforeAll",
            "afterAll",
            "beforeEach",
            "afterEach",
            "jest",
            "xit",
            "xtest",
            "fit",
            "xdescribe",
            "fdescribe",
        ],
        _ => &[],
    }
}

fn globals_of(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let names: Vec<JsValue> =
        globals(&text(arguments, 0)?).iter().map(|name| JsString::from(*name).into()).collect();
    Ok(array(names, context))
}

/// Whether an ES module of this place is loaded.
fn is_loaded(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let engine = shared.engine.borrow().clone();
    let place = text(arguments, 0)?;
    Ok(engine.is_some_and(|engine| engine.loader.has(&place)).into())
}

/// Whether users can have a module of Node of this name, which is without `node:`.
pub(crate) fn is_node(name: &str) -> bool {
    is_builtin(name) && !FRAMEWORKS.contains(&name)
}

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
    Ok(is_node(&text(arguments, 0)?).into())
}

fn builtin_names(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let names = SCRIPTS.iter().map(|(name, _)| *name).filter(|name| is_node(name) && *name != "test");
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
