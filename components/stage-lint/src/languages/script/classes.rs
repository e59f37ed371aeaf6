//! Rules about objects, classes and functions.

use std::collections::HashSet;

use oxc::ast::AstKind;
use oxc::ast::ast::{
    ClassBody, ClassElement, Function, MethodDefinitionKind, ObjectExpression, ObjectPropertyKind,
    PropertyKind, Statement,
};
use oxc::semantic::NodeId;
use oxc::span::{GetSpan, Span};

use crate::languages::script::{Found, Script};
use crate::rules;

pub(super) fn check(script: &Script<'_, '_>, found: &mut Found) {
    let nodes = script.semantic.nodes();
    let mut functions = Functions::default();
    for node in nodes.iter() {
        match node.kind() {
            AstKind::ObjectExpression(object) => keys(object, found),
            AstKind::ClassBody(body) => members(body, found),
            AstKind::ReturnStatement(statement) if statement.argument.is_some() => {
                functions.return_values.extend(function_of(script, node.id()));
                functions.returns.push((node.id(), statement.span));
            }
            AstKind::YieldExpression(_) => functions.yields.extend(function_of(script, node.id())),
            _ => {}
        }
    }
    for node in nodes.iter() {
        if let AstKind::Function(function) = node.kind() {
            functions.check(script, node.id(), function, found);
        }
    }
    for (statement, span) in &functions.returns {
        let setter = function_of(script, *statement).is_some_and(|function| is_setter(script, function));
        if setter {
            found.push((&rules::NO_SETTER_RETURN, *span, "what a setter returns is lost".to_owned()));
        }
    }
}

/// What was seen in the functions, those within them apart.
#[derive(Default)]
struct Functions {
    return_values: HashSet<NodeId>,
    yields: HashSet<NodeId>,
    returns: Vec<(NodeId, Span)>,
}

impl Functions {
    fn check(&self, script: &Script<'_, '_>, id: NodeId, function: &Function<'_>, found: &mut Found) {
        let Some(body) = &function.body else { return };
        let head = Span::new(function.span.start, function.params.span.start.max(function.span.start));
        if function.generator && !body.statements.is_empty() && !self.yields.contains(&id) {
            found.push((&rules::REQUIRE_YIELD, head, "the generator never yields".to_owned()));
        }
        let getter = match script.semantic.nodes().parent_kind(id) {
            AstKind::MethodDefinition(method) => method.kind == MethodDefinitionKind::Get,
            AstKind::ObjectProperty(property) => property.kind == PropertyKind::Get,
            _ => false,
        };
        let throws = || matches!(body.statements.last(), Some(Statement::ThrowStatement(_)));
        if getter && !self.return_values.contains(&id) && !throws() {
            let span = script.semantic.nodes().parent_kind(id).span();
            let span = Span::new(span.start, function.params.span.start.max(span.start));
            found.push((&rules::GETTER_RETURN, span, "the getter returns nothing".to_owned()));
        }
    }
}

/// The function in whose own code a node stands.
fn function_of(script: &Script<'_, '_>, id: NodeId) -> Option<NodeId> {
    script
        .semantic
        .nodes()
        .ancestor_ids(id)
        .find(|above| script.semantic.nodes().kind(*above).is_function_like())
}

fn is_setter(script: &Script<'_, '_>, function: NodeId) -> bool {
    match script.semantic.nodes().parent_kind(function) {
        AstKind::MethodDefinition(method) => method.kind == MethodDefinitionKind::Set,
        AstKind::ObjectProperty(property) => {
            // The value, not a function within a computed key.
            property.kind == PropertyKind::Set
                && property.value.span() == script.semantic.nodes().kind(function).span()
        }
        _ => false,
    }
}

fn keys(object: &ObjectExpression<'_>, found: &mut Found) {
    let mut seen: HashSet<(String, u8)> = HashSet::new();
    for property in &object.properties {
        let ObjectPropertyKind::ObjectProperty(property) = property else {
            continue;
        };
        let Some(name) = property.key.static_name() else {
            continue;
        };
        let proto = name == "__proto__" && !property.computed && !property.shorthand;
        let key = |kind: PropertyKind| (name.to_string(), kind as u8);
        // A getter and a setter make one property.
        let there = match property.kind {
            PropertyKind::Init => [PropertyKind::Init, PropertyKind::Get, PropertyKind::Set]
                .iter()
                .any(|kind| seen.contains(&key(*kind))),
            kind => seen.contains(&key(kind)) || seen.contains(&key(PropertyKind::Init)),
        };
        if there && !proto {
            let message = format!("the object has key `{name}` twice");
            found.push((&rules::NO_DUPE_KEYS, property.key.span(), message));
        }
        seen.insert(key(property.kind));
    }
}

fn members(body: &ClassBody<'_>, found: &mut Found) {
    let mut seen: HashSet<(String, bool, u8)> = HashSet::new();
    for element in &body.body {
        let (key, is_static, kind) = match element {
            ClassElement::MethodDefinition(method) if method.value.body.is_some() => {
                (&method.key, method.r#static, method.kind)
            }
            ClassElement::PropertyDefinition(property) if !property.declare => {
                (&property.key, property.r#static, MethodDefinitionKind::Method)
            }
            _ => continue,
        };
        let Some(name) = key.static_name().filter(|_| kind != MethodDefinitionKind::Constructor) else {
            continue;
        };
        let entry = |kind: MethodDefinitionKind| (name.to_string(), is_static, kind as u8);
        let there = match kind {
            MethodDefinitionKind::Get | MethodDefinitionKind::Set => {
                seen.contains(&entry(kind)) || seen.contains(&entry(MethodDefinitionKind::Method))
            }
            _ => [MethodDefinitionKind::Get, MethodDefinitionKind::Set, MethodDefinitionKind::Method]
                .iter()
                .any(|kind| seen.contains(&entry(*kind))),
        };
        if there {
            let message = format!("the class has member `{name}` twice");
            found.push((&rules::NO_DUPE_CLASS_MEMBERS, key.span(), message));
        }
        seen.insert(entry(kind));
    }
}
