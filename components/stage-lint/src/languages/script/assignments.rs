//! `no-useless-assignment`, for the assignments of which it is certain: those that the next statement about the
//! variable overwrites, and those after which nothing reads it. Loops, `try` and functions within, which may read
//! it at another time, are left alone.

use oxc::ast::AstKind;
use oxc::semantic::{AstNode, NodeId, Reference, SymbolId};
use oxc::span::{GetSpan, Span};

use crate::languages::script::{Found, Script};
use crate::rules;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    let scoping = script.semantic.scoping();
    for symbol in scoping.symbol_ids() {
        let flags = scoping.symbol_flags(symbol);
        let foreign = !script.own_names && scoping.symbol_scope_id(symbol) == scoping.root_scope_id();
        if !flags.is_variable() || flags.is_const_variable() || foreign {
            continue;
        }
        let Some(uses) = Uses::of(script, symbol) else { continue };
        for assignment in &uses.assignments {
            if uses.is_useless(script, assignment) {
                let message = format!("what `{}` is given here is never read", scoping.symbol_name(symbol));
                found.push((&rules::NO_USELESS_ASSIGNMENT, assignment.name, message));
            }
        }
    }
}

/// A statement that does nothing but to assign to a variable, or that declares it with a value.
struct Assignment {
    /// The variable's name in it.
    name: Span,
    statement: Span,
    /// What the statement is directly part of.
    list: NodeId,
    /// Whether it runs at most once each time that its function does, and what it throws leaves the function.
    straight: bool,
}

/// How a variable is used.
struct Uses {
    /// In their order.
    assignments: Vec<Assignment>,
    /// Where it is read, and where it is assigned to in other ways, in their order.
    others: Vec<u32>,
}

impl Uses {
    /// None for a variable that is exported, never read, or used in several functions.
    fn of(script: &Script<'_, '_>, symbol: SymbolId) -> Option<Self> {
        let (scoping, nodes) = (script.semantic.scoping(), script.semantic.nodes());
        let declaration = scoping.symbol_declaration(symbol);
        let own = nodes.ancestor_kinds(declaration).take_while(|above| !above.is_function_like());
        let exported = own.into_iter().any(|above| {
            matches!(above, AstKind::ExportDeclaration(_) | AstKind::ExportDefaultDeclaration(_))
        });
        let references: Vec<&Reference> = script.semantic.symbol_references(symbol).collect();
        let home = function_of(script, declaration);
        let elsewhere = references.iter().any(|reference| function_of(script, reference.node_id()) != home);
        if exported || elsewhere || !references.iter().any(|reference| reference.is_read()) {
            return None;
        }
        let mut uses = Self { assignments: Vec::new(), others: Vec::new() };
        if let AstKind::VariableDeclarator(declarator) = nodes.kind(declaration)
            && declarator.init.is_some()
            && declarator.id.is_binding_identifier()
        {
            uses.assignments.extend(statement(script, declaration, declarator.id.span()));
        }
        for reference in references {
            let name = script.semantic.reference_span(reference);
            let plain = reference.is_write() && !reference.is_read();
            match statement(script, reference.node_id(), name).filter(|_| plain) {
                Some(assignment) => uses.assignments.push(assignment),
                None => uses.others.push(name.start),
            }
        }
        uses.assignments.sort_unstable_by_key(|assignment| assignment.statement.start);
        uses.others.sort_unstable();
        Some(uses)
    }

    fn is_useless(&self, script: &Script<'_, '_>, assignment: &Assignment) -> bool {
        let after = assignment.statement.end;
        let within = self.others.partition_point(|used| *used < assignment.statement.start);
        if !assignment.straight || self.others.get(within).is_some_and(|used| *used < after) {
            return false;
        }
        let read = self.others.get(within).copied();
        let next = self.assignments.partition_point(|next| next.statement.start < after);
        match (read, self.assignments.get(next)) {
            (None, None) => true,
            (read, Some(next)) => {
                let between = script.text(Span::new(after, next.statement.start));
                let leaves =
                    ["break", "continue", "return", "yield"].iter().any(|word| between.contains(word));
                next.list == assignment.list && !leaves && read.is_none_or(|read| read >= next.statement.end)
            }
            (Some(_), None) => false,
        }
    }
}

/// The statement that only assigns, if a name stands in one.
fn statement(script: &Script<'_, '_>, node: NodeId, name: Span) -> Option<Assignment> {
    let nodes = script.semantic.nodes();
    let mut above = nodes.ancestors(node);
    let statement = match nodes.kind(node) {
        AstKind::VariableDeclarator(_) => above.next()?,
        _ => {
            let assignment = above.find(|above| matches!(above.kind(), AstKind::AssignmentExpression(_)))?;
            match assignment.kind() {
                AstKind::AssignmentExpression(expression)
                    if expression.left.span() == name && expression.operator.is_assign() => {}
                _ => return None,
            }
            let statement = above.next()?;
            matches!(statement.kind(), AstKind::ExpressionStatement(_)).then_some(statement)?
        }
    };
    let list = above.next()?;
    let in_list = matches!(
        list.kind(),
        AstKind::Program(_) | AstKind::FunctionBody(_) | AstKind::BlockStatement(_) | AstKind::StaticBlock(_)
    );
    let crooked = |kind: AstKind<'_>| {
        kind.is_iteration_statement()
            || matches!(
                kind,
                AstKind::TryStatement(_) | AstKind::LabeledStatement(_) | AstKind::SwitchCase(_)
            )
    };
    let straight = std::iter::once(list.kind())
        .chain(above.map(AstNode::kind))
        .take_while(|kind| !kind.is_function_like())
        .all(|kind| !crooked(kind));
    in_list.then(|| Assignment { name, statement: statement.kind().span(), list: list.id(), straight })
}

/// The function in whose code a node stands; none at the top.
fn function_of(script: &Script<'_, '_>, node: NodeId) -> Option<NodeId> {
    let nodes = script.semantic.nodes();
    nodes.ancestor_ids(node).find(|above| {
        let kind = nodes.kind(*above);
        kind.is_function_like() || matches!(kind, AstKind::StaticBlock(_) | AstKind::PropertyDefinition(_))
    })
}
