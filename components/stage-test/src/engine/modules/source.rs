//! What a file is, and its text as it runs: TypeScript without its types.

use std::path::Path;

use boa_engine::JsError;
use oxc::allocator::Allocator;
use oxc::ast::ast::Program;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;
use oxc::transformer::{TransformOptions, Transformer, TypeScriptOptions};

use crate::engine::disk::Disk;
use crate::engine::limits::{MAX_NESTING_WEIGHT, MAX_SOURCE_BYTES, TOO_DEEP};
use crate::engine::modules::package::Package;
use crate::engine::modules::{ModuleError, exports};
use crate::engine::nesting;
use crate::engine::stack::LineMap;

/// How a file runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Module,
    CommonJs,
    Json,
}

/// A file as it runs.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) format: Format,
    pub(crate) text: String,
    /// How its lines lie in the source, when it was printed anew.
    pub(crate) lines: Option<LineMap>,
}

/// How a file runs. Reads it only when its name and its package don't tell.
pub(crate) fn format_of(disk: &Disk, path: &str) -> Result<Format, ModuleError> {
    let extension =
        path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension);
    match extension {
        "mjs" | "mts" => return Ok(Format::Module),
        "cjs" | "cts" => return Ok(Format::CommonJs),
        "json" => return Ok(Format::Json),
        "js" | "ts" | "jsx" | "tsx" | "" => {}
        _ => {
            return Err(ModuleError::Extension { extension: format!(".{extension}"), path: path.to_owned() });
        }
    }
    match Package::around(disk, path)?.as_ref().and_then(|package| package.text("type")) {
        Some("module") => Ok(Format::Module),
        Some("commonjs") => Ok(Format::CommonJs),
        _ => Ok(detect(&read(disk, path)?, path)),
    }
}

/// Reads a file and makes it ready to run.
pub(crate) fn prepare(disk: &Disk, path: &str) -> Result<Prepared, ModuleError> {
    let format = format_of(disk, path)?;
    let mut text = read(disk, path)?;
    if format != Format::Json
        && let Err(at) = nesting::check(&text, MAX_NESTING_WEIGHT)
    {
        return Err(located(path, &text, at, TOO_DEEP));
    }
    let mut lines = None;
    if is_transformed(path) {
        (text, lines) = strip_types(&text, path, format)?;
    } else if text.starts_with("#!") && format == Format::CommonJs {
        // Within a function a hashbang is no comment.
        text.replace_range(..2, "//");
    }
    Ok(Prepared { format, text, lines })
}

/// The names that a `CommonJS` file exports, as far as its text tells.
pub(crate) fn exported_names(disk: &Disk, path: &str) -> Result<exports::Names, ModuleError> {
    let text = read(disk, path)?;
    if nesting::check(&text, MAX_NESTING_WEIGHT).is_err() {
        // It is refused when it runs.
        return Ok(exports::Names::default());
    }
    let allocator = Allocator::default();
    let parsed = parse(&allocator, &text, SourceType::cjs().with_typescript(is_typescript(path)));
    Ok(exports::names(&parsed.program))
}

/// A parser's error with its place in the source.
pub(crate) fn syntax_error(path: &str, text: &str, format: Format, fallback: &JsError) -> ModuleError {
    let allocator = Allocator::default();
    let kind = if format == Format::Module { SourceType::mjs() } else { SourceType::cjs() };
    let parsed = parse(&allocator, text, kind);
    let Some(error) = parsed.diagnostics.first() else {
        let message = fallback.to_string().trim_start_matches("SyntaxError: ").to_owned();
        return ModuleError::Syntax { path: path.to_owned(), line: 1, column: 1, message };
    };
    at(path, text, error)
}

fn at(path: &str, text: &str, error: &oxc::diagnostics::OxcDiagnostic) -> ModuleError {
    let offset = error.labels.first().map_or(0, |label| label.offset() as usize);
    located(path, text, offset, &error.message)
}

fn located(path: &str, text: &str, offset: usize, message: &str) -> ModuleError {
    let before = text.get(..offset.min(text.len())).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ModuleError::Syntax { path: path.to_owned(), line, column, message: message.to_owned() }
}

fn read(disk: &Disk, path: &str) -> Result<String, ModuleError> {
    let (have, limit) = (disk.stat(path).map_or(0, |(_, size)| size), MAX_SOURCE_BYTES);
    if have > limit {
        return Err(ModuleError::TooLarge { path: path.to_owned(), have, limit });
    }
    let text = disk
        .read_text(path)
        .map_err(|error| ModuleError::Read { path: path.to_owned(), why: error.to_string() })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    })
}

/// Whether what runs is not the file itself, but what is made of it.
fn is_transformed(path: &str) -> bool {
    is_typescript(path) || path.ends_with(".jsx")
}

pub(crate) fn is_typescript(path: &str) -> bool {
    [".ts", ".mts", ".cts", ".tsx"].iter().any(|end| path.ends_with(end))
}

fn parse<'a>(allocator: &'a Allocator, text: &'a str, kind: SourceType) -> oxc::parser::ParserReturn<'a> {
    let options =
        ParseOptions { allow_return_outside_function: !kind.is_module(), ..ParseOptions::default() };
    Parser::new(allocator, text, kind).with_options(options).parse()
}

/// A file is a module if it imports, exports, or awaits at the top.
fn detect(text: &str, path: &str) -> Format {
    // Without one of these words there is nothing to find out.
    if !["import", "export", "await"].iter().any(|word| text.contains(word)) {
        return Format::CommonJs;
    }
    if nesting::check(text, MAX_NESTING_WEIGHT).is_err() {
        return Format::CommonJs;
    }
    let allocator = Allocator::default();
    let kind = SourceType::unambiguous().with_typescript(is_typescript(path)).with_jsx(path.ends_with('x'));
    let parsed = parse(&allocator, text, kind);
    if parsed.module_record.has_module_syntax {
        return Format::Module;
    }
    let as_commonjs = parse(&allocator, text, SourceType::cjs().with_typescript(is_typescript(path)));
    if !as_commonjs.diagnostics.has_errors() {
        return Format::CommonJs;
    }
    let as_module = parse(&allocator, text, SourceType::mjs().with_typescript(is_typescript(path)));
    if as_module.diagnostics.has_errors() { Format::CommonJs } else { Format::Module }
}

fn strip_types(text: &str, path: &str, format: Format) -> Result<(String, Option<LineMap>), ModuleError> {
    let allocator = Allocator::default();
    let module = format == Format::Module;
    let kind = if module { SourceType::mjs() } else { SourceType::cjs() };
    let kind = kind.with_typescript(is_typescript(path)).with_jsx(path.ends_with('x'));
    let parsed = parse(&allocator, text, kind);
    if let Some(error) = parsed.diagnostics.errors().next() {
        return Err(at(path, text, error));
    }
    let mut program: Program<'_> = parsed.program;
    let analysed = SemanticBuilder::new_compiler().with_enum_eval(true).build(&program);
    if let Some(error) = analysed.diagnostics.errors().next() {
        return Err(at(path, text, error));
    }
    let scoping = analysed.semantic.into_scoping();
    let options = TransformOptions {
        typescript: TypeScriptOptions { only_remove_type_imports: false, ..TypeScriptOptions::default() },
        ..TransformOptions::default()
    };
    let transformed =
        Transformer::new(&allocator, Path::new(path), &options).build_with_scoping(scoping, &mut program);
    if let Some(error) = transformed.diagnostics.errors().next() {
        return Err(at(path, text, error));
    }
    let options = CodegenOptions {
        source_map_path: Some(path.into()),
        comments: CommentOptions::disabled(),
        ..CodegenOptions::default()
    };
    let printed = Codegen::new().with_options(options).with_source_text(text).build(&program);
    let lines = LineMap::of(&printed, !module);
    Ok((printed.code, Some(lines)))
}
