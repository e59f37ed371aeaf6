//! Why a module can't be had, as an error of Node's.

use boa_engine::{Context, JsError, JsNativeError, JsResult, JsString, js_string};

/// Why a module can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModuleError {
    #[error("Cannot find {what} '{specifier}' imported from {from}")]
    NotFound { what: &'static str, specifier: String, from: String, code: &'static str },
    #[error("Cannot find module '{specifier}'\nRequire stack:\n- {from}")]
    NotRequired { specifier: String, from: String },
    #[error("Directory import '{path}' is not supported resolving ES modules imported from {from}")]
    Folder { path: String, from: String },
    #[error("Package subpath '{subpath}' is not defined by \"exports\" in {package}")]
    NotExported { subpath: String, package: String },
    #[error("Package import specifier \"{specifier}\" is not defined imported from {from}")]
    NotImported { specifier: String, from: String },
    #[error("'{package}' is no valid package.json: {why}")]
    Package { package: String, why: String },
    #[error("No such built-in module: {0}")]
    NoBuiltin(String),
    #[error(
        "Only URLs with a scheme in: file and node are supported by the ES module loader. Received '{0}'"
    )]
    Scheme(String),
    #[error("require() cannot be used on an ESM graph with top-level await: {path}, hint: import it")]
    RequiresAwait { path: String },
    #[error("Module \"{path}\" needs an import attribute of \"type: json\"")]
    JsonAttribute { path: String },
    #[error("Unknown file extension \"{extension}\" for {path}")]
    Extension { extension: String, path: String },
    #[error("failed to read `{path}`: {why}")]
    Read { path: String, why: String },
    #[error("`{path}` has {have} bytes, more than the limit of {limit} for a script")]
    TooLarge { path: String, have: u64, limit: u64 },
    #[error("{message}")]
    Syntax { path: String, line: usize, column: usize, message: String },
}

impl ModuleError {
    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound { code, .. } => code,
            Self::NotRequired { .. } => "MODULE_NOT_FOUND",
            Self::Folder { .. } => "ERR_UNSUPPORTED_DIR_IMPORT",
            Self::NotExported { .. } => "ERR_PACKAGE_PATH_NOT_EXPORTED",
            Self::NotImported { .. } => "ERR_PACKAGE_IMPORT_NOT_DEFINED",
            Self::Package { .. } => "ERR_INVALID_PACKAGE_CONFIG",
            Self::NoBuiltin(_) => "ERR_UNKNOWN_BUILTIN_MODULE",
            Self::Scheme(_) => "ERR_UNSUPPORTED_ESM_URL_SCHEME",
            Self::RequiresAwait { .. } => "ERR_REQUIRE_ASYNC_MODULE",
            Self::JsonAttribute { .. } => "ERR_IMPORT_ATTRIBUTE_MISSING",
            Self::Extension { .. } => "ERR_UNKNOWN_FILE_EXTENSION",
            Self::Read { .. } | Self::TooLarge { .. } | Self::Syntax { .. } => return None,
        })
    }

    /// The error as scripts catch it.
    pub(crate) fn into_js(self, context: &mut Context) -> JsResult<JsError> {
        let native = match &self {
            Self::Syntax { .. } => JsNativeError::syntax(),
            Self::JsonAttribute { .. } | Self::Extension { .. } => JsNativeError::typ(),
            _ => JsNativeError::error(),
        };
        let error = native.with_message(self.to_string()).into_opaque(context);
        if let Some(code) = self.code() {
            error.set(js_string!("code"), js_string!(code), false, context)?;
        }
        if let Self::Syntax { path, line, column, message } = &self {
            let stack = format!("SyntaxError: {message}\n    at {path}:{line}:{column}");
            error.set(js_string!("stack"), JsString::from(stack), false, context)?;
        }
        Ok(JsError::from_opaque(error.into()))
    }
}
