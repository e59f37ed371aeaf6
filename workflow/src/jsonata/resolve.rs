//! Turning an expression as it is written into the tree that is evaluated: paths become lists of steps, filters belong to
//! their steps, calls at the end of a function become tail calls.

use super::ancestry::Slots;
use super::ast::{Group, Kind, Lambda, Node, SortTerm, Stage};
use super::parse::{Raw, RawKind};

/// Resolves a whole expression; also gives the label of each `%`.
pub(super) fn resolve(raw: Raw) -> Result<(Node, Vec<usize>), String> {
    let mut resolver = Resolver { slots: Slots::default() };
    let root = resolver.node(raw)?;
    if matches!(root.kind, Kind::Parent(_)) || !root.seeking.is_empty() {
        return Err("`%` has no parent to refer to there".to_owned());
    }
    Ok((root, resolver.slots.labels()))
}

struct Resolver {
    slots: Slots,
}

impl Resolver {
    fn node(&mut self, raw: Raw) -> Result<Node, String> {
        let keep_array = raw.keep_array;
        let mut node = self.kind(raw)?;
        node.keep_array |= keep_array;
        Ok(node)
    }

    #[allow(clippy::boxed_local, reason = "the parser boxes what it nests")]
    fn boxed(&mut self, raw: Box<Raw>) -> Result<Box<Node>, String> {
        self.node(*raw).map(Box::new)
    }

    fn nodes(&mut self, raw: Vec<Raw>) -> Result<Vec<Node>, String> {
        raw.into_iter().map(|raw| self.node(raw)).collect()
    }

    fn kind(&mut self, raw: Raw) -> Result<Node, String> {
        let keep_array = raw.keep_array;
        match raw.kind {
            RawKind::Name(name) => {
                let mut step = Node::new(Kind::Name(name));
                step.keep_array = keep_array;
                Ok(Node::new(Kind::Path { steps: vec![step], keep_singleton: keep_array }))
            }
            RawKind::Text(text) => Ok(Node::new(Kind::Text(text))),
            RawKind::Number(number) => Ok(Node::new(Kind::Number(number))),
            RawKind::Bool(flag) => Ok(Node::new(Kind::Bool(flag))),
            RawKind::Null => Ok(Node::new(Kind::Null)),
            RawKind::Variable(name) => Ok(Node::new(Kind::Variable(name))),
            RawKind::Regex(pattern) => Ok(Node::new(Kind::Regex(pattern))),
            RawKind::Wildcard => Ok(Node::new(Kind::Wildcard)),
            RawKind::Descendant => Ok(Node::new(Kind::Descendant)),
            RawKind::Parent => Ok(Node::new(Kind::Parent(self.slots.open()))),
            RawKind::Placeholder => Err("`?` can only be an argument of a function".to_owned()),
            RawKind::Dot(left, right) => self.dot(*left, *right),
            RawKind::Filter(left, predicate) => self.filter(*left, *predicate),
            RawKind::Group(left, pairs) => self.group(*left, pairs),
            RawKind::Sort(left, terms) => self.sort(*left, terms),
            RawKind::Focus(left, name) => self.focus(*left, name, keep_array),
            RawKind::Index(left, name) => self.index(*left, name),
            RawKind::Bind(name, value) => {
                let value = self.boxed(value)?;
                let seeking = seekers(&value);
                Ok(seeking_node(Kind::Bind(name, value), seeking))
            }
            RawKind::Apply(left, right) => {
                let (left, right) = (self.boxed(left)?, self.boxed(right)?);
                let keep = left.keep_array || right.keep_array;
                let mut node = Node::new(Kind::Apply(left, right));
                node.keep_array = keep;
                Ok(node)
            }
            other => self.constructor(other),
        }
    }

    fn constructor(&mut self, raw: RawKind) -> Result<Node, String> {
        match raw {
            RawKind::Binary(operator, left, right) => {
                let (left, right) = (self.boxed(left)?, self.boxed(right)?);
                let seeking = [seekers(&left), seekers(&right)].concat();
                Ok(seeking_node(Kind::Binary(operator, left, right), seeking))
            }
            RawKind::Negate(inner) => {
                let inner = self.boxed(inner)?;
                if let Kind::Number(number) = inner.kind
                    && inner.predicates.is_empty()
                {
                    return Ok(Node::new(Kind::Number(-number)));
                }
                let seeking = seekers(&inner);
                Ok(seeking_node(Kind::Negate(inner), seeking))
            }
            RawKind::Array(items) => {
                let items = self.nodes(items)?;
                let seeking = items.iter().flat_map(seekers).collect();
                Ok(seeking_node(Kind::Array(items), seeking))
            }
            RawKind::Object(pairs) => {
                let pairs = self.pairs(pairs)?;
                let seeking =
                    pairs.iter().flat_map(|(key, value)| [seekers(key), seekers(value)].concat()).collect();
                Ok(seeking_node(Kind::Object(pairs), seeking))
            }
            RawKind::Block(items) => {
                let items = self.nodes(items)?;
                let constructs = items.iter().any(constructs_array);
                let seeking = items.iter().flat_map(seekers).collect();
                let mut node = seeking_node(Kind::Block(items), seeking);
                node.constructs = constructs;
                Ok(node)
            }
            RawKind::Call { procedure, arguments } => self.call(*procedure, arguments),
            RawKind::Lambda { parameters, signature, body } => {
                let mut body = self.boxed(body)?;
                mark_tail_calls(&mut body);
                Ok(Node::new(Kind::Lambda(Lambda { parameters, signature, body })))
            }
            RawKind::Condition { condition, then, otherwise } => {
                let (condition, then) = (self.boxed(condition)?, self.boxed(then)?);
                let otherwise = otherwise.map(|raw| self.boxed(raw)).transpose()?;
                let mut seeking = [seekers(&condition), seekers(&then)].concat();
                seeking.extend(otherwise.iter().flat_map(|node| seekers(node)));
                let kind = Kind::Condition { condition, then, otherwise };
                Ok(seeking_node(kind, seeking))
            }
            RawKind::Transform { pattern, update, delete } => {
                let (pattern, update) = (self.boxed(pattern)?, self.boxed(update)?);
                let delete = delete.map(|raw| self.boxed(raw)).transpose()?;
                Ok(Node::new(Kind::Transform { pattern, update, delete }))
            }
            _ => Err("the expression can't be read".to_owned()),
        }
    }

    fn call(&mut self, procedure: Raw, arguments: Vec<Raw>) -> Result<Node, String> {
        if matches!(&procedure.kind, RawKind::Variable(name) if name == "eval") {
            return Err("there is no function `$eval` here".to_owned());
        }
        let partial = arguments.iter().any(|argument| matches!(argument.kind, RawKind::Placeholder));
        let arguments: Vec<Option<Node>> = arguments
            .into_iter()
            .map(|argument| match argument.kind {
                RawKind::Placeholder => Ok(None),
                _ => self.node(argument).map(Some),
            })
            .collect::<Result<_, String>>()?;
        let seeking = arguments.iter().flatten().flat_map(seekers).collect();
        let procedure = Box::new(self.node(procedure)?);
        let kind = if partial {
            Kind::Partial { procedure, arguments }
        } else {
            Kind::Call { procedure, arguments: arguments.into_iter().flatten().collect(), tail: false }
        };
        Ok(seeking_node(kind, seeking))
    }

    fn pairs(&mut self, pairs: Vec<(Raw, Raw)>) -> Result<Vec<(Node, Node)>, String> {
        pairs.into_iter().map(|(key, value)| Ok((self.node(key)?, self.node(value)?))).collect()
    }

    /// `left.right`: the steps of both, one after the other.
    fn dot(&mut self, left: Raw, right: Raw) -> Result<Node, String> {
        let left = self.node(left)?;
        let mut path = as_path(left);
        let right = self.node(right)?;
        let mut keep = false;
        {
            let Kind::Path { steps, keep_singleton } = &mut path.kind else {
                return Err("the path can't be read".to_owned());
            };
            match right.kind {
                Kind::Path { steps: more, .. } if right.group.is_none() && right.predicates.is_empty() => {
                    steps.extend(more);
                }
                _ => {
                    let mut step = right;
                    step.stages.extend(step.predicates.drain(..).map(Stage::Filter));
                    steps.push(step);
                }
            }
            for step in steps.iter_mut() {
                match &mut step.kind {
                    Kind::Number(_) | Kind::Bool(_) | Kind::Null => {
                        return Err("a step of a path can't be a number, true, false or null".to_owned());
                    }
                    Kind::Text(text) => step.kind = Kind::Name(std::mem::take(text)),
                    _ => {}
                }
                keep |= step.keep_array;
            }
            *keep_singleton |= keep;
            let last = steps.len() - 1;
            for at in [0, last] {
                if matches!(steps[at].kind, Kind::Array(_)) {
                    steps[at].constructs = true;
                }
            }
        }
        self.slots.resolve(&mut path)?;
        Ok(path)
    }

    fn filter(&mut self, left: Raw, predicate: Raw) -> Result<Node, String> {
        let mut node = self.node(left)?;
        let mut predicate = self.node(predicate)?;
        let in_path = matches!(node.kind, Kind::Path { .. });
        let step = last_step(&mut node);
        if step.group.is_some() {
            return Err("a filter can't follow a grouping `{…}`".to_owned());
        }
        for slot in std::mem::take(&mut predicate.seeking).into_iter().chain(own_slot(&predicate)) {
            if self.slots.level(slot) == 1 {
                self.slots.seek(step, slot)?;
            } else {
                self.slots.lower(slot);
            }
            step.seeking.push(slot);
        }
        if in_path {
            step.stages.push(Stage::Filter(predicate));
        } else {
            step.predicates.push(predicate);
        }
        Ok(node)
    }

    fn group(&mut self, left: Raw, pairs: Vec<(Raw, Raw)>) -> Result<Node, String> {
        let mut node = self.node(left)?;
        if node.group.is_some() {
            return Err("an expression can only be grouped once".to_owned());
        }
        node.group = Some(Box::new(Group { pairs: self.pairs(pairs)? }));
        Ok(node)
    }

    fn sort(&mut self, left: Raw, terms: Vec<(bool, Raw)>) -> Result<Node, String> {
        let left = self.node(left)?;
        let mut path = as_path(left);
        let mut sorted = Vec::with_capacity(terms.len());
        let mut seeking = Vec::new();
        for (descending, term) in terms {
            let expression = self.node(term)?;
            seeking.extend(seekers(&expression));
            sorted.push(SortTerm { descending, expression });
        }
        if let Kind::Path { steps, .. } = &mut path.kind {
            steps.push(seeking_node(Kind::Sort(sorted), seeking));
        }
        self.slots.resolve(&mut path)?;
        Ok(path)
    }

    fn focus(&mut self, left: Raw, name: String, keep_array: bool) -> Result<Node, String> {
        let mut node = self.node(left)?;
        let step = last_step(&mut node);
        if !step.stages.is_empty() || !step.predicates.is_empty() {
            return Err("`@` can't follow a filter".to_owned());
        }
        if matches!(step.kind, Kind::Sort(_)) {
            return Err("`@` can't follow a sort".to_owned());
        }
        step.keep_array |= keep_array;
        step.focus = Some(name);
        step.tuple = true;
        Ok(node)
    }

    fn index(&mut self, left: Raw, name: String) -> Result<Node, String> {
        let left = self.node(left)?;
        let was_path = matches!(left.kind, Kind::Path { .. });
        let mut node = as_path(left);
        let step = last_step(&mut node);
        if !was_path {
            step.stages.extend(step.predicates.drain(..).map(Stage::Filter));
        }
        if step.stages.is_empty() {
            step.index = Some(name);
        } else {
            step.stages.push(Stage::Index(name));
        }
        step.tuple = true;
        Ok(node)
    }
}

fn seeking_node(kind: Kind, seeking: Vec<usize>) -> Node {
    Node { seeking, ..Node::new(kind) }
}

fn own_slot(node: &Node) -> Option<usize> {
    match node.kind {
        Kind::Parent(slot) => Some(slot),
        _ => None,
    }
}

/// The slots that an expression leaves open for what is around it.
fn seekers(node: &Node) -> Vec<usize> {
    node.seeking.iter().copied().chain(own_slot(node)).collect()
}

fn constructs_array(node: &Node) -> bool {
    node.constructs
        || matches!(&node.kind, Kind::Path { steps, .. } if steps.first().is_some_and(|step| step.constructs))
}

/// A path with this expression as its only step, unless it is a path.
fn as_path(node: Node) -> Node {
    match node.kind {
        Kind::Path { .. } => node,
        _ => {
            let seeking = own_slot(&node).into_iter().collect();
            let mut path = Node::new(Kind::Path { steps: vec![node], keep_singleton: false });
            path.seeking = seeking;
            path
        }
    }
}

fn last_step(node: &mut Node) -> &mut Node {
    if !matches!(&node.kind, Kind::Path { steps, .. } if !steps.is_empty()) {
        return node;
    }
    match &mut node.kind {
        Kind::Path { steps, .. } => {
            let last = steps.len() - 1;
            &mut steps[last]
        }
        _ => unreachable!("it was looked at just before"),
    }
}

/// Marks the calls that are the last thing which a function does.
fn mark_tail_calls(node: &mut Node) {
    let plain = node.predicates.is_empty() && node.group.is_none();
    match &mut node.kind {
        Kind::Call { tail, .. } if plain => *tail = true,
        Kind::Condition { then, otherwise, .. } if plain => {
            mark_tail_calls(then);
            if let Some(otherwise) = otherwise {
                mark_tail_calls(otherwise);
            }
        }
        Kind::Block(items) if plain => {
            if let Some(last) = items.last_mut() {
                mark_tail_calls(last);
            }
        }
        _ => {}
    }
}
