//! The names that a `CommonJS` file exports, found without running it: a module that imports them is linked before.

use oxc::ast::ast::{
    Argument, AssignmentExpression, AssignmentTarget, CallExpression, Expression, ObjectPropertyKind,
    Program, Statement,
};

/// What a file exports.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By name.
    pub(crate) own: Vec<String>,
    /// What it requires to export all of.
    pub(crate) all_of: Vec<String>,
}

/// Looks through the statements at the top, and in blocks and calls at the top.
pub(super) fn names(program: &Program<'_>) -> Names {
    let mut names = Names::default();
    statements(&program.body, &mut names, 0);
    names.own.sort_unstable();
    names.own.dedup();
    names
}

/// Blocks within blocks are followed so far.
const MAX_DEPTH: usize = 8;

fn statements(list: &[Statement<'_>], names: &mut Names, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    for statement in list {
        match statement {
            Statement::ExpressionStatement(statement) => expression(&statement.expression, names, depth),
            Statement::BlockStatement(block) => statements(&block.body, names, depth + 1),
            Statement::IfStatement(choice) => {
                statements(std::slice::from_ref(&choice.consequent), names, depth + 1);
                if let Some(alternate) = &choice.alternate {
                    statements(std::slice::from_ref(alternate), names, depth + 1);
                }
            }
            Statement::TryStatement(attempt) => statements(&attempt.block.body, names, depth + 1),
            Statement::VariableDeclaration(declaration) => {
                for value in declaration.declarations.iter().filter_map(|declarator| declarator.init.as_ref())
                {
                    expression(value, names, depth);
                }
            }
            _ => {}
        }
    }
}

fn expression(value: &Expression<'_>, names: &mut Names, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value.get_inner_expression() {
        Expression::AssignmentExpression(assignment) => assigned(assignment, names, depth),
        Expression::SequenceExpression(sequence) => {
            for value in &sequence.expressions {
                expression(value, names, depth + 1);
            }
        }
        Expression::CallExpression(call) => called(call, names, depth),
        Expression::UnaryExpression(unary) => expression(&unary.argument, names, depth + 1),
        Expression::LogicalExpression(logical) => expression(&logical.right, names, depth + 1),
        _ => {}
    }
}

fn assigned(assignment: &AssignmentExpression<'_>, names: &mut Names, depth: usize) {
    if let AssignmentTarget::StaticMemberExpression(member) = &assignment.left {
        if is_exports(&member.object) {
            names.own.push(member.property.name.to_string());
        } else if member.object.is_specific_id("module") && member.property.name == "exports" {
            whole(&assignment.right, names);
        }
    } else if let AssignmentTarget::ComputedMemberExpression(member) = &assignment.left
        && let Expression::StringLiteral(name) = &member.expression
        && is_exports(&member.object)
    {
        names.own.push(name.value.to_string());
    }
    // `exports.a = exports.b = …`
    expression(&assignment.right, names, depth + 1);
}

/// `module.exports = …`
fn whole(mut value: &Expression<'_>, names: &mut Names) {
    while let Expression::AssignmentExpression(assignment) = value.get_inner_expression() {
        value = &assignment.right;
    }
    match value.get_inner_expression() {
        Expression::ObjectExpression(object) => {
            for property in &object.properties {
                match property {
                    ObjectPropertyKind::ObjectProperty(property) => {
                        names.own.extend(property.key.static_name().map(|name| name.to_string()));
                    }
                    ObjectPropertyKind::SpreadProperty(spread) => {
                        names.all_of.extend(required(&spread.argument));
                    }
                }
            }
        }
        value => names.all_of.extend(required(value)),
    }
}

fn required(value: &Expression<'_>) -> Option<String> {
    let Expression::CallExpression(call) = value.get_inner_expression() else { return None };
    Some(call.common_js_require()?.value.to_string())
}

/// `Object.defineProperty(exports, 'a', …)`, `__exportStar(require('a'), exports)`, and functions that are called
/// where they stand.
fn called(call: &CallExpression<'_>, names: &mut Names, depth: usize) {
    let first = call.arguments.first().and_then(Argument::as_expression);
    let second = call.arguments.get(1).and_then(Argument::as_expression);
    if call.callee.is_specific_member_access("Object", "defineProperty") {
        if let (Some(object), Some(Expression::StringLiteral(name))) = (first, second)
            && is_exports(object)
        {
            names.own.push(name.value.to_string());
        }
        return;
    }
    let name = match &call.callee {
        Expression::Identifier(callee) => callee.name.as_str(),
        Expression::StaticMemberExpression(member) => member.property.name.as_str(),
        _ => "",
    };
    if matches!(name, "__exportStar" | "__export") {
        names.all_of.extend(first.and_then(required));
        return;
    }
    let body = match call.callee.get_inner_expression() {
        Expression::FunctionExpression(function) => function.body.as_ref(),
        Expression::ArrowFunctionExpression(function) => match &function.body {
            oxc::ast::ast::ArrowFunctionBody::FunctionBody(body) => Some(body),
            _ => None,
        },
        _ => None,
    };
    if let Some(body) = body {
        statements(&body.statements, names, depth + 1);
    }
}

fn is_exports(value: &Expression<'_>) -> bool {
    value.is_specific_id("exports") || value.is_specific_member_access("module", "exports")
}
