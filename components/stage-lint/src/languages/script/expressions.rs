//! Rules about expressions.

mod calls;
mod compare;
mod conditions;

use oxc::ast::AstKind;
use oxc::ast::ast::{
    ArrayExpression, ArrayExpressionElement, AssignmentExpression, Expression, RegExpLiteral,
};
use oxc::semantic::AstNode;
use oxc::span::{GetSpan, Span};

use crate::languages::script::{Found, Script};
use crate::rules;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    for node in script.semantic.nodes().iter() {
        match node.kind() {
            AstKind::BinaryExpression(expression) => compare::check(script, expression, found),
            AstKind::SwitchStatement(statement) => compare::switch(script, statement, found),
            AstKind::IfStatement(statement) => {
                conditions::check(script, &statement.test, false, found);
            }
            AstKind::WhileStatement(statement) => {
                conditions::check(script, &statement.test, true, found);
            }
            AstKind::DoWhileStatement(statement) => {
                conditions::check(script, &statement.test, true, found);
            }
            AstKind::ConditionalExpression(expression) => {
                conditions::check(script, &expression.test, false, found);
            }
            AstKind::ForStatement(statement) => {
                if let Some(test) = &statement.test {
                    conditions::check(script, test, true, found);
                }
                conditions::direction(statement, found);
            }
            AstKind::UnaryExpression(expression) => conditions::negation(expression, found),
            AstKind::CallExpression(call) => calls::call(script, call, found),
            AstKind::NewExpression(expression) => calls::new(script, expression, found),
            AstKind::ChainExpression(_) => unsafe_chain(script, node, found),
            AstKind::AssignmentExpression(expression) => self_assign(script, expression, found),
            AstKind::ArrayExpression(array) => sparse(array, found),
            AstKind::RegExpLiteral(literal) => regular_expression(script, literal, found),
            _ => {}
        }
    }
}

fn self_assign(script: &Script<'_, '_>, expression: &AssignmentExpression<'_>, found: &mut Found) {
    let plain = |expression: &Expression<'_>| {
        let mut expression = expression;
        loop {
            match expression {
                Expression::StaticMemberExpression(member) => expression = &member.object,
                Expression::Identifier(_) | Expression::ThisExpression(_) => return true,
                _ => return false,
            }
        }
    };
    let operator = expression.operator;
    if !(operator.is_assign() || operator.is_logical()) || !plain(&expression.right) {
        return;
    }
    let text = script.text(expression.right.span());
    if script.text(expression.left.span()) == text {
        found.push((&rules::NO_SELF_ASSIGN, expression.span, format!("`{text}` is assigned to itself")));
    }
}

fn sparse(array: &ArrayExpression<'_>, found: &mut Found) {
    let hole = array.elements.iter().find(|element| matches!(element, ArrayExpressionElement::Elision(_)));
    if let Some(hole) = hole {
        let span = Span::new(hole.span().start, array.span.end.min(hole.span().start + 1));
        found.push((&rules::NO_SPARSE_ARRAYS, span, "the array has a hole".to_owned()));
    }
}

/// `(a?.b).c` and `(a?.b)()` throw when the chain is cut short; `[...a?.b]` as well.
fn unsafe_chain(script: &Script<'_, '_>, node: &AstNode<'_>, found: &mut Found) {
    let nodes = script.semantic.nodes();
    let chain = node.kind().span();
    let mut inner = chain;
    for above in nodes.ancestors(node.id()) {
        let uses = match above.kind() {
            AstKind::ParenthesizedExpression(parenthesized) => {
                inner = parenthesized.span;
                continue;
            }
            AstKind::StaticMemberExpression(member) => !member.optional && member.object.span() == inner,
            AstKind::ComputedMemberExpression(member) => !member.optional && member.object.span() == inner,
            AstKind::CallExpression(call) => !call.optional && call.callee.span() == inner,
            AstKind::NewExpression(new) => new.callee.span() == inner,
            AstKind::TaggedTemplateExpression(tagged) => tagged.tag.span() == inner,
            AstKind::SpreadElement(_) => {
                !matches!(nodes.parent_kind(above.id()), AstKind::ObjectExpression(_))
            }
            AstKind::BinaryExpression(binary) => {
                (binary.operator.is_in() || binary.operator.is_instance_of()) && binary.right.span() == inner
            }
            _ => false,
        };
        if uses {
            let message = "the optional chain may be undefined, and is used as if it were not".to_owned();
            found.push((&rules::NO_UNSAFE_OPTIONAL_CHAINING, chain, message));
        }
        return;
    }
}

fn regular_expression(script: &Script<'_, '_>, literal: &RegExpLiteral<'_>, found: &mut Found) {
    let text = script.text(literal.span);
    let pattern = &text[1..text.rfind('/').unwrap_or(1).max(1)];
    let (mut class, mut escaped, mut spaces) = (false, false, 0_u32);
    let mut repeated = false;
    for char in pattern.chars() {
        spaces = if char == ' ' && !class && !escaped { spaces + 1 } else { 0 };
        repeated |= spaces == 2;
        match char {
            _ if escaped => {}
            '[' => class = true,
            ']' => class = false,
            _ => {}
        }
        escaped = char == '\\' && !escaped;
    }
    if repeated {
        let message = "several spaces in a row are hard to count: write ` {2}`".to_owned();
        found.push((&rules::NO_REGEX_SPACES, literal.span, message));
    }
}
