//! `no-unused-private-class-members` and `no-dupe-args`.

use std::collections::{HashMap, HashSet};

use oxc::ast::AstKind;
use oxc::ast::ast::{
    AssignmentOperator, ClassBody, ClassElement, FormalParameters, MethodDefinitionKind, PropertyKey,
};
use oxc::semantic::{AstNode, AstNodes};
use oxc::span::{GetSpan, Span};

use crate::languages::script::{Found, Script};
use crate::rules;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    let mut uses: HashMap<&str, Vec<Use>> = HashMap::new();
    for node in script.semantic.nodes().iter() {
        match node.kind() {
            AstKind::PrivateFieldExpression(member) => {
                let used = Use { span: member.span, reads: reads(script.semantic.nodes(), node) };
                uses.entry(member.field.name.as_str()).or_default().push(used);
            }
            AstKind::PrivateInExpression(within) => {
                let used = Use { span: within.span, reads: true };
                uses.entry(within.left.name.as_str()).or_default().push(used);
            }
            AstKind::FormalParameters(parameters) => duplicates(parameters, found),
            _ => {}
        }
    }
    for node in script.semantic.nodes().iter() {
        if let AstKind::ClassBody(body) = node.kind() {
            members(body, &uses, found);
        }
    }
}

/// Where a private name is used.
struct Use {
    span: Span,
    /// Whether something comes of it.
    reads: bool,
}

/// Whether a member expression is read: not only assigned to, or changed by a statement of its own.
fn reads(nodes: &AstNodes<'_>, node: &AstNode<'_>) -> bool {
    let span = node.kind().span();
    let mut above = nodes.ancestors(node.id()).map(AstNode::kind);
    match above.next() {
        Some(AstKind::AssignmentExpression(assignment)) if assignment.left.span() == span => {
            assignment.operator != AssignmentOperator::Assign
                && !matches!(above.next(), Some(AstKind::ExpressionStatement(_)))
        }
        Some(AstKind::UpdateExpression(_)) => !matches!(above.next(), Some(AstKind::ExpressionStatement(_))),
        Some(
            AstKind::ArrayAssignmentTarget(_)
            | AstKind::AssignmentTargetPropertyProperty(_)
            | AstKind::AssignmentTargetRest(_)
            | AstKind::AssignmentTargetWithDefault(_)
            | AstKind::ForInStatement(_)
            | AstKind::ForOfStatement(_),
        ) => false,
        _ => true,
    }
}

fn members(body: &ClassBody<'_>, uses: &HashMap<&str, Vec<Use>>, found: &mut Found) {
    for element in &body.body {
        let (key, setter, field) = match element {
            ClassElement::MethodDefinition(method) => {
                (&method.key, method.kind == MethodDefinitionKind::Set, false)
            }
            ClassElement::PropertyDefinition(property) => (&property.key, false, true),
            ClassElement::AccessorProperty(property) => (&property.key, true, true),
            _ => continue,
        };
        let PropertyKey::PrivateIdentifier(name) = key else { continue };
        let used = uses.get(name.name.as_str()).into_iter().flatten().any(|used| {
            // To write to a setter runs it.
            body.span.contains_inclusive(used.span) && (used.reads || setter)
        });
        if !used {
            let what = if field { "field" } else { "method" };
            let message = format!("private {what} `#{}` is not used", name.name);
            found.push((&rules::NO_UNUSED_PRIVATE_CLASS_MEMBERS, name.span, message));
        }
    }
}

fn duplicates(parameters: &FormalParameters<'_>, found: &mut Found) {
    let mut seen = HashSet::new();
    for binding in parameters.iter_bindings() {
        for name in binding.get_binding_identifiers() {
            if !seen.insert(name.name.as_str()) {
                let message = format!("the function has parameter `{}` twice", name.name);
                found.push((&rules::NO_DUPE_ARGS, name.span, message));
            }
        }
    }
}
