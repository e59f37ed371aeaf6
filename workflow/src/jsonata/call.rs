//! Calling functions.

use std::rc::Rc;

use super::ast::{Kind, Node};
use super::error::Fault;
use super::evaluate::{Evaluator, shown};
use super::frame::{Frame, Name};
use super::functions::{self, Function};
use super::value::Val;

/// What a call gave: a value, or a call that remains to be made in its place.
enum Outcome<'a> {
    Value(Val<'a>),
    Call(Val<'a>, Vec<Val<'a>>),
}

impl<'a> Evaluator<'a> {
    /// A call; `first` is an argument before those that are written, from `~>`.
    pub(super) fn call(
        &self,
        node: &'a Node,
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
        first: Option<Val<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let Kind::Call { procedure, arguments, .. } = &node.kind else {
            return Ok(Val::Undefined);
        };
        let (function, values) = self.prepared(procedure, arguments, input, frame, first)?;
        self.apply(&function, values, input)
    }

    fn prepared(
        &self,
        procedure: &'a Node,
        arguments: &'a [Node],
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
        first: Option<Val<'a>>,
    ) -> Result<(Val<'a>, Vec<Val<'a>>), Fault> {
        let function = self.evaluate(procedure, input, frame)?;
        if function.is_undefined() {
            return Err(not_a_function(procedure, &function, "T1005"));
        }
        let mut values: Vec<Val<'a>> = first.into_iter().collect();
        for argument in arguments {
            values.push(self.evaluate(argument, input, frame)?);
        }
        if function.as_function().is_none() {
            return Err(not_a_function(procedure, &function, "T1006"));
        }
        Ok((function, values))
    }

    /// Applies a function, and the calls that it ends with, one after the other.
    pub(super) fn apply(
        &self,
        function: &Val<'a>,
        arguments: Vec<Val<'a>>,
        input: &Val<'a>,
    ) -> Result<Val<'a>, Fault> {
        let mut function = function.clone();
        let mut arguments = arguments;
        loop {
            self.spend(1)?;
            match self.deeper(|| self.apply_once(&function, arguments, input))? {
                Outcome::Value(value) => return Ok(value),
                Outcome::Call(next, values) => {
                    function = next;
                    arguments = values;
                }
            }
        }
    }

    fn apply_once(
        &self,
        function: &Val<'a>,
        arguments: Vec<Val<'a>>,
        input: &Val<'a>,
    ) -> Result<Outcome<'a>, Fault> {
        let Val::Function(function) = function else {
            return Err(Fault::new("T1006", format!("{} isn't a function", shown(function))));
        };
        match &**function {
            Function::Builtin(builtin) => {
                let arguments = builtin.signature().validate(self, arguments, input)?;
                (builtin.body)(self, &arguments).map(Outcome::Value)
            }
            Function::Lambda { lambda, input: own, frame } => {
                let arguments = match &lambda.signature {
                    Some(signature) => signature.validate(self, arguments, input)?,
                    None => arguments,
                };
                let mut values = arguments.into_iter();
                let names = lambda.parameters.iter();
                let bindings =
                    names.map(|name| (Name::Variable(name), values.next().unwrap_or(Val::Undefined)));
                let frame = Frame::within(frame, bindings.collect());
                self.tail(&lambda.body, own, &frame)
            }
            Function::Partial { function, bound } => {
                let mut rest = arguments.into_iter();
                let arguments = bound.iter().map(|bound| match bound {
                    Some(value) => value.clone(),
                    None => rest.next().unwrap_or(Val::Undefined),
                });
                Ok(Outcome::Call(function.clone(), arguments.collect()))
            }
            Function::Chain(first, second) => {
                let value = self.apply(first, arguments, input)?;
                Ok(Outcome::Call(second.clone(), vec![value]))
            }
            Function::Matcher(pattern) => {
                let text = arguments.first().and_then(Val::as_text).unwrap_or_default();
                functions::find_match(self, pattern, text, None).map(Outcome::Value)
            }
            // At the end of the text there is no further match.
            Function::NextMatch { text, from, .. } if *from >= text.len() => {
                Ok(Outcome::Value(Val::Undefined))
            }
            Function::NextMatch { pattern, text, from } => {
                functions::find_match(self, pattern, text, Some(*from)).map(Outcome::Value)
            }
            Function::Transform { node, frame } => {
                let subject = arguments.into_iter().next().unwrap_or(Val::Undefined);
                self.transform(node, &subject, frame).map(Outcome::Value)
            }
        }
    }

    /// Evaluates the body of a function up to a call that it ends with.
    fn tail(&self, node: &'a Node, input: &Val<'a>, frame: &Rc<Frame<'a>>) -> Result<Outcome<'a>, Fault> {
        match &node.kind {
            Kind::Call { procedure, arguments, tail: true } => {
                self.spend(1)?;
                let (function, values) = self.prepared(procedure, arguments, input, frame, None)?;
                Ok(Outcome::Call(function, values))
            }
            Kind::Condition { condition, then, otherwise }
                if node.predicates.is_empty() && node.group.is_none() =>
            {
                self.spend(1)?;
                if self.truthy(&self.evaluate(condition, input, frame)?)? {
                    return self.tail(then, input, frame);
                }
                match otherwise {
                    Some(otherwise) => self.tail(otherwise, input, frame),
                    None => Ok(Outcome::Value(Val::Undefined)),
                }
            }
            Kind::Block(items) if node.predicates.is_empty() && node.group.is_none() && !items.is_empty() => {
                self.spend(1)?;
                let frame = Frame::within(frame, Vec::new());
                let last = items.len() - 1;
                for item in &items[..last] {
                    self.evaluate(item, input, &frame)?;
                }
                self.tail(&items[last], input, &frame)
            }
            _ => self.evaluate(node, input, frame).map(Outcome::Value),
        }
    }

    /// `$f(?, 1)`.
    pub(super) fn partial(
        &self,
        procedure: &'a Node,
        arguments: &'a [Option<Node>],
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let mut bound = Vec::with_capacity(arguments.len());
        for argument in arguments {
            bound.push(match argument {
                Some(argument) => Some(self.evaluate(argument, input, frame)?),
                None => None,
            });
        }
        let function = self.evaluate(procedure, input, frame)?;
        if function.as_function().is_none() {
            let code = if function.is_undefined() { "T1007" } else { "T1008" };
            return Err(not_a_function(procedure, &function, code));
        }
        Ok(Val::Function(Rc::new(Function::Partial { function, bound })))
    }

    /// `left ~> right`.
    pub(super) fn apply_operator(
        &self,
        left: &'a Node,
        right: &'a Node,
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let subject = self.evaluate(left, input, frame)?;
        if let Kind::Call { .. } = right.kind
            && right.predicates.is_empty()
        {
            return self.call(right, input, frame, Some(subject));
        }
        let function = self.evaluate(right, input, frame)?;
        if function.as_function().is_none() {
            return Err(Fault::new(
                "T2006",
                format!("the right side of `~>` must be a function, not {}", shown(&function)),
            ));
        }
        if subject.as_function().is_some() {
            return Ok(Val::Function(Rc::new(Function::Chain(subject, function))));
        }
        self.apply(&function, vec![subject], &Val::Undefined)
    }

    /// Calls a function that was given as an argument, with as many of these values as it takes.
    pub(super) fn callback(&self, function: &Val<'a>, mut arguments: Vec<Val<'a>>) -> Result<Val<'a>, Fault> {
        if let Some(function) = function.as_function() {
            arguments.truncate(function.arity().max(1));
        }
        self.apply(function, arguments, &Val::Undefined)
    }
}

fn not_a_function(procedure: &Node, found: &Val<'_>, code: &'static str) -> Fault {
    match &procedure.kind {
        Kind::Variable(name) if found.is_undefined() => {
            Fault::new("T1006", format!("there is no function `${name}`"))
        }
        Kind::Path { steps, .. } => match steps.first().map(|step| &step.kind) {
            Some(Kind::Name(name)) if functions::exists(name) => {
                Fault::new(code, format!("`{name}` isn't a function: is `${name}` meant?"))
            }
            _ => Fault::new("T1006", format!("{} isn't a function", shown(found))),
        },
        _ => Fault::new("T1006", format!("{} isn't a function", shown(found))),
    }
}
