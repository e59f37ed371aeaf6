//! Rules about statements and control flow.

use oxc::ast::AstKind;
use oxc::ast::ast::{BindingPattern, Expression, IfStatement, Statement, SwitchStatement, TryStatement};
use oxc::semantic::AstNode;
use oxc::span::{GetSpan, Span};

use crate::languages::script::{Found, Script};
use crate::rules;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    for node in script.semantic.nodes().iter() {
        match node.kind() {
            AstKind::DebuggerStatement(statement) => {
                found.push((
                    &rules::NO_DEBUGGER,
                    statement.span,
                    "`debugger` stops every browser".to_owned(),
                ));
            }
            AstKind::WithStatement(statement) => {
                found.push((
                    &rules::NO_WITH,
                    head(statement.span, 4),
                    "`with` makes names ambiguous".to_owned(),
                ));
            }
            AstKind::Program(program) => unreachable_in(&program.body, found),
            AstKind::FunctionBody(body) => unreachable_in(&body.statements, found),
            AstKind::BlockStatement(block) => {
                unreachable_in(&block.body, found);
                if block.body.is_empty() && !script.semantic.has_comments_between(block.span) {
                    found.push((&rules::NO_EMPTY, block.span, "the block is empty".to_owned()));
                }
            }
            AstKind::StaticBlock(block) => {
                unreachable_in(&block.body, found);
                if block.body.is_empty() && !script.semantic.has_comments_between(block.span) {
                    found.push((
                        &rules::NO_EMPTY_STATIC_BLOCK,
                        block.span,
                        "the static block is empty".to_owned(),
                    ));
                }
            }
            AstKind::SwitchStatement(statement) => switch(script, statement, found),
            AstKind::SwitchCase(case) => unreachable_in(&case.consequent, found),
            AstKind::IfStatement(statement) => else_ifs(script, node, statement, found),
            AstKind::TryStatement(statement) => useless_catch(statement, found),
            AstKind::ReturnStatement(_)
            | AstKind::ThrowStatement(_)
            | AstKind::BreakStatement(_)
            | AstKind::ContinueStatement(_) => in_finally(script, node, found),
            AstKind::ObjectPattern(pattern) if pattern.is_empty() => {
                found.push((&rules::NO_EMPTY_PATTERN, pattern.span, "the pattern names nothing".to_owned()));
            }
            AstKind::ArrayPattern(pattern) if pattern.is_empty() => {
                found.push((&rules::NO_EMPTY_PATTERN, pattern.span, "the pattern names nothing".to_owned()));
            }
            _ => {}
        }
    }
}

/// The first word of something.
fn head(span: Span, length: u32) -> Span {
    Span::new(span.start, (span.start + length).min(span.end))
}

/// Whether control never goes on after a statement. Loops are taken to end.
fn leaves(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ReturnStatement(_)
        | Statement::ThrowStatement(_)
        | Statement::BreakStatement(_)
        | Statement::ContinueStatement(_) => true,
        Statement::BlockStatement(block) => block.body.iter().any(leaves),
        Statement::IfStatement(choice) => {
            leaves(&choice.consequent) && choice.alternate.as_ref().is_some_and(leaves)
        }
        Statement::TryStatement(attempt) => {
            let finally = attempt.finalizer.as_ref().is_some_and(|block| block.body.iter().any(leaves));
            let caught = attempt.handler.as_ref().is_none_or(|handler| handler.body.body.iter().any(leaves));
            finally || (caught && attempt.block.body.iter().any(leaves))
        }
        _ => false,
    }
}

fn unreachable_in(statements: &[Statement<'_>], found: &mut Found) {
    let Some(end) = statements.iter().position(leaves) else {
        return;
    };
    let dead = statements[end + 1..].iter().find(|statement| match statement {
        // Hoisted, or nothing at run time.
        Statement::FunctionDeclaration(_) | Statement::EmptyStatement(_) => false,
        Statement::VariableDeclaration(declaration) => !declaration.kind.is_var() || declaration.has_init(),
        statement => !statement.is_typescript_syntax() && !statement.is_declaration_of_module(),
    });
    if let Some(dead) = dead {
        found.push((&rules::NO_UNREACHABLE, dead.span(), "the code is never reached".to_owned()));
    }
}

trait OfModule {
    fn is_declaration_of_module(&self) -> bool;
}

impl OfModule for Statement<'_> {
    fn is_declaration_of_module(&self) -> bool {
        self.as_module_declaration().is_some()
    }
}

fn switch(script: &Script<'_, '_>, statement: &SwitchStatement<'_>, found: &mut Found) {
    if statement.cases.is_empty() && !script.semantic.has_comments_between(statement.span) {
        found.push((&rules::NO_EMPTY, statement.span, "the `switch` has no case".to_owned()));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, case) in statement.cases.iter().enumerate() {
        if let Some(test) = &case.test {
            let text = script.text(test.span());
            if seen.contains(&text) {
                found.push((&rules::NO_DUPLICATE_CASE, test.span(), format!("case `{text}` is there twice")));
            }
            seen.push(text);
        }
        for declared in case.consequent.iter().filter(|statement| declares(statement)) {
            let message = "the declaration is seen by all cases: give this one a block".to_owned();
            found.push((&rules::NO_CASE_DECLARATIONS, declared.span(), message));
        }
        let Some(next) = statement.cases.get(index + 1) else {
            continue;
        };
        let Some(last) = case.consequent.last() else {
            continue;
        };
        let marked = || {
            let between = script.text(Span::new(last.span().start, next.span.start)).to_lowercase();
            ["falls through", "fall through", "fallthrough", "fall-through"]
                .iter()
                .any(|mark| between.contains(mark))
        };
        if !case.consequent.iter().any(leaves) && !marked() {
            let message = "control falls through to this case from the one before".to_owned();
            found.push((&rules::NO_FALLTHROUGH, head(next.span, 7), message));
        }
    }
}

fn declares(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::VariableDeclaration(declaration) => declaration.kind.is_lexical(),
        Statement::FunctionDeclaration(_) | Statement::ClassDeclaration(_) => true,
        _ => false,
    }
}

fn else_ifs(script: &Script<'_, '_>, node: &AstNode<'_>, statement: &IfStatement<'_>, found: &mut Found) {
    let is_else = |above: AstKind<'_>| matches!(above, AstKind::IfStatement(above) if above.alternate.as_ref().is_some_and(|other| other.span() == statement.span));
    if is_else(script.semantic.nodes().parent_kind(node.id())) {
        return;
    }
    let mut seen = vec![script.text(statement.test.span())];
    let mut alternate = statement.alternate.as_ref();
    while let Some(Statement::IfStatement(next)) = alternate {
        let text = script.text(next.test.span());
        if seen.contains(&text) {
            let message = format!("`{text}` was tested before in this chain");
            found.push((&rules::NO_DUPE_ELSE_IF, next.test.span(), message));
        }
        // Chains are looked through a second time at their end: the limit keeps that linear.
        if seen.len() < 64 {
            seen.push(text);
        }
        alternate = next.alternate.as_ref();
    }
}

fn useless_catch(statement: &TryStatement<'_>, found: &mut Found) {
    let Some(handler) = &statement.handler else {
        return;
    };
    let Some(BindingPattern::BindingIdentifier(name)) = handler.param.as_ref().map(|param| &param.pattern)
    else {
        return;
    };
    if let Some(Statement::ThrowStatement(throw)) = handler.body.body.first()
        && let Expression::Identifier(thrown) = &throw.argument
        && thrown.name == name.name
    {
        let message = "`catch` only throws the error again".to_owned();
        found.push((&rules::NO_USELESS_CATCH, head(handler.span, 5), message));
    }
}

/// Whether a jump leaves the `finally` in which it stands.
fn in_finally(script: &Script<'_, '_>, node: &AstNode<'_>, found: &mut Found) {
    let span = node.kind().span();
    let (stops_at_loop, stops_at_switch) = match node.kind() {
        AstKind::BreakStatement(jump) => (jump.label.is_none(), jump.label.is_none()),
        AstKind::ContinueStatement(jump) => (jump.label.is_none(), false),
        _ => (false, false),
    };
    for above in script.semantic.nodes().ancestor_kinds(node.id()) {
        match above {
            kind if kind.is_function_like() => return,
            AstKind::Class(_) | AstKind::StaticBlock(_) => return,
            kind if stops_at_loop && kind.is_iteration_statement() => return,
            AstKind::SwitchStatement(_) if stops_at_switch => return,
            AstKind::TryStatement(attempt)
                if attempt.finalizer.as_ref().is_some_and(|block| block.span.contains_inclusive(span)) =>
            {
                let message = "the jump overrides what left `try` or `catch`".to_owned();
                found.push((&rules::NO_UNSAFE_FINALLY, span, message));
                return;
            }
            _ => {}
        }
    }
}
