//! Calls, timers, tests.

use boa_engine::error::PanicError;
use boa_engine::object::ObjectInitializer;
use boa_engine::object::builtins::JsArray;
use boa_engine::property::Attribute;
use boa_engine::{Context, JsError, JsNativeError, JsResult, JsString, JsValue, js_string};

use crate::engine::event_loop::Callback;
use crate::engine::host::{Entry, argument, function, list, number, text};
use crate::engine::limits;
use crate::engine::shared::{Running, Shared};
use crate::engine::stack;

pub(super) const ENTRIES: &[Entry] = &[
    ("print", 2, print),
    ("now", 0, now),
    ("context", 0, context_id),
    ("guard", 4, guard),
    ("begin", 2, begin),
    ("stores", 0, stores),
    ("setStores", 1, set_stores),
    ("record", 1, record),
    ("fail", 1, fail),
    ("exit", 1, exit),
    ("facts", 0, facts),
    ("mapStack", 1, map_stack),
    ("sourceLine", 1, source_line),
    ("addTick", 2, add_tick),
    ("addTimer", 4, add_timer),
    ("clearTimer", 1, clear_timer),
    ("refTimer", 2, ref_timer),
    ("addImmediate", 2, add_immediate),
    ("clearImmediate", 1, clear_immediate),
];

fn print(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Shared::of(context)?.print(&text(arguments, 0)?);
    Ok(JsValue::undefined())
}

fn now(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(Shared::of(context)?.clock.read_ms().into())
}

fn context_id(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(Shared::of(context)?.test.get().into())
}

/// `guard(function, this, arguments, test)`: calls in the context of a test. Where the engine stopped it at a
/// limit, that becomes an error which scripts can catch.
fn guard(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let function = function(arguments, 0)?;
    let values = list(arguments, 2, context)?;
    let before = shared.test.replace(number(arguments, 3));
    let result = function.call(&argument(arguments, 1), &values, context);
    shared.test.set(before);
    match result {
        Err(error) if error.as_engine().is_some() && shared.exit.get().is_none() => {
            Err(JsError::from_opaque(caught(error, &shared, context)?))
        }
        other => other,
    }
}

/// An error as a value. One of the engine's becomes a `RangeError` that tells of the limit.
pub(crate) fn caught(error: JsError, shared: &Shared, context: &mut Context) -> JsResult<JsValue> {
    let Some(engine) = error.as_engine() else { return error.into_opaque(context) };
    let message = limits::message(engine, &shared.parameters.limits);
    let frames = error.to_string();
    let value = JsNativeError::range().with_message(message.clone()).into_opaque(context);
    let head = format!("RangeError: {message}\n{}", mapped(&frames, shared));
    value.set(js_string!("stack"), JsString::from(head), false, context)?;
    Ok(value.into())
}

fn record(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let told = serde_json::from_str(&text(arguments, 0)?).map_err(JsError::from_rust)?;
    let shared = Shared::of(context)?;
    shared.record(told, shared.time_us(context));
    Ok(JsValue::undefined())
}

fn stores(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(Shared::of(context)?.stores.borrow().clone())
}

fn set_stores(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Shared::of(context)?.stores.replace(argument(arguments, 0));
    Ok(JsValue::undefined())
}

/// `begin(test, path)`: a test begins. Answers why it doesn't, where it may not.
fn begin(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let mut path = Vec::new();
    for name in list(arguments, 1, context)? {
        path.push(name.to_string(context)?.to_std_string_lossy());
    }
    if let Some(why) = shared.excluded.get(&path) {
        return Ok(JsString::from(why.as_str()).into());
    }
    let running = Running { path, began_us: shared.time_us(context) };
    shared.running.borrow_mut().insert(number(arguments, 0), running);
    Ok(JsValue::undefined())
}

fn fail(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let error = serde_json::from_str(&text(arguments, 0)?).map_err(JsError::from_rust)?;
    Shared::of(context)?.fail(&error);
    Ok(JsValue::undefined())
}

/// Ends the file: an error that no script can catch.
fn exit(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let code = argument(arguments, 0).to_i32(context)?;
    Shared::of(context)?.exit.set(Some(code));
    Err(PanicError::new("process.exit").into())
}

/// What `node:process` and `node:test` need to know.
fn facts(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let parameters = &shared.parameters;
    let env = ObjectInitializer::new(context).build();
    for (name, value) in &parameters.env {
        env.set(JsString::from(name.as_str()), JsString::from(value.as_str()), false, context)?;
    }
    let all = Attribute::all();
    let name = parameters.name.clone().unwrap_or_default();
    let facts = ObjectInitializer::new(context)
        .property(js_string!("env"), env, all)
        .property(js_string!("cwd"), js_string!("/"), all)
        .property(js_string!("main"), JsString::from(shared.main.as_str()), all)
        .property(js_string!("version"), js_string!("v20.19.0"), all)
        .property(js_string!("stage"), js_string!(env!("CARGO_PKG_VERSION")), all)
        .property(js_string!("name"), JsString::from(name), all)
        .property(js_string!("only"), parameters.only, all)
        .property(js_string!("update"), parameters.update_snapshots, all)
        .property(js_string!("globals"), js_string!(shared.globals()), all)
        .build();
    Ok(facts.into())
}

fn map_stack(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    Ok(JsString::from(mapped(&text(arguments, 0)?, &shared)).into())
}

pub(crate) fn mapped(frames: &str, shared: &Shared) -> String {
    let lines = shared.lines.borrow();
    stack::map(frames, |path, source| lines.get(path).map(source))
}

/// The line of source to which a stack leads, without what surrounds it.
fn source_line(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let stack = text(arguments, 0)?;
    let line = stack::place(&stack, &shared.main).and_then(|(file, line)| {
        let text = shared.disk.read_text(&format!("/{file}")).ok()?;
        text.lines()
            .nth(line.checked_sub(1)? as usize)
            .map(|line| line.trim().trim_end_matches(';').to_owned())
    });
    Ok(JsString::from(line.filter(|line| line.len() < 200).unwrap_or_default()).into())
}

fn callback(arguments: &[JsValue], shared: &Shared, context: &mut Context) -> JsResult<Callback> {
    let (function, arguments) = (function(arguments, 0)?, list(arguments, 1, context)?);
    let stores = shared.stores.borrow().clone();
    Ok(Callback { function, arguments, test: shared.test.get(), stores })
}

fn add_tick(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    shared.event_loop.add_tick(callback(arguments, &shared, context)?);
    Ok(JsValue::undefined())
}

fn add_timer(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let callback = callback(arguments, &shared, context)?;
    let delay_us = u64::from(number(arguments, 2)) * 1_000;
    let repeat = argument(arguments, 3).to_boolean();
    Ok(shared.event_loop.add_timer(callback, shared.clock.passed_us(), delay_us, repeat).into())
}

fn clear_timer(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Shared::of(context)?.event_loop.clear_timer(number(arguments, 0));
    Ok(JsValue::undefined())
}

fn ref_timer(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Shared::of(context)?.event_loop.set_referenced(number(arguments, 0), argument(arguments, 1).to_boolean());
    Ok(JsValue::undefined())
}

fn add_immediate(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let callback = callback(arguments, &shared, context)?;
    Ok(shared.event_loop.add_immediate(callback).into())
}

fn clear_immediate(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Shared::of(context)?.event_loop.clear_immediate(number(arguments, 0));
    Ok(JsValue::undefined())
}

/// The names of all that is in an array, for lists that scripts are given.
pub(super) fn array(values: impl IntoIterator<Item = JsValue>, context: &mut Context) -> JsValue {
    JsArray::from_iter(values, context).into()
}
