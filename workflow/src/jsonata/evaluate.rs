//! Evaluating the tree.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value;

use super::ast::{Kind, Node, Operator};
use super::error::Fault;
use super::frame::{Frame, Name};
use super::functions::{self, Function};
use super::value::{Array, Val};
use super::{Environment, Inner, MAX_EXPRESSION_DEPTH, MAX_TEXT_BYTES, convert};

/// Bytes of text that are worth one step.
const BYTES_A_STEP: usize = 64;

/// Evaluates one expression once.
pub(super) struct Evaluator<'a> {
    pub(super) environment: &'a dyn Environment,
    pub(super) labels: &'a [usize],
    reads_context: bool,
    input: Val<'a>,
    states: OnceCell<Val<'a>>,
    steps_left: Cell<u64>,
    depth: Cell<usize>,
    /// The scopes that functions hold on to.
    held: RefCell<Vec<Rc<Frame<'a>>>>,
}

impl<'a> Evaluator<'a> {
    /// The value of a tree; `None` where it is undefined.
    pub(super) fn run(
        program: &'a Inner,
        environment: &'a dyn Environment,
        input: Val<'a>,
    ) -> Result<Option<Value>, Fault> {
        let evaluator = Evaluator {
            environment,
            labels: &program.labels,
            reads_context: program.reads_context,
            input: input.clone(),
            states: OnceCell::new(),
            steps_left: Cell::new(environment.steps()),
            depth: Cell::new(0),
            held: RefCell::new(Vec::new()),
        };
        let result = evaluator
            .evaluate(&program.root, &input, &Frame::outermost())
            .and_then(|value| convert::to_json(&value));
        for frame in evaluator.held.borrow().iter() {
            frame.clear();
        }
        result
    }

    /// Spends steps; a fault where none are left.
    pub(super) fn spend(&self, steps: usize) -> Result<(), Fault> {
        let left = self.steps_left.get().checked_sub(steps as u64).ok_or_else(|| {
            let steps = self.environment.steps();
            Fault::new(
                "D1012",
                format!("the expression takes more than {steps} steps: is there an endless recursion?"),
            )
        })?;
        self.steps_left.set(left);
        Ok(())
    }

    /// Spends what a text costs; a fault where it is too long.
    pub(super) fn spend_text(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > MAX_TEXT_BYTES {
            return Err(Fault::new("D1011", format!("a text would have more than {MAX_TEXT_BYTES} bytes")));
        }
        self.spend(bytes / BYTES_A_STEP)
    }

    /// One level of evaluation: what is nested too deep ends here, before the stack does.
    pub(super) fn deeper<T>(&self, what: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let depth = self.depth.get();
        if depth >= MAX_EXPRESSION_DEPTH {
            return Err(Fault::new(
                "D1011",
                format!(
                    "the evaluation nests deeper than {MAX_EXPRESSION_DEPTH} levels: is there an endless recursion?"
                ),
            ));
        }
        self.depth.set(depth + 1);
        let result = what();
        self.depth.set(depth);
        result
    }

    /// Remembers a scope that a function holds on to.
    pub(super) fn hold(&self, frame: &Rc<Frame<'a>>) {
        self.held.borrow_mut().push(Rc::clone(frame));
    }

    pub(super) fn evaluate(
        &self,
        node: &'a Node,
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        self.spend(1)?;
        let mut value = self.deeper(|| self.kind(node, input, frame))?;
        for predicate in &node.predicates {
            value = self.filter(predicate, value, frame)?;
        }
        if let Some(group) = &node.group
            && !matches!(node.kind, Kind::Path { .. })
        {
            value = self.group(&group.pairs, &value, frame)?;
        }
        Ok(value.unwrapped(node.keep_array))
    }

    fn kind(&self, node: &'a Node, input: &Val<'a>, frame: &Rc<Frame<'a>>) -> Result<Val<'a>, Fault> {
        match &node.kind {
            Kind::Path { .. } => self.path(node, input, frame),
            Kind::Name(name) => self.lookup(input, name),
            Kind::Text(text) => Ok(Val::Text(super::value::Text::Borrowed(text))),
            Kind::Number(number) => Ok(Val::Number(*number)),
            Kind::Bool(flag) => Ok(Val::Bool(*flag)),
            Kind::Null => Ok(Val::Null),
            Kind::Variable(name) => Ok(self.variable(name, input, frame)),
            Kind::Wildcard => self.wildcard(input),
            Kind::Descendant => self.descendants(input),
            Kind::Parent(slot) => {
                Ok(frame.find(Name::Ancestor(self.labels[*slot])).unwrap_or(Val::Undefined))
            }
            Kind::Regex(pattern) => Ok(Val::Function(Rc::new(Function::Matcher(pattern)))),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, input, frame),
            Kind::Negate(inner) => self.negate(inner, input, frame),
            Kind::Array(items) => self.construct(node, items, input, frame),
            Kind::Object(pairs) => self.group(pairs, input, frame),
            Kind::Bind(name, value) => {
                let value = self.evaluate(value, input, frame)?;
                frame.bind(Name::Variable(name), value.clone());
                Ok(value)
            }
            Kind::Call { .. } => self.call(node, input, frame, None),
            Kind::Partial { procedure, arguments } => self.partial(procedure, arguments, input, frame),
            Kind::Lambda(lambda) => {
                self.spend(8)?;
                self.hold(frame);
                Ok(Val::Function(Rc::new(Function::Lambda {
                    lambda,
                    input: input.clone(),
                    frame: Rc::clone(frame),
                })))
            }
            Kind::Condition { condition, then, otherwise } => {
                if self.truthy(&self.evaluate(condition, input, frame)?)? {
                    self.evaluate(then, input, frame)
                } else {
                    match otherwise {
                        Some(otherwise) => self.evaluate(otherwise, input, frame),
                        None => Ok(Val::Undefined),
                    }
                }
            }
            Kind::Transform { .. } => {
                self.hold(frame);
                Ok(Val::Function(Rc::new(Function::Transform { node, frame: Rc::clone(frame) })))
            }
            Kind::Block(items) => {
                let frame = Frame::within(frame, Vec::new());
                let mut value = Val::Undefined;
                for item in items {
                    value = self.evaluate(item, input, &frame)?;
                }
                Ok(value)
            }
            Kind::Apply(left, right) => self.apply_operator(left, right, input, frame),
            Kind::Sort(terms) => self.sort_items(terms, input, frame),
        }
    }

    fn variable(&self, name: &'a str, input: &Val<'a>, frame: &Rc<Frame<'a>>) -> Val<'a> {
        match name {
            "" => return input.clone(),
            "$" => return self.input.clone(),
            _ => {}
        }
        if let Some(value) = frame.find(Name::Variable(name)) {
            return value;
        }
        if name == "states" {
            return self.states.get_or_init(|| self.states()).clone();
        }
        if let Some(value) = self.environment.variable(name) {
            return Val::from(value);
        }
        match functions::find(name) {
            Some(builtin) => Val::Function(Rc::new(Function::Builtin(builtin))),
            None => Val::Undefined,
        }
    }

    fn states(&self) -> Val<'a> {
        let environment = self.environment;
        let members = [
            ("input", Some(environment.input())),
            ("result", environment.result()),
            ("errorOutput", environment.error_output()),
            ("context", self.reads_context.then(|| environment.context())),
        ];
        let members: IndexMap<Rc<str>, Val<'a>> = members
            .into_iter()
            .filter_map(|(name, value)| Some((Rc::from(name), Val::from(value?))))
            .collect();
        Val::object(members).unwrap_or(Val::Undefined)
    }

    /// `[…]`.
    fn construct(
        &self,
        node: &'a Node,
        items: &'a [Node],
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let mut made = Vec::new();
        for item in items {
            let value = self.evaluate(item, input, frame)?;
            if value.is_undefined() {
                continue;
            }
            if matches!(item.kind, Kind::Array(_)) {
                made.push(value);
            } else {
                let more = value.items();
                self.spend(more.len())?;
                made.extend(more);
            }
        }
        let mut array = Array::new(made, false)?;
        array.constructed = node.constructs;
        Ok(Val::Array(Rc::new(array)))
    }

    fn negate(&self, inner: &'a Node, input: &Val<'a>, frame: &Rc<Frame<'a>>) -> Result<Val<'a>, Fault> {
        match self.evaluate(inner, input, frame)? {
            Val::Undefined => Ok(Val::Undefined),
            Val::Number(number) => Ok(Val::Number(-number)),
            other => Err(Fault::new("D1002", format!("can't negate {}: it isn't a number", shown(&other)))),
        }
    }

    fn binary(
        &self,
        operator: Operator,
        left: &'a Node,
        right: &'a Node,
        input: &Val<'a>,
        frame: &Rc<Frame<'a>>,
    ) -> Result<Val<'a>, Fault> {
        let first = self.evaluate(left, input, frame)?;
        match operator {
            Operator::And if !self.truthy(&first)? => return Ok(Val::Bool(false)),
            Operator::Or if self.truthy(&first)? => return Ok(Val::Bool(true)),
            _ => {}
        }
        let second = self.evaluate(right, input, frame)?;
        self.operate(operator, &first, &second)
    }

    /// The members of that name: of an object, or of all objects in an array.
    pub(super) fn lookup(&self, input: &Val<'a>, name: &str) -> Result<Val<'a>, Fault> {
        if !input.is_array() {
            return Ok(input.member(name).unwrap_or(Val::Undefined));
        }
        let items = input.items();
        self.spend(items.len())?;
        let mut found = Vec::new();
        for item in items {
            match self.deeper(|| self.lookup(&item, name))? {
                Val::Undefined => {}
                value => found.extend(value.items()),
            }
        }
        Val::sequence(found)
    }

    fn wildcard(&self, input: &Val<'a>) -> Result<Val<'a>, Fault> {
        let values: Vec<Val<'a>> = match input.members() {
            Some(members) => members.into_iter().map(|(_, value)| value).collect(),
            None if input.is_array() => input.items(),
            None => return Ok(Val::Undefined),
        };
        let mut found = Vec::new();
        for value in values {
            if value.is_array() {
                self.flatten(&value, &mut found)?;
            } else {
                found.push(value);
            }
        }
        self.spend(found.len())?;
        Val::sequence(found)
    }

    fn flatten(&self, value: &Val<'a>, into: &mut Vec<Val<'a>>) -> Result<(), Fault> {
        if !value.is_array() {
            into.push(value.clone());
            return Ok(());
        }
        self.deeper(|| value.items().iter().try_for_each(|item| self.flatten(item, into)))
    }

    fn descendants(&self, input: &Val<'a>) -> Result<Val<'a>, Fault> {
        if input.is_undefined() {
            return Ok(Val::Undefined);
        }
        let mut found = Vec::new();
        self.descend(input, &mut found)?;
        if found.len() == 1 {
            return Ok(found.remove(0));
        }
        Val::sequence(found)
    }

    fn descend(&self, value: &Val<'a>, found: &mut Vec<Val<'a>>) -> Result<(), Fault> {
        self.spend(1)?;
        if !value.is_array() {
            found.push(value.clone());
        }
        let below = match value.members() {
            Some(members) => members.into_iter().map(|(_, value)| value).collect(),
            None if value.is_array() => value.items(),
            None => return Ok(()),
        };
        self.deeper(|| below.iter().try_for_each(|value| self.descend(value, found)))
    }
}

/// A value in a message.
pub(super) fn shown(value: &Val<'_>) -> String {
    const MOST_CHARS: usize = 100;
    let text = match value {
        Val::Undefined => "nothing (undefined)".to_owned(),
        Val::Function(_) => "a function".to_owned(),
        other => match convert::to_json(other) {
            Ok(Some(json)) => json.to_string(),
            _ => "a value".to_owned(),
        },
    };
    if text.chars().count() <= MOST_CHARS {
        return format!("`{text}`");
    }
    let cut: String = text.chars().take(MOST_CHARS).collect();
    format!("`{cut}…`")
}
