//! `preserve-caught-error`.

use oxc::ast::AstKind;
use oxc::ast::ast::{
    Argument, BindingPattern, CatchClause, Expression, NewExpression, ObjectPropertyKind, ThrowStatement,
};
use oxc::semantic::AstNode;
use oxc::span::GetSpan;

use crate::languages::script::{Found, Script};
use crate::rules;

/// The errors of the language, and which of their arguments has the cause.
const ERRORS: &[(&str, usize)] = &[
    ("Error", 1),
    ("EvalError", 1),
    ("RangeError", 1),
    ("ReferenceError", 1),
    ("SyntaxError", 1),
    ("TypeError", 1),
    ("URIError", 1),
    ("AggregateError", 2),
];

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    for node in script.semantic.nodes().iter() {
        if let AstKind::ThrowStatement(throw) = node.kind()
            && let Some(clause) = catch_of(script, node)
        {
            thrown(script, throw, clause, found);
        }
    }
}

/// The `catch` in whose own code a statement stands.
fn catch_of<'a>(script: &Script<'_, 'a>, node: &AstNode<'a>) -> Option<&'a CatchClause<'a>> {
    for above in script.semantic.nodes().ancestor_kinds(node.id()) {
        match above {
            AstKind::CatchClause(clause) => return Some(clause),
            kind if kind.is_function_like() => return None,
            AstKind::Class(_) | AstKind::StaticBlock(_) => return None,
            _ => {}
        }
    }
    None
}

fn thrown(script: &Script<'_, '_>, throw: &ThrowStatement<'_>, clause: &CatchClause<'_>, found: &mut Found) {
    let Some(BindingPattern::BindingIdentifier(caught)) = clause.param.as_ref().map(|param| &param.pattern)
    else {
        return;
    };
    let (callee, arguments) = match throw.argument.without_parentheses() {
        Expression::NewExpression(new) => {
            let new: &NewExpression<'_> = new;
            (&new.callee, &new.arguments)
        }
        Expression::CallExpression(call) => (&call.callee, &call.arguments),
        _ => return,
    };
    let Some((_, options)) = ERRORS.iter().find(|(name, _)| script.is_global(callee, name)) else { return };
    // What is spread may have the options in it.
    if arguments.iter().any(|argument| matches!(argument, Argument::SpreadElement(_))) {
        return;
    }
    let lost = match arguments.get(*options) {
        None => true,
        Some(Argument::ObjectExpression(object)) => {
            let spread = object.properties.iter().any(ObjectPropertyKind::is_spread);
            let cause = object.properties.iter().find_map(|property| match property {
                ObjectPropertyKind::ObjectProperty(property)
                    if property.key.static_name().is_some_and(|name| name == "cause") =>
                {
                    Some(&property.value)
                }
                _ => None,
            });
            match cause {
                None => !spread,
                Some(Expression::Identifier(name)) => name.name != caught.name,
                Some(_) => true,
            }
        }
        Some(_) => false,
    };
    if lost {
        let message = format!("the error that was caught is lost: pass `{{ cause: {} }}`", caught.name);
        found.push((&rules::PRESERVE_CAUGHT_ERROR, throw.argument.span(), message));
    }
}
