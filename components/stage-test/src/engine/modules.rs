//! Modules: where specifiers lead, what files are, and how they come to run.

mod error;
mod exports;
mod framework;
mod loader;
mod ordered;
mod package;
mod resolve;
mod source;

use std::path::Path;

use boa_engine::builtins::promise::PromiseState;
use boa_engine::{Context, JsError, JsNativeError, JsResult, JsString, JsValue, Script, Source};

use crate::engine::shared::Shared;
use crate::engine::stack::{COMMONJS_HEAD, LineMap};

pub(crate) use error::ModuleError;
pub(crate) use framework::globals;
pub(crate) use loader::Loader;
pub(crate) use resolve::{Mode, resolve};
pub(crate) use source::{Format, format_of};

/// The namespace of an ES module that is required: it runs at once.
fn require_module(shared: &Shared, path: &str, context: &mut Context) -> JsResult<JsValue> {
    let engine = shared.engine.borrow().clone();
    let engine = engine.ok_or_else(|| JsNativeError::error().with_message("the runtime is not ready"))?;
    let module = engine.loader.load(path, false, context)?;
    let loaded = module.load(context);
    while matches!(loaded.state(), PromiseState::Pending)
        && let Some(result) = engine.jobs.run_one(context)
    {
        result?;
    }
    if let PromiseState::Rejected(reason) = loaded.state() {
        shared.forget(&loaded);
        return Err(JsError::from_opaque(reason));
    }
    module.link(context)?;
    let evaluated = module.evaluate(context)?;
    match evaluated.state() {
        PromiseState::Fulfilled(_) => Ok(module.namespace(context).into()),
        PromiseState::Pending => Err(ModuleError::RequiresAwait { path: path.to_owned() }.into_js(context)?),
        PromiseState::Rejected(reason) => {
            shared.forget(&evaluated);
            Err(JsError::from_opaque(reason))
        }
    }
}

/// Loads a file that is required: a function for a script, a string for JSON, an object for an ES module.
pub(crate) fn load_commonjs(shared: &Shared, path: &str, context: &mut Context) -> JsResult<JsValue> {
    let prepared = match source::prepare(&shared.disk, path) {
        Ok(prepared) => prepared,
        Err(error) => return Err(error.into_js(context)?),
    };
    match prepared.format {
        Format::Json => Ok(JsString::from(prepared.text).into()),
        Format::Module => require_module(shared, path, context),
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
