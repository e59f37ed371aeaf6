//! Rules about comparisons.

use oxc::ast::ast::{BinaryExpression, BinaryOperator, Expression, SwitchStatement, UnaryOperator};
use oxc::span::GetSpan;

use crate::languages::script::{Found, Script};
use crate::rules;

const TYPES: &[&str] =
    &["bigint", "boolean", "function", "number", "object", "string", "symbol", "undefined"];

pub(super) fn check(script: &Script<'_, '_>, expression: &BinaryExpression<'_>, found: &mut Found) {
    let BinaryExpression { left, right, operator, span, .. } = expression;
    if operator.is_in() || operator.is_instance_of() {
        if let Expression::UnaryExpression(negated) = left
            && negated.operator == UnaryOperator::LogicalNot
        {
            let message = format!("`!` negates the left of `{}` alone, not the whole", operator.as_str());
            found.push((&rules::NO_UNSAFE_NEGATION, negated.span, message));
        }
        return;
    }
    if !(operator.is_equality() || operator.is_compare()) {
        return;
    }
    let loose = matches!(operator, BinaryOperator::Equality | BinaryOperator::Inequality);
    if loose && !left.is_null() && !right.is_null() {
        let message = format!("`{0}` converts its operands: write `{0}=`", operator.as_str());
        found.push((&rules::EQEQEQ, *span, message));
    }
    for side in [left, right] {
        if is_nan(script, side) {
            let message = format!("nothing is `{}` NaN: call Number.isNaN", operator.as_str());
            found.push((&rules::USE_ISNAN, *span, message));
        }
        if is_negative_zero(side) {
            let message = "-0 compares like 0: call Object.is".to_owned();
            found.push((&rules::NO_COMPARE_NEG_ZERO, *span, message));
        }
    }
    if operator.is_equality() {
        type_of(left, right, found);
        type_of(right, left, found);
    }
}

pub(super) fn switch(script: &Script<'_, '_>, statement: &SwitchStatement<'_>, found: &mut Found) {
    let tests = statement.cases.iter().filter_map(|case| case.test.as_ref());
    for expression in std::iter::once(&statement.discriminant).chain(tests) {
        if is_nan(script, expression) {
            found.push((&rules::USE_ISNAN, expression.span(), "no case is equal to NaN".to_owned()));
        }
    }
}

fn is_nan(script: &Script<'_, '_>, expression: &Expression<'_>) -> bool {
    let expression = expression.without_parentheses();
    script.is_global(expression, "NaN") || expression.is_specific_member_access("Number", "NaN")
}

fn is_negative_zero(expression: &Expression<'_>) -> bool {
    matches!(expression.without_parentheses(), Expression::UnaryExpression(unary)
        if unary.operator == UnaryOperator::UnaryNegation && unary.argument.is_number_0())
}

fn type_of(tested: &Expression<'_>, with: &Expression<'_>, found: &mut Found) {
    let Expression::UnaryExpression(unary) = tested.without_parentheses() else {
        return;
    };
    if unary.operator != UnaryOperator::Typeof {
        return;
    }
    if let Expression::StringLiteral(name) = with.without_parentheses()
        && !TYPES.contains(&name.value.as_str())
    {
        let message = format!("`typeof` never gives `{}`", name.value);
        found.push((&rules::VALID_TYPEOF, name.span, message));
    }
}
