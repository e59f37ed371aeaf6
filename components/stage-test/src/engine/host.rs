//! What the stage's scripts are given by Rust: one object of functions.

mod builtins;
mod calls;
mod crypto;
mod files;
mod values;

use boa_engine::native_function::NativeFunctionPointer;
use boa_engine::object::FunctionObjectBuilder;
use boa_engine::object::ObjectInitializer;
use boa_engine::property::Attribute;
use boa_engine::{Context, JsNativeError, JsObject, JsResult, JsString, JsValue, NativeFunction};

pub(crate) use builtins::{compile, is_builtin, is_node};
pub(crate) use calls::caught;

/// A function, its name, and how many arguments it takes.
type Entry = (&'static str, usize, NativeFunctionPointer);

/// Makes the object.
pub(crate) fn object(context: &mut Context) -> JsObject {
    let entries: Vec<Entry> =
        [calls::ENTRIES, crypto::ENTRIES, files::ENTRIES, values::ENTRIES, builtins::ENTRIES].concat();
    let functions: Vec<_> = entries
        .into_iter()
        .map(|(name, length, function)| {
            let function = FunctionObjectBuilder::new(context.realm(), NativeFunction::from_fn_ptr(function))
                .name(JsString::from(name))
                .length(length)
                .build();
            (name, function)
        })
        .collect();
    let mut object = ObjectInitializer::new(context);
    for (name, function) in functions {
        object.property(JsString::from(name), function, Attribute::all());
    }
    object.build()
}

/// An argument, `undefined` when there is none.
pub(crate) fn argument(arguments: &[JsValue], at: usize) -> JsValue {
    arguments.get(at).cloned().unwrap_or_default()
}

/// An argument that must be a string.
pub(crate) fn text(arguments: &[JsValue], at: usize) -> JsResult<String> {
    match argument(arguments, at).as_string() {
        Some(text) => Ok(text.to_std_string_lossy()),
        None => Err(JsNativeError::typ().with_message(format!("argument {at} must be a string")).into()),
    }
}

/// An argument that must be a function.
pub(crate) fn function(arguments: &[JsValue], at: usize) -> JsResult<JsObject> {
    let function = argument(arguments, at).as_object().filter(JsObject::is_callable);
    function.ok_or_else(|| JsNativeError::typ().with_message("the argument must be a function").into())
}

/// The elements of an argument that must be an array.
pub(crate) fn list(arguments: &[JsValue], at: usize, context: &mut Context) -> JsResult<Vec<JsValue>> {
    let Some(array) = argument(arguments, at).as_object() else { return Ok(Vec::new()) };
    let array = boa_engine::object::builtins::JsArray::from_object(array.clone())?;
    (0..array.length(context)?).map(|index| array.get(index, context)).collect()
}

/// An argument that must be a whole number.
pub(crate) fn number(arguments: &[JsValue], at: usize) -> u32 {
    let number = argument(arguments, at).as_number().unwrap_or(0.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Saturates.
    let number = number as u32;
    number
}
