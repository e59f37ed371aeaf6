//! The syntax tree that is evaluated.

use super::regex::Pattern;
use super::signature::Signature;

/// One expression.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Filters on an expression that isn't a step of a path.
    pub(super) predicates: Vec<Node>,
    /// Filters on a step of a path.
    pub(super) stages: Vec<Stage>,
    pub(super) group: Option<Box<Group>>,
    pub(super) keep_array: bool,
    /// An array constructor whose result isn't flattened.
    pub(super) constructs: bool,
    /// The step carries bindings along: `@`, `#` or `%`.
    pub(super) tuple: bool,
    pub(super) focus: Option<String>,
    pub(super) index: Option<String>,
    /// The slot of the `%` that means what goes into this step.
    pub(super) ancestor: Option<usize>,
    /// The slots of `%` that no step was found for yet; only while resolving.
    pub(super) seeking: Vec<usize>,
}

/// A filter, or a binding of the position.
#[derive(Debug)]
pub(super) enum Stage {
    Filter(Node),
    Index(String),
}

/// `{key: value}` after an expression.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) pairs: Vec<(Node, Node)>,
}

/// What an expression is.
#[derive(Debug)]
pub(super) enum Kind {
    Path {
        steps: Vec<Node>,
        keep_singleton: bool,
    },
    Name(String),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    /// `$name`; empty for `$`, `$` for `$$`.
    Variable(String),
    Wildcard,
    Descendant,
    /// `%`, by its slot.
    Parent(usize),
    Regex(Pattern),
    Binary(Operator, Box<Node>, Box<Node>),
    Negate(Box<Node>),
    Array(Vec<Node>),
    Object(Vec<(Node, Node)>),
    Bind(String, Box<Node>),
    Call {
        procedure: Box<Node>,
        arguments: Vec<Node>,
        tail: bool,
    },
    Partial {
        procedure: Box<Node>,
        arguments: Vec<Option<Node>>,
    },
    Lambda(Lambda),
    Condition {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Option<Box<Node>>,
    },
    Transform {
        pattern: Box<Node>,
        update: Box<Node>,
        delete: Option<Box<Node>>,
    },
    Block(Vec<Node>),
    Apply(Box<Node>, Box<Node>),
    Sort(Vec<SortTerm>),
}

/// `function($a){…}`.
#[derive(Debug)]
pub(super) struct Lambda {
    pub(super) parameters: Vec<String>,
    pub(super) signature: Option<Signature>,
    pub(super) body: Box<Node>,
}

/// One key of a sort.
#[derive(Debug)]
pub(super) struct SortTerm {
    pub(super) descending: bool,
    pub(super) expression: Node,
}

/// Operators between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    And,
    Or,
    In,
    Range,
}

impl Operator {
    /// As it is written.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Concatenate => "&",
            Self::And => "and",
            Self::Or => "or",
            Self::In => "in",
            Self::Range => "..",
        }
    }
}

impl Node {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            predicates: Vec::new(),
            stages: Vec::new(),
            group: None,
            keep_array: false,
            constructs: false,
            tuple: false,
            focus: None,
            index: None,
            ancestor: None,
            seeking: Vec::new(),
        }
    }

    fn children(&self) -> Vec<&Node> {
        let mut children: Vec<&Node> = self.predicates.iter().collect();
        for stage in &self.stages {
            if let Stage::Filter(node) = stage {
                children.push(node);
            }
        }
        if let Some(group) = &self.group {
            children.extend(group.pairs.iter().flat_map(|(key, value)| [key, value]));
        }
        match &self.kind {
            Kind::Path { steps, .. } => children.extend(steps),
            Kind::Binary(_, left, right) | Kind::Apply(left, right) => children.extend([&**left, &**right]),
            Kind::Negate(inner) => children.push(inner),
            Kind::Array(items) | Kind::Block(items) => children.extend(items),
            Kind::Object(pairs) => children.extend(pairs.iter().flat_map(|(key, value)| [key, value])),
            Kind::Bind(_, value) => children.push(value),
            Kind::Call { procedure, arguments, .. } => {
                children.push(procedure);
                children.extend(arguments);
            }
            Kind::Partial { procedure, arguments } => {
                children.push(procedure);
                children.extend(arguments.iter().flatten());
            }
            Kind::Lambda(lambda) => children.push(&lambda.body),
            Kind::Condition { condition, then, otherwise } => {
                children.extend([&**condition, &**then]);
                children.extend(otherwise.as_deref());
            }
            Kind::Transform { pattern, update, delete } => {
                children.extend([&**pattern, &**update]);
                children.extend(delete.as_deref());
            }
            Kind::Sort(terms) => children.extend(terms.iter().map(|term| &term.expression)),
            Kind::Name(_)
            | Kind::Text(_)
            | Kind::Number(_)
            | Kind::Bool(_)
            | Kind::Null
            | Kind::Variable(_)
            | Kind::Wildcard
            | Kind::Descendant
            | Kind::Parent(_)
            | Kind::Regex(_) => {}
        }
        children
    }
}

/// Collects the variables that a tree reads and that nothing in it binds.
pub(super) fn free_variables(node: &Node, bound: &mut Vec<String>, found: &mut Vec<String>) {
    let before = bound.len();
    match &node.kind {
        Kind::Variable(name) => {
            let known =
                name.is_empty() || name == "$" || bound.contains(name) || super::functions::exists(name);
            if !known {
                found.push(name.clone());
            }
        }
        Kind::Lambda(lambda) => bound.extend(lambda.parameters.iter().cloned()),
        _ => {}
    }
    let scoped = matches!(node.kind, Kind::Block(_) | Kind::Lambda(_));
    for child in node.children() {
        free_variables(child, bound, found);
        bound.extend(child.focus.iter().cloned());
        bound.extend(child.index.iter().cloned());
    }
    if let Kind::Bind(name, _) = &node.kind {
        bound.push(name.clone());
    }
    for stage in &node.stages {
        if let Stage::Index(name) = stage {
            bound.push(name.clone());
        }
    }
    if scoped {
        bound.truncate(before);
    }
}
