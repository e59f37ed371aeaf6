//! Rules about conditions.

use oxc::ast::ast::{
    AssignmentOperator, BinaryOperator, Expression, ForStatement, SimpleAssignmentTarget, UnaryExpression,
    UnaryOperator, UpdateOperator,
};
use oxc::span::GetSpan;

use crate::languages::script::{Found, Script};
use crate::rules;

/// Checks the condition of a statement or of `?:`.
pub(super) fn check(script: &Script<'_, '_>, test: &Expression<'_>, of_loop: bool, found: &mut Found) {
    if let Expression::AssignmentExpression(assignment) = test {
        let message = "the condition assigns: compare, or put it in parentheses".to_owned();
        found.push((&rules::NO_COND_ASSIGN, assignment.span, message));
    }
    let inner = test.without_parentheses();
    let endless = of_loop && matches!(inner, Expression::BooleanLiteral(literal) if literal.value);
    if is_constant(inner) && !endless {
        found.push((&rules::NO_CONSTANT_CONDITION, test.span(), "the condition is constant".to_owned()));
    }
    let double =
        matches!(inner, Expression::UnaryExpression(unary) if is_not(unary) && argument_is_not(unary));
    let cast = matches!(inner, Expression::CallExpression(call)
        if call.arguments.len() == 1 && script.is_global(&call.callee, "Boolean"));
    if double || cast {
        found.push((
            &rules::NO_EXTRA_BOOLEAN_CAST,
            inner.span(),
            "a condition is a boolean without this".to_owned(),
        ));
    }
}

/// `!!!a`.
pub(super) fn negation(expression: &UnaryExpression<'_>, found: &mut Found) {
    if !is_not(expression) {
        return;
    }
    if let Expression::UnaryExpression(second) = expression.argument.without_parentheses()
        && is_not(second)
        && argument_is_not(second)
    {
        let message = "`!!!` is `!`".to_owned();
        found.push((&rules::NO_EXTRA_BOOLEAN_CAST, second.span, message));
    }
}

fn is_not(unary: &UnaryExpression<'_>) -> bool {
    unary.operator == UnaryOperator::LogicalNot
}

fn argument_is_not(unary: &UnaryExpression<'_>) -> bool {
    matches!(unary.argument.without_parentheses(), Expression::UnaryExpression(inner) if is_not(inner))
}

fn is_constant(expression: &Expression<'_>) -> bool {
    match expression.without_parentheses() {
        Expression::BooleanLiteral(_)
        | Expression::NullLiteral(_)
        | Expression::NumericLiteral(_)
        | Expression::BigIntLiteral(_)
        | Expression::StringLiteral(_)
        | Expression::RegExpLiteral(_)
        | Expression::ArrayExpression(_)
        | Expression::ObjectExpression(_)
        | Expression::FunctionExpression(_)
        | Expression::ArrowFunctionExpression(_)
        | Expression::ClassExpression(_)
        | Expression::NewExpression(_) => true,
        Expression::TemplateLiteral(template) => template.expressions.is_empty(),
        Expression::UnaryExpression(unary) => match unary.operator {
            UnaryOperator::Void | UnaryOperator::Typeof => true,
            UnaryOperator::Delete => false,
            _ => is_constant(&unary.argument),
        },
        expression => expression.is_undefined(),
    }
}

/// `for (i = 0; i < n; i--)`.
pub(super) fn direction(statement: &ForStatement<'_>, found: &mut Found) {
    let (Some(Expression::BinaryExpression(test)), Some(update)) = (&statement.test, &statement.update)
    else {
        return;
    };
    let Expression::Identifier(counter) = &test.left else {
        return;
    };
    let up = match test.operator {
        BinaryOperator::LessThan | BinaryOperator::LessEqualThan => true,
        BinaryOperator::GreaterThan | BinaryOperator::GreaterEqualThan => false,
        _ => return,
    };
    let counts_up = match update {
        Expression::UpdateExpression(update) => match &update.argument {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(target) if target.name == counter.name => {
                update.operator == UpdateOperator::Increment
            }
            _ => return,
        },
        Expression::AssignmentExpression(assignment) => {
            let same = assignment.left.get_identifier_name().is_some_and(|name| counter.name == name);
            let positive = matches!(&assignment.right, Expression::NumericLiteral(step) if step.value > 0.0);
            match assignment.operator {
                AssignmentOperator::Addition if same && positive => true,
                AssignmentOperator::Subtraction if same && positive => false,
                _ => return,
            }
        }
        _ => return,
    };
    if up != counts_up {
        let message = format!("the loop counts `{}` away from its end", counter.name);
        found.push((&rules::FOR_DIRECTION, update.span(), message));
    }
}
