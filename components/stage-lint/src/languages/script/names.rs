//! Rules about what names stand for: assignments to what is none's to assign, and names declared anew.

use oxc::ast::AstKind;
use oxc::semantic::{SymbolFlags, SymbolId};
use oxc::span::Span;

use crate::languages::script::{Found, Script};
use crate::rules::{self, Rule};

const RESTRICTED: &[&str] = &["undefined", "NaN", "Infinity", "arguments", "eval"];

const BUILT_IN: &[&str] = &[
    "Array",
    "ArrayBuffer",
    "BigInt",
    "Boolean",
    "DataView",
    "Date",
    "Error",
    "Function",
    "Infinity",
    "Intl",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "SyntaxError",
    "TypeError",
    "URIError",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "eval",
    "globalThis",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "undefined",
];

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    let scoping = script.semantic.scoping();
    for symbol in scoping.symbol_ids() {
        let (flags, name) = (scoping.symbol_flags(symbol), scoping.symbol_name(symbol));
        if let Some((rule, what)) = unassignable(flags) {
            for span in writes(script, symbol) {
                found.push((rule, span, format!("{what} `{name}` is assigned to")));
            }
        }
        if RESTRICTED.contains(&name) && !flags.is_ambient() && !is_undefined_anyway(script, symbol) {
            let message = format!("`{name}` is declared anew");
            found.push((&rules::NO_SHADOW_RESTRICTED_NAMES, scoping.symbol_span(symbol), message));
        }
        redeclared(script, symbol, found);
    }
    for (name, references) in scoping.root_unresolved_references() {
        if !BUILT_IN.contains(&name.as_str()) {
            continue;
        }
        for reference in
            references.iter().map(|id| scoping.get_reference(*id)).filter(|reference| reference.is_write())
        {
            let span = script.semantic.reference_span(reference);
            found.push((
                &rules::NO_GLOBAL_ASSIGN,
                span,
                format!("the built-in global `{name}` is assigned to"),
            ));
        }
    }
    for label in script.semantic.unused_labels() {
        let kind = script.semantic.nodes().kind(*label);
        if let oxc::ast::AstKind::LabeledStatement(statement) = kind {
            let label = &statement.label;
            found.push((&rules::NO_UNUSED_LABELS, label.span, format!("label `{}` is not used", label.name)));
        }
    }
}

/// `var undefined;` declares what it is.
fn is_undefined_anyway(script: &Script<'_, '_>, symbol: SymbolId) -> bool {
    let scoping = script.semantic.scoping();
    let declaration = script.semantic.nodes().kind(scoping.symbol_declaration(symbol));
    scoping.symbol_name(symbol) == "undefined"
        && matches!(declaration, AstKind::VariableDeclarator(declarator) if declarator.init.is_none())
        && writes(script, symbol).is_empty()
}

fn unassignable(flags: SymbolFlags) -> Option<(&'static Rule, &'static str)> {
    if flags.is_const_variable() {
        Some((&rules::NO_CONST_ASSIGN, "constant"))
    } else if flags.is_import() {
        Some((&rules::NO_IMPORT_ASSIGN, "import"))
    } else if flags.is_class() {
        Some((&rules::NO_CLASS_ASSIGN, "class"))
    } else if flags.is_catch_variable() {
        Some((&rules::NO_EX_ASSIGN, "the caught"))
    } else if flags.is_function() && !flags.is_variable() {
        Some((&rules::NO_FUNC_ASSIGN, "function"))
    } else {
        None
    }
}

fn writes(script: &Script<'_, '_>, symbol: SymbolId) -> Vec<Span> {
    script
        .semantic
        .symbol_references(symbol)
        .filter(|reference| reference.is_write())
        .map(|reference| script.semantic.reference_span(reference))
        .collect()
}

/// `var` and functions of classic scripts may be declared again; TypeScript's overloads and merged
/// declarations are no mistake.
fn redeclared(script: &Script<'_, '_>, symbol: SymbolId, found: &mut Found) {
    let scoping = script.semantic.scoping();
    if script.typescript() {
        return;
    }
    let first = scoping.symbol_span(symbol);
    for again in scoping.symbol_redeclarations(symbol).iter().filter(|again| again.span != first) {
        let message = format!("`{}` is declared again", scoping.symbol_name(symbol));
        found.push((&rules::NO_REDECLARE, again.span, message));
    }
}
