//! `no-constant-binary-expression`.

use oxc::ast::AstKind;
use oxc::ast::ast::{BinaryExpression, BinaryOperator, Expression, LogicalOperator, UnaryOperator};
use oxc::span::GetSpan;

use crate::languages::script::{Found, Script};
use crate::rules;

/// Classes of which `new` makes an object each time.
const CLASSES: &[&str] = &[
    "Array",
    "ArrayBuffer",
    "Boolean",
    "DataView",
    "Date",
    "Error",
    "EvalError",
    "Map",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "RegExp",
    "Set",
    "String",
    "SyntaxError",
    "TypeError",
    "URIError",
    "WeakMap",
    "WeakRef",
    "WeakSet",
];

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    let values = Values { script };
    for node in script.semantic.nodes().iter() {
        match node.kind() {
            AstKind::LogicalExpression(logical) => {
                let operator = logical.operator.as_str();
                let constant = match logical.operator {
                    LogicalOperator::And | LogicalOperator::Or => values.has_constant_truth(&logical.left),
                    LogicalOperator::Coalesce => values.has_constant_nullishness(&logical.left, false),
                };
                if constant {
                    let message = format!("the left of `{operator}` decides the same way each time");
                    found.push((&rules::NO_CONSTANT_BINARY_EXPRESSION, logical.left.span(), message));
                }
            }
            AstKind::BinaryExpression(binary) => compared(&values, binary, found),
            _ => {}
        }
    }
}

fn compared(values: &Values<'_, '_, '_>, binary: &BinaryExpression<'_>, found: &mut Found) {
    let BinaryExpression { left, right, operator, .. } = binary;
    let strict = matches!(operator, BinaryOperator::StrictEquality | BinaryOperator::StrictInequality);
    let loose = matches!(operator, BinaryOperator::Equality | BinaryOperator::Inequality);
    if !strict && !loose {
        return;
    }
    let constant = |one: &Expression<'_>, other: &Expression<'_>| {
        let null = one.without_parentheses().is_null() || values.is_undefined(one);
        let boolean = matches!(one.without_parentheses(), Expression::BooleanLiteral(_));
        if strict {
            (null && values.has_constant_strict_type(other)) || (boolean && values.is_never_boolean(other))
        } else {
            (null && values.has_constant_nullishness(other, true))
                || (boolean && values.is_plain_literal(other))
        }
    };
    let fresh = |one: &Expression<'_>| values.is_fresh(one);
    let report = if constant(left, right) || constant(right, left) {
        "the operands' types decide the comparison"
    } else if (strict && (fresh(left) || fresh(right))) || (loose && fresh(left) && fresh(right)) {
        "an object that was just made is equal to nothing"
    } else {
        return;
    };
    found.push((&rules::NO_CONSTANT_BINARY_EXPRESSION, binary.span, report.to_owned()));
}

/// What can be said of a value before the program runs.
struct Values<'v, 's, 'a> {
    script: &'v Script<'s, 'a>,
}

impl Values<'_, '_, '_> {
    fn is_undefined(&self, expression: &Expression<'_>) -> bool {
        match expression.without_parentheses() {
            Expression::UnaryExpression(unary) => unary.operator == UnaryOperator::Void,
            Expression::Identifier(name) => {
                name.name == "undefined" && self.script.semantic.is_reference_to_global_variable(name)
            }
            _ => false,
        }
    }

    /// Whether it is always true, or always false, as a condition.
    fn has_constant_truth(&self, expression: &Expression<'_>) -> bool {
        match expression.without_parentheses() {
            Expression::ArrayExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::BigIntLiteral(_)
            | Expression::BooleanLiteral(_)
            | Expression::ClassExpression(_)
            | Expression::FunctionExpression(_)
            | Expression::NewExpression(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::ObjectExpression(_)
            | Expression::RegExpLiteral(_)
            | Expression::StringLiteral(_) => true,
            Expression::TemplateLiteral(template) => {
                template.expressions.is_empty()
                    || template.quasis.iter().any(|quasi| !quasi.value.raw.is_empty())
            }
            Expression::UnaryExpression(unary) => match unary.operator {
                UnaryOperator::Void | UnaryOperator::Typeof => true,
                UnaryOperator::LogicalNot => self.has_constant_truth(&unary.argument),
                UnaryOperator::Delete => false,
                _ => self.is_number(&unary.argument),
            },
            Expression::LogicalExpression(logical) => {
                let (left, right) = (&logical.left, &logical.right);
                let decides = |side: &Expression<'_>| match side.without_parentheses() {
                    Expression::BooleanLiteral(literal) => {
                        (logical.operator == LogicalOperator::Or && literal.value)
                            || (logical.operator == LogicalOperator::And && !literal.value)
                    }
                    _ => false,
                };
                (self.has_constant_truth(left) && self.has_constant_truth(right))
                    || decides(left)
                    || decides(right)
            }
            Expression::AssignmentExpression(assignment) if assignment.operator.is_assign() => {
                self.has_constant_truth(&assignment.right)
            }
            Expression::SequenceExpression(sequence) => {
                sequence.expressions.last().is_some_and(|last| self.has_constant_truth(last))
            }
            other => self.is_undefined(other),
        }
    }

    fn is_number(&self, expression: &Expression<'_>) -> bool {
        matches!(
            expression.without_parentheses(),
            Expression::NumericLiteral(_) | Expression::BigIntLiteral(_)
        )
    }

    /// Whether it is always null or undefined, or never. `loose`: a comparison with `==` asks.
    fn has_constant_nullishness(&self, expression: &Expression<'_>, loose: bool) -> bool {
        match expression.without_parentheses() {
            Expression::NullLiteral(_) => !loose,
            Expression::ArrayExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::BigIntLiteral(_)
            | Expression::BinaryExpression(_)
            | Expression::BooleanLiteral(_)
            | Expression::ClassExpression(_)
            | Expression::FunctionExpression(_)
            | Expression::NewExpression(_)
            | Expression::NumericLiteral(_)
            | Expression::ObjectExpression(_)
            | Expression::RegExpLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::TemplateLiteral(_)
            | Expression::UnaryExpression(_)
            | Expression::UpdateExpression(_) => !(loose && self.is_undefined(expression)),
            Expression::CallExpression(call) => {
                ["Boolean", "String", "Number"].iter().any(|name| self.script.is_global(&call.callee, name))
            }
            Expression::LogicalExpression(logical) => {
                logical.operator == LogicalOperator::Coalesce && self.is_never_nullish(&logical.right)
            }
            Expression::AssignmentExpression(assignment) => match assignment.operator {
                operator if operator.is_assign() => self.has_constant_nullishness(&assignment.right, loose),
                operator => !operator.is_logical(),
            },
            Expression::SequenceExpression(sequence) => {
                sequence.expressions.last().is_some_and(|last| self.has_constant_nullishness(last, loose))
            }
            other => !loose && self.is_undefined(other),
        }
    }

    fn is_never_nullish(&self, expression: &Expression<'_>) -> bool {
        !expression.without_parentheses().is_null()
            && !self.is_undefined(expression)
            && self.has_constant_nullishness(expression, true)
    }

    /// Whether it is never null, and never undefined, of which it is compared with one by `===`.
    fn has_constant_strict_type(&self, expression: &Expression<'_>) -> bool {
        match expression.without_parentheses() {
            Expression::NullLiteral(_) => true,
            other => self.is_undefined(other) || self.is_never_nullish(other),
        }
    }

    /// Whether it is of another type than boolean each time.
    fn is_never_boolean(&self, expression: &Expression<'_>) -> bool {
        match expression.without_parentheses() {
            Expression::ArrayExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::BigIntLiteral(_)
            | Expression::BooleanLiteral(_)
            | Expression::ClassExpression(_)
            | Expression::FunctionExpression(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::ObjectExpression(_)
            | Expression::RegExpLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::TemplateLiteral(_)
            | Expression::UpdateExpression(_) => true,
            Expression::UnaryExpression(unary) => {
                !matches!(unary.operator, UnaryOperator::LogicalNot | UnaryOperator::Delete)
            }
            other => self.is_undefined(other),
        }
    }

    fn is_plain_literal(&self, expression: &Expression<'_>) -> bool {
        matches!(
            expression.without_parentheses(),
            Expression::BooleanLiteral(_)
                | Expression::NullLiteral(_)
                | Expression::NumericLiteral(_)
                | Expression::StringLiteral(_)
                | Expression::ArrowFunctionExpression(_)
                | Expression::FunctionExpression(_)
                | Expression::ClassExpression(_)
                | Expression::ObjectExpression(_)
        ) || self.is_undefined(expression)
    }

    /// Whether it is an object that nothing else can be.
    fn is_fresh(&self, expression: &Expression<'_>) -> bool {
        match expression.without_parentheses() {
            Expression::ArrayExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::ClassExpression(_)
            | Expression::FunctionExpression(_)
            | Expression::ObjectExpression(_)
            | Expression::RegExpLiteral(_) => true,
            Expression::NewExpression(new) => {
                CLASSES.iter().any(|name| self.script.is_global(&new.callee, name))
            }
            Expression::AssignmentExpression(assignment) if assignment.operator.is_assign() => {
                self.is_fresh(&assignment.right)
            }
            Expression::SequenceExpression(sequence) => {
                sequence.expressions.last().is_some_and(|last| self.is_fresh(last))
            }
            Expression::ConditionalExpression(choice) => {
                self.is_fresh(&choice.consequent) && self.is_fresh(&choice.alternate)
            }
            _ => false,
        }
    }
}
