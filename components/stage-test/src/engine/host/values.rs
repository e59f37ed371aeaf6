//! What scripts can't find out of values by themselves, and text as bytes.

use boa_engine::builtins::error::Error;
use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::builtins::{
    JsArrayBuffer, JsDataView, JsDate, JsGenerator, JsMap, JsPromise, JsProxy, JsRegExp, JsSet, JsTypedArray,
    JsWeakMap, JsWeakSet,
};
use boa_engine::{
    Context, JsBigInt, JsNativeError, JsObject, JsResult, JsString, JsSymbol, JsValue, js_string,
};

use crate::engine::host::calls::array;
use crate::engine::host::files::{bytes_of, bytes_to_js};
use crate::engine::host::{Entry, argument};

pub(super) const ENTRIES: &[Entry] = &[
    ("kindOf", 1, kind_of),
    ("promiseState", 1, promise_state),
    ("encode", 1, encode),
    ("decode", 3, decode),
];

/// What an object is to the engine: `Map`, `Error`, `BoxedString` …, else `Object`.
fn kind_of(_: &JsValue, arguments: &[JsValue], _context: &mut Context) -> JsResult<JsValue> {
    let value = argument(arguments, 0);
    let kind = value.as_object().map_or("Object", |object| kind(&object));
    Ok(js_string!(kind).into())
}

fn kind(object: &JsObject) -> &'static str {
    let o = || object.clone();
    // The common ones first.
    if object.is_ordinary() || object.is_array() {
        "Object"
    } else if object.is::<Error>() {
        "Error"
    } else if JsMap::from_object(o()).is_ok() {
        "Map"
    } else if JsSet::from_object(o()).is_ok() {
        "Set"
    } else if JsDate::from_object(o()).is_ok() {
        "Date"
    } else if JsRegExp::from_object(o()).is_ok() {
        "RegExp"
    } else if JsPromise::from_object(o()).is_ok() {
        "Promise"
    } else if JsTypedArray::from_object(o()).is_ok() {
        "TypedArray"
    } else {
        rare_kind(object)
    }
}

fn rare_kind(object: &JsObject) -> &'static str {
    let o = || object.clone();
    if JsArrayBuffer::from_object(o()).is_ok() {
        "ArrayBuffer"
    } else if JsDataView::from_object(o()).is_ok() {
        "DataView"
    } else if JsProxy::from_object(o()).is_ok() {
        "Proxy"
    } else if JsGenerator::from_object(o()).is_ok() {
        "Generator"
    } else if JsWeakMap::from_object(o()).is_ok() {
        "WeakMap"
    } else if JsWeakSet::from_object(o()).is_ok() {
        "WeakSet"
    } else if object.is::<JsString>() {
        "BoxedString"
    } else if object.is::<f64>() {
        "BoxedNumber"
    } else if object.is::<bool>() {
        "BoxedBoolean"
    } else if object.is::<JsSymbol>() {
        "BoxedSymbol"
    } else if object.is::<JsBigInt>() {
        "BoxedBigInt"
    } else {
        "Object"
    }
}

/// `[state, value or reason]`.
fn promise_state(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(object) = argument(arguments, 0).as_object() else { return Ok(JsValue::null()) };
    let (state, value) = match JsPromise::from_object(object.clone())?.state() {
        PromiseState::Pending => ("pending", JsValue::undefined()),
        PromiseState::Fulfilled(value) => ("fulfilled", value),
        PromiseState::Rejected(reason) => ("rejected", reason),
    };
    Ok(array([js_string!(state).into(), value], context))
}

/// A string as bytes in UTF-8. Lone surrogates are replaced.
fn encode(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = argument(arguments, 0).to_string(context)?.to_std_string_lossy();
    bytes_to_js(text.as_bytes(), context)
}

/// `decode(bytes, fatal, keepMark)`: bytes in UTF-8 as a string.
fn decode(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let bytes = bytes_of(&argument(arguments, 0), context)?;
    let keep_mark = argument(arguments, 2).to_boolean();
    let bytes = if keep_mark { &bytes[..] } else { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes) };
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(JsString::from(text).into()),
        Err(_) if argument(arguments, 1).to_boolean() => {
            Err(JsNativeError::typ().with_message("The encoded data was not valid for encoding utf-8").into())
        }
        Err(_) => Ok(JsString::from(String::from_utf8_lossy(bytes).as_ref()).into()),
    }
}
