//! Modules: where specifiers lead, what files are, and how they come to run.

mod error;
mod exports;
mod loader;
mod package;
mod resolve;
mod source;

use std::path::Path;

use boa_engine::{Context, JsResult, JsString, JsValue, Script, Source};

use crate::engine::shared::Shared;
use crate::engine::stack::{COMMONJS_HEAD, LineMap};

pub(crate) use error::ModuleError;
pub(crate) use loader::Loader;
pub(crate) use resolve::{Mode, resolve};
pub(crate) use source::{Format, format_of};

/// Loads a file that is required: a function for a script, a string for JSON.
pub(crate) fn load_commonjs(shared: &Shared, path: &str, context: &mut Context) -> JsResult<JsValue> {
    let prepared = match source::prepare(&shared.disk, path) {
        Ok(prepared) => prepared,
        Err(error) => return Err(error.into_js(context)?),
    };
    match prepared.format {
        Format::Json => Ok(JsString::from(prepared.text).into()),
        Format::Module => {
            let error = ModuleError::RequiresModule { path: path.to_owned() };
            Err(error.into_js(context)?)
        }
        Format::CommonJs => {
            shared.lines.borrow_mut().insert(path.to_owned(), prepared.lines.unwrap_or(LineMap::CommonJs));
            let text = format!("{COMMONJS_HEAD}{}\n}})", prepared.text);
            let source = Source::from_bytes(&text).with_path(Path::new(path));
            match Script::parse(source, None, context) {
                Ok(script) => script.evaluate(context),
                Err(error) => {
                    Err(source::syntax_error(path, &prepared.text, Format::CommonJs, &error)
                        .into_js(context)?)
                }
            }
        }
    }
}
