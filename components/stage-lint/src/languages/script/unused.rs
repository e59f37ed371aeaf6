//! `no-unused-vars`.

use oxc::ast::AstKind;
use oxc::ast::ast::{BindingPattern, ClassType, FormalParameters, PropertyKind};
use oxc::semantic::{NodeId, Reference, SymbolId};

use crate::languages::script::{Found, Script, ScriptKind};
use crate::rules;

/// Reports names that nothing reads. Left out: names that begin with `_`, exports, parameters before one that
/// is used, and names at the top of classic scripts, which other scripts may use.
pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    let scoping = script.semantic.scoping();
    for symbol in scoping.symbol_ids() {
        let (flags, name) = (scoping.symbol_flags(symbol), scoping.symbol_name(symbol));
        let kept = name.starts_with('_')
            || flags.is_ambient()
            || flags.is_enum_member()
            || flags.is_type_parameter()
            || flags.is_namespace_module()
            || flags.is_value_module()
            || (name == "React"
                && matches!(script.kind, ScriptKind::Jsx | ScriptKind::Tsx | ScriptKind::Unknown));
        let foreign = !script.own_names && scoping.symbol_scope_id(symbol) == scoping.root_scope_id();
        let exported = script.exported.iter().any(|exported| exported == name);
        if kept || foreign || exported || is_used(script, symbol) {
            continue;
        }
        let declaration = scoping.symbol_declaration(symbol);
        if let Some(what) = reported(script, symbol, declaration) {
            let assigned = script.semantic.symbol_references(symbol).any(Reference::is_write);
            let verb = if assigned { "is assigned but not used" } else { "is not used" };
            found.push((
                &rules::NO_UNUSED_VARS,
                scoping.symbol_span(symbol),
                format!("{what} `{name}` {verb}"),
            ));
        }
    }
}

fn is_used(script: &Script<'_, '_>, symbol: SymbolId) -> bool {
    script.semantic.symbol_references(symbol).any(|reference| {
        if reference.is_type() {
            return true;
        }
        // `x++;` and `x += 1;` read, but nothing comes of it.
        reference.is_read() && !(reference.is_write() && is_statement(script, reference))
    })
}

fn is_statement(script: &Script<'_, '_>, reference: &Reference) -> bool {
    let nodes = script.semantic.nodes();
    let mut above = nodes.ancestor_kinds(reference.node_id());
    let updates =
        above.find(|kind| matches!(kind, AstKind::UpdateExpression(_) | AstKind::AssignmentExpression(_)));
    updates.is_some() && matches!(above.next(), Some(AstKind::ExpressionStatement(_)))
}

/// What the symbol is called in a message, if being unused is a mistake.
fn reported(script: &Script<'_, '_>, symbol: SymbolId, declaration: NodeId) -> Option<&'static str> {
    let nodes = script.semantic.nodes();
    match nodes.kind(declaration) {
        AstKind::Function(function) if function.is_expression() || function.body.is_none() => {
            return None;
        }
        AstKind::Class(class) if class.r#type == ClassType::ClassExpression => return None,
        AstKind::FormalParameter(_) | AstKind::FormalParameterRest(_) | AstKind::FormalParameters(_) => {
            return parameter(script, symbol, declaration);
        }
        _ => {}
    }
    let mut what = "variable";
    for kind in std::iter::once(nodes.kind(declaration)).chain(nodes.ancestor_kinds(declaration)) {
        match kind {
            AstKind::ExportDeclaration(_)
            | AstKind::ExportDefaultDeclaration(_)
            | AstKind::TSModuleBlock(_)
            | AstKind::TSGlobalDeclaration(_) => return None,
            AstKind::FormalParameters(_) => return parameter(script, symbol, declaration),
            AstKind::ImportDeclaration(_) => what = "import",
            AstKind::CatchClause(_) | AstKind::CatchParameter(_) => return Some("the caught"),
            AstKind::Function(_) if what == "variable" && kind.node_id() == declaration => {
                what = "function";
            }
            AstKind::Class(_) if what == "variable" && kind.node_id() == declaration => {
                what = "class";
            }
            AstKind::TSInterfaceDeclaration(_) | AstKind::TSTypeAliasDeclaration(_) => {
                what = "type";
            }
            AstKind::ForInStatement(_)
            | AstKind::ForOfStatement(_)
            | AstKind::FunctionBody(_)
            | AstKind::BlockStatement(_)
            | AstKind::Program(_) => break,
            _ => {}
        }
    }
    Some(what)
}

/// A parameter is reported when it and all after it are unused.
fn parameter(script: &Script<'_, '_>, symbol: SymbolId, declaration: NodeId) -> Option<&'static str> {
    let nodes = script.semantic.nodes();
    let kinds = || std::iter::once(nodes.kind(declaration)).chain(nodes.ancestor_kinds(declaration));
    let parameters: &FormalParameters<'_> = kinds().find_map(|kind| match kind {
        AstKind::FormalParameters(parameters) => Some(parameters),
        _ => None,
    })?;
    let mut above = kinds().skip_while(|kind| !matches!(kind, AstKind::FormalParameters(_))).skip(1);
    match above.next()? {
        AstKind::Function(function) if function.body.is_some() => {}
        AstKind::ArrowFunctionExpression(_) => {}
        // An overload, or a type.
        _ => return None,
    }
    match above.next() {
        Some(AstKind::MethodDefinition(method)) if method.kind.is_set() => return None,
        Some(AstKind::ObjectProperty(property)) if property.kind == PropertyKind::Set => {
            return None;
        }
        _ => {}
    }
    if parameters
        .items
        .iter()
        .any(|item| item.has_modifier() && item.pattern.get_symbol_ids().contains(&symbol))
    {
        return None;
    }
    let mut all = parameters.iter_bindings().map(BindingPattern::get_symbol_ids);
    all.by_ref().find(|symbols| symbols.contains(&symbol))?;
    let later_used = all.flatten().any(|later| is_used(script, later));
    (!later_used).then_some("parameter")
}
