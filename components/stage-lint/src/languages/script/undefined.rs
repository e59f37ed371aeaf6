//! Rules about names that stand for nothing.

use oxc::ast::AstKind;
use oxc::ast::ast::{Expression, UnaryOperator};

use crate::languages::script::{Found, Script};
use crate::rules;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    // TypeScript's compiler knows names and types that the file doesn't tell.
    if !script.typescript() {
        undefined(script, found);
    }
    unassigned(script, found);
    for node in script.semantic.nodes().iter() {
        if let AstKind::UnaryExpression(unary) = node.kind()
            && unary.operator == UnaryOperator::Delete
            && let Expression::Identifier(name) = unary.argument.without_parentheses()
        {
            found.push((
                &rules::NO_DELETE_VAR,
                unary.span,
                format!("variable `{}` can't be deleted", name.name),
            ));
        }
    }
}

fn undefined(script: &Script<'_, '_>, found: &mut Found) {
    let (scoping, nodes) = (script.semantic.scoping(), script.semantic.nodes());
    for (name, references) in scoping.root_unresolved_references() {
        if script.globals.has(name, script.path, script.kind) {
            continue;
        }
        for reference in references.iter().map(|id| scoping.get_reference(*id)) {
            // `typeof name` asks whether it is there.
            let asks = matches!(nodes.parent_kind(reference.node_id()), AstKind::UnaryExpression(unary)
                if unary.operator == UnaryOperator::Typeof);
            if !asks {
                let span = script.semantic.reference_span(reference);
                found.push((&rules::NO_UNDEF, span, format!("`{name}` is not defined")));
            }
        }
    }
}

/// Variables that are read, and that nothing ever assigns to.
fn unassigned(script: &Script<'_, '_>, found: &mut Found) {
    let (scoping, nodes) = (script.semantic.scoping(), script.semantic.nodes());
    for symbol in scoping.symbol_ids() {
        let flags = scoping.symbol_flags(symbol);
        if !flags.is_variable() || flags.is_const_variable() || flags.is_ambient() {
            continue;
        }
        if !script.own_names && scoping.symbol_scope_id(symbol) == scoping.root_scope_id() {
            continue;
        }
        let declaration = scoping.symbol_declaration(symbol);
        let AstKind::VariableDeclarator(declarator) = nodes.kind(declaration) else { continue };
        let mut above = nodes.ancestor_kinds(declaration);
        let declares =
            matches!(above.next(), Some(AstKind::VariableDeclaration(declaration)) if !declaration.declare);
        let of_loop = matches!(above.next(), Some(AstKind::ForInStatement(_) | AstKind::ForOfStatement(_)));
        let declared_again = !scoping.symbol_redeclarations(symbol).is_empty();
        if declarator.init.is_some()
            || !declarator.id.is_binding_identifier()
            || !declares
            || of_loop
            || declared_again
        {
            continue;
        }
        let mut references = script.semantic.symbol_references(symbol);
        let (mut read, mut written) = (false, false);
        for reference in references.by_ref() {
            read |= reference.is_read();
            written |= reference.is_write();
        }
        if read && !written {
            let name = scoping.symbol_name(symbol);
            let message = format!("`{name}` is read, but never assigned to");
            found.push((&rules::NO_UNASSIGNED_VARS, scoping.symbol_span(symbol), message));
        }
    }
}
