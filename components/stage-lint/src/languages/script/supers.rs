//! `constructor-super` and `no-this-before-super`.
//!
//! Follows a constructor through its statements. Where `super()` stands in a loop, a `switch`, a `try` or a function
//! within, the ways through it are too many to follow, and nothing is reported.

use oxc::ast::AstKind;
use oxc::ast::ast::{
    ArrowFunctionExpression, CallExpression, Class, ClassElement, ConditionalExpression, Expression,
    Function, FunctionBody, IfStatement, LogicalExpression, MethodDefinitionKind, Statement, Super,
    ThisExpression,
};
use oxc::ast_visit::{Visit, walk};
use oxc::span::{GetSpan, Span};
use oxc::syntax::scope::ScopeFlags;

use crate::languages::script::{Found, Script};
use crate::rules;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    for node in script.semantic.nodes().iter() {
        let AstKind::Class(class) = node.kind() else { continue };
        let Some((span, body)) = constructor(class) else { continue };
        // Without a class above, `super()` is an error of the syntax.
        let Some(parent) = class.heritage.as_ref().map(|heritage| &heritage.expression) else { continue };
        let mut hard = Hard { depth: 0, found: false };
        hard.visit_function_body(body);
        if hard.found {
            continue;
        }
        let mut walk = Walk {
            may: false,
            must: false,
            ended: false,
            early: Vec::new(),
            twice: Vec::new(),
            lacks: false,
        };
        walk.visit_function_body(body);
        let null = parent.without_parentheses().is_null();
        if !walk.ended && !walk.must {
            walk.lacks = true;
        }
        if walk.lacks && !null {
            let message =
                if walk.may { "`super()` is not called on every way" } else { "`super()` is not called" };
            found.push((&rules::CONSTRUCTOR_SUPER, span, message.to_owned()));
        }
        for span in walk.twice {
            found.push((&rules::CONSTRUCTOR_SUPER, span, "`super()` is called a second time".to_owned()));
        }
        for (span, what) in walk.early.into_iter().filter(|_| !null) {
            let message = format!("`{what}` is used before `super()` was called");
            found.push((&rules::NO_THIS_BEFORE_SUPER, span, message));
        }
    }
}

fn constructor<'b>(class: &'b Class<'_>) -> Option<(Span, &'b FunctionBody<'b>)> {
    class.body.body.iter().find_map(|element| match element {
        ClassElement::MethodDefinition(method) if method.kind == MethodDefinitionKind::Constructor => {
            Some((method.key.span(), method.value.body.as_deref()?))
        }
        _ => None,
    })
}

/// Looks for a `super()` on a way that isn't followed.
struct Hard {
    depth: usize,
    found: bool,
}

impl<'a> Visit<'a> for Hard {
    fn visit_statement(&mut self, statement: &Statement<'a>) {
        let hard = statement.is_iteration_statement()
            || matches!(
                statement,
                Statement::SwitchStatement(_) | Statement::TryStatement(_) | Statement::LabeledStatement(_)
            );
        self.depth += usize::from(hard);
        walk::walk_statement(self, statement);
        self.depth -= usize::from(hard);
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        self.depth += 1;
        walk::walk_arrow_function_expression(self, function);
        self.depth -= 1;
    }

    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_class(&mut self, _: &Class<'a>) {}

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.found |= self.depth > 0 && matches!(call.callee, Expression::Super(_));
        walk::walk_call_expression(self, call);
    }
}

struct Walk {
    /// Whether `super()` was called on some way so far.
    may: bool,
    /// Whether on every way.
    must: bool,
    /// Whether this way has ended.
    ended: bool,
    early: Vec<(Span, &'static str)>,
    twice: Vec<Span>,
    /// Whether a way ends without `super()`.
    lacks: bool,
}

impl Walk {
    /// Follows two ways, and goes on where they meet.
    fn fork(&mut self, one: impl FnOnce(&mut Self), other: impl FnOnce(&mut Self)) {
        let before = (self.may, self.must);
        one(self);
        let first = (self.may, self.must, std::mem::take(&mut self.ended));
        (self.may, self.must) = before;
        other(self);
        match (first.2, self.ended) {
            (true, _) => {}
            (false, true) => (self.may, self.must, self.ended) = (first.0, first.1, false),
            (false, false) => {
                self.may |= first.0;
                self.must &= first.1;
            }
        }
    }
}

impl<'a> Visit<'a> for Walk {
    fn visit_statement(&mut self, statement: &Statement<'a>) {
        if self.ended {
            return;
        }
        walk::walk_statement(self, statement);
        match statement {
            Statement::ReturnStatement(returned) => {
                self.lacks |= !self.must && returned.argument.is_none();
                self.ended = true;
            }
            Statement::ThrowStatement(_) => self.ended = true,
            // What ends within these may not be reached.
            statement
                if statement.is_iteration_statement()
                    || matches!(
                        statement,
                        Statement::SwitchStatement(_)
                            | Statement::TryStatement(_)
                            | Statement::LabeledStatement(_)
                    ) =>
            {
                self.ended = false;
            }
            _ => {}
        }
    }

    fn visit_if_statement(&mut self, statement: &IfStatement<'a>) {
        self.visit_expression(&statement.test);
        self.fork(
            |walk| walk.visit_statement(&statement.consequent),
            |walk| {
                if let Some(other) = &statement.alternate {
                    walk.visit_statement(other);
                }
            },
        );
    }

    fn visit_conditional_expression(&mut self, choice: &ConditionalExpression<'a>) {
        self.visit_expression(&choice.test);
        self.fork(
            |walk| walk.visit_expression(&choice.consequent),
            |walk| walk.visit_expression(&choice.alternate),
        );
    }

    fn visit_logical_expression(&mut self, logical: &LogicalExpression<'a>) {
        self.visit_expression(&logical.left);
        self.fork(|walk| walk.visit_expression(&logical.right), |_| {});
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if !matches!(call.callee, Expression::Super(_)) {
            walk::walk_call_expression(self, call);
            return;
        }
        self.visit_arguments(&call.arguments);
        if self.may {
            self.twice.push(call.span);
        }
        (self.may, self.must) = (true, true);
    }

    fn visit_this_expression(&mut self, this: &ThisExpression) {
        if !self.must {
            self.early.push((this.span, "this"));
        }
    }

    fn visit_super(&mut self, it: &Super) {
        if !self.must {
            self.early.push((it.span, "super"));
        }
    }

    // These run at another time.
    fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}

    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_class(&mut self, _: &Class<'a>) {}
}
