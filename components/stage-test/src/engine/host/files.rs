//! The project's files. A failure's message is Node's code for it; `node:fs` makes an error of it.

use std::io;

use boa_engine::object::builtins::{JsArrayBuffer, JsUint8Array};
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue, js_string};

use crate::engine::disk::{self, Kind};
use crate::engine::host::calls::array;
use crate::engine::host::{Entry, argument, text};
use crate::engine::shared::Shared;

pub(super) const ENTRIES: &[Entry] = &[
    ("readText", 1, read_text),
    ("readBytes", 1, read_bytes),
    ("writeFile", 3, write_file),
    ("stat", 1, stat),
    ("readFolder", 1, read_folder),
    ("makeFolder", 2, make_folder),
    ("remove", 2, remove),
    ("removeFolder", 2, remove_folder),
    ("rename", 2, rename),
];

fn done<T>(result: io::Result<T>) -> JsResult<T> {
    result.map_err(|error| JsNativeError::error().with_message(disk::code(&error)).into())
}

fn read_text(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = done(Shared::of(context)?.disk.read_text(&text(arguments, 0)?))?;
    Ok(JsString::from(text).into())
}

fn read_bytes(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let bytes = done(Shared::of(context)?.disk.read(&text(arguments, 0)?))?;
    bytes_to_js(&bytes, context)
}

fn write_file(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let shared = Shared::of(context)?;
    let bytes = bytes_of(&argument(arguments, 1), context)?;
    done(shared.disk.write(&text(arguments, 0)?, &bytes, argument(arguments, 2).to_boolean()))?;
    Ok(JsValue::undefined())
}

/// `[kind, size]`, or null when there is nothing.
fn stat(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some((kind, size)) = Shared::of(context)?.disk.stat(&text(arguments, 0)?) else {
        return Ok(JsValue::null());
    };
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    Ok(array([js_string!(kind.name()).into(), size.into()], context))
}

/// `[[name, kind], …]`.
fn read_folder(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let entries: Vec<(String, Kind)> = done(Shared::of(context)?.disk.list(&text(arguments, 0)?))?;
    let entries: Vec<JsValue> = entries
        .into_iter()
        .map(|(name, kind)| array([JsString::from(name).into(), js_string!(kind.name()).into()], context))
        .collect();
    Ok(array(entries, context))
}

fn make_folder(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let recursive = argument(arguments, 1).to_boolean();
    let first = done(Shared::of(context)?.disk.make_folder(&text(arguments, 0)?, recursive))?;
    Ok(first.map_or(JsValue::null(), |first| JsString::from(first).into()))
}

fn remove(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    done(Shared::of(context)?.disk.remove(&text(arguments, 0)?, argument(arguments, 1).to_boolean()))?;
    Ok(JsValue::undefined())
}

fn remove_folder(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    done(Shared::of(context)?.disk.remove_folder(&text(arguments, 0)?, argument(arguments, 1).to_boolean()))?;
    Ok(JsValue::undefined())
}

fn rename(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    done(Shared::of(context)?.disk.rename(&text(arguments, 0)?, &text(arguments, 1)?))?;
    Ok(JsValue::undefined())
}

/// Bytes as a `Uint8Array`.
pub(super) fn bytes_to_js(bytes: &[u8], context: &mut Context) -> JsResult<JsValue> {
    let buffer = JsArrayBuffer::new(bytes.len(), context)?;
    if let Some(mut data) = buffer.data_mut() {
        data.copy_from_slice(bytes);
    }
    Ok(JsUint8Array::from_array_buffer(buffer, context)?.into())
}

/// The bytes of a `Uint8Array`.
pub(super) fn bytes_of(value: &JsValue, context: &mut Context) -> JsResult<Vec<u8>> {
    let refuse = || JsNativeError::typ().with_message("the argument must be a Uint8Array");
    let object = value.as_object().ok_or_else(refuse)?;
    let array = boa_engine::object::builtins::JsTypedArray::from_object(object.clone())?;
    let (start, length) = (array.byte_offset(context)?, array.byte_length(context)?);
    let buffer = array.buffer(context)?.as_object().ok_or_else(refuse)?;
    let buffer = JsArrayBuffer::from_object(buffer.clone())?;
    let bytes = buffer.data().and_then(|data| data.get(start..start + length).map(<[u8]>::to_vec));
    bytes.ok_or_else(|| refuse().into())
}
