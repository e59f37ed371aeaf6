//! Rules about calls.

use oxc::ast::ast::{Argument, CallExpression, Expression, NewExpression};
use oxc::span::GetSpan;

use crate::languages::script::{Found, Script};
use crate::rules;

const NAMESPACES: &[&str] = &["Atomics", "Intl", "JSON", "Math", "Reflect"];
const PROTOTYPE: &[&str] = &["hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"];

pub(super) fn call(script: &Script<'_, '_>, call: &CallExpression<'_>, found: &mut Found) {
    namespace(script, &call.callee, found);
    let Expression::StaticMemberExpression(member) = call.callee.without_parentheses() else {
        return;
    };
    let name = member.property.name.as_str();
    if PROTOTYPE.contains(&name) && !script.is_global(&member.object, "Object") {
        let message =
            format!("an object may have no `{name}`, or another: call Object.prototype.{name}.call");
        found.push((&rules::NO_PROTOTYPE_BUILTINS, member.property.span, message));
    }
}

pub(super) fn new(script: &Script<'_, '_>, expression: &NewExpression<'_>, found: &mut Found) {
    namespace(script, &expression.callee, found);
    for name in ["Symbol", "BigInt"] {
        if script.is_global(&expression.callee, name) {
            let message = format!("`{name}` can't be called with `new`");
            found.push((&rules::NO_NEW_NATIVE_NONCONSTRUCTOR, expression.callee.span(), message));
        }
    }
    if !script.is_global(&expression.callee, "Promise") {
        return;
    }
    let is_async = match expression.arguments.first() {
        Some(Argument::FunctionExpression(function)) => function.r#async,
        Some(Argument::ArrowFunctionExpression(function)) => function.r#async,
        _ => false,
    };
    if let Some(executor) = expression.arguments.first().filter(|_| is_async) {
        let message = "what an async executor throws is lost".to_owned();
        found.push((&rules::NO_ASYNC_PROMISE_EXECUTOR, executor.span(), message));
    }
}

fn namespace(script: &Script<'_, '_>, callee: &Expression<'_>, found: &mut Found) {
    if let Some(name) = NAMESPACES.iter().find(|name| script.is_global(callee, name)) {
        found.push((&rules::NO_OBJ_CALLS, callee.span(), format!("`{name}` is no function")));
    }
}
