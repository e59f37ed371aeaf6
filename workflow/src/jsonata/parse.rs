//! Reading an expression: a top-down operator-precedence parser. What it makes is resolved into a tree afterwards.

use super::MAX_SYNTAX_DEPTH;
use super::ast::Operator;
use super::regex::Pattern;
use super::signature::Signature;
use super::token::{Kind as T, Lexer, Token};

/// An expression as it is written.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) kind: RawKind,
    pub(super) keep_array: bool,
    pub(super) position: usize,
}

/// What an expression is, as it is written.
#[derive(Debug)]
pub(super) enum RawKind {
    Name(String),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Variable(String),
    Regex(Pattern),
    Wildcard,
    Descendant,
    Parent,
    Placeholder,
    Dot(Box<Raw>, Box<Raw>),
    Filter(Box<Raw>, Box<Raw>),
    Group(Box<Raw>, Vec<(Raw, Raw)>),
    Sort(Box<Raw>, Vec<(bool, Raw)>),
    Focus(Box<Raw>, String),
    Index(Box<Raw>, String),
    Bind(String, Box<Raw>),
    Apply(Box<Raw>, Box<Raw>),
    Binary(Operator, Box<Raw>, Box<Raw>),
    Negate(Box<Raw>),
    Array(Vec<Raw>),
    Object(Vec<(Raw, Raw)>),
    Block(Vec<Raw>),
    Call { procedure: Box<Raw>, arguments: Vec<Raw> },
    Lambda { parameters: Vec<String>, signature: Option<Signature>, body: Box<Raw> },
    Condition { condition: Box<Raw>, then: Box<Raw>, otherwise: Option<Box<Raw>> },
    Transform { pattern: Box<Raw>, update: Box<Raw>, delete: Option<Box<Raw>> },
}

/// Reads a whole text as one expression.
pub(super) fn parse(source: &str) -> Result<Raw, String> {
    let mut lexer = Lexer::new(source);
    let token = lexer.next(true)?;
    let mut parser = Parser { lexer, token, depth: 0 };
    let expression = parser.expression(0)?;
    match parser.token.kind {
        T::End => Ok(expression),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    depth: usize,
}

/// How strongly an operator binds what stands left of it.
fn power(operator: &str) -> u8 {
    match operator {
        "[" | "(" | "@" | "#" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" => 60,
        "+" | "-" | "&" => 50,
        "=" | "!=" | "<" | "<=" | ">" | ">=" | "^" | "~>" | "in" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}

fn binary(operator: &str) -> Option<Operator> {
    Some(match operator {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "&" => Operator::Concatenate,
        "and" => Operator::And,
        "or" => Operator::Or,
        "in" => Operator::In,
        _ => return None,
    })
}

impl Parser<'_> {
    /// Takes the current token and reads the next one. `operand` tells whether one may start there.
    fn advance(&mut self, operand: bool) -> Result<Token, String> {
        let next = self.lexer.next(operand)?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn at(&self, operator: &str) -> bool {
        matches!(self.token.kind, T::Operator(found) if found == operator)
    }

    fn eat(&mut self, operator: &str, operand: bool) -> Result<bool, String> {
        let found = self.at(operator);
        if found {
            self.advance(operand)?;
        }
        Ok(found)
    }

    fn expect(&mut self, operator: &str, operand: bool) -> Result<(), String> {
        if self.eat(operator, operand)? {
            Ok(())
        } else {
            Err(format!("expected `{operator}`, {}", self.unexpected()))
        }
    }

    fn unexpected(&self) -> String {
        let found = match &self.token.kind {
            T::End => return "the text ends too early".to_owned(),
            T::Name { text, .. } => text.clone(),
            T::Variable(name) => format!("${name}"),
            T::Text(text) => format!("\"{text}\""),
            T::Number(number) => number.to_string(),
            T::Regex { pattern, .. } => format!("/{pattern}/"),
            T::Operator(operator) => (*operator).to_owned(),
        };
        format!("found `{found}` at character {}", self.token.position + 1)
    }

    fn expression(&mut self, least: u8) -> Result<Raw, String> {
        self.depth += 1;
        if self.depth > MAX_SYNTAX_DEPTH {
            return Err(format!("it nests deeper than {MAX_SYNTAX_DEPTH} levels"));
        }
        let mut left = self.operand()?;
        let mut links = 0;
        while let T::Operator(operator) = self.token.kind {
            if power(operator) <= least {
                break;
            }
            links += 1;
            if links > MAX_SYNTAX_DEPTH {
                return Err(format!(
                    "it chains more than {MAX_SYNTAX_DEPTH} operators: put parts of it into brackets or variables"
                ));
            }
            left = self.after(operator, left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Raw, String> {
        let position = self.token.position;
        let token = match self.token.kind {
            T::Operator("/" | "?") | T::End => return Err(self.unexpected()),
            T::Operator("(" | "[" | "{" | "|" | "-") => self.advance(true)?,
            _ => self.advance(false)?,
        };
        let kind = match token.kind {
            T::Name { text, quoted } => match text.as_str() {
                "true" if !quoted => RawKind::Bool(true),
                "false" if !quoted => RawKind::Bool(false),
                "null" if !quoted => RawKind::Null,
                _ => RawKind::Name(text),
            },
            T::Variable(name) => RawKind::Variable(name),
            T::Text(text) => RawKind::Text(text),
            T::Number(number) => RawKind::Number(number),
            T::Regex { pattern, flags } => RawKind::Regex(Pattern::compile(&pattern, &flags)?),
            T::Operator("and" | "or" | "in") => match token.kind {
                T::Operator(word) => RawKind::Name(word.to_owned()),
                _ => RawKind::Null,
            },
            T::Operator("*") => RawKind::Wildcard,
            T::Operator("**") => RawKind::Descendant,
            T::Operator("%") => RawKind::Parent,
            T::Operator("-") => RawKind::Negate(Box::new(self.expression(70)?)),
            T::Operator("(") => self.block()?,
            T::Operator("[") => self.array()?,
            T::Operator("{") => RawKind::Object(self.pairs()?),
            T::Operator("|") => self.transform()?,
            T::Operator(operator) => return Err(format!("found `{operator}` at character {}", position + 1)),
            T::End => return Err(self.unexpected()),
        };
        Ok(Raw { kind, keep_array: false, position })
    }

    fn block(&mut self) -> Result<RawKind, String> {
        let mut expressions = Vec::new();
        while !self.at(")") {
            expressions.push(self.expression(0)?);
            if !self.eat(";", true)? {
                break;
            }
        }
        self.expect(")", false)?;
        Ok(RawKind::Block(expressions))
    }

    fn array(&mut self) -> Result<RawKind, String> {
        let mut items = Vec::new();
        if !self.at("]") {
            loop {
                let item = self.expression(0)?;
                let position = self.token.position;
                items.push(if self.eat("..", true)? {
                    let last = self.expression(0)?;
                    Raw {
                        kind: RawKind::Binary(Operator::Range, Box::new(item), Box::new(last)),
                        keep_array: false,
                        position,
                    }
                } else {
                    item
                });
                if !self.eat(",", true)? {
                    break;
                }
            }
        }
        self.expect("]", false)?;
        Ok(RawKind::Array(items))
    }

    fn pairs(&mut self) -> Result<Vec<(Raw, Raw)>, String> {
        let mut pairs = Vec::new();
        if !self.at("}") {
            loop {
                let key = self.expression(0)?;
                self.expect(":", true)?;
                pairs.push((key, self.expression(0)?));
                if !self.eat(",", true)? {
                    break;
                }
            }
        }
        self.expect("}", false)?;
        Ok(pairs)
    }

    fn transform(&mut self) -> Result<RawKind, String> {
        let pattern = Box::new(self.expression(0)?);
        self.expect("|", true)?;
        let update = Box::new(self.expression(0)?);
        let delete = if self.eat(",", true)? { Some(Box::new(self.expression(0)?)) } else { None };
        self.expect("|", false)?;
        Ok(RawKind::Transform { pattern, update, delete })
    }

    /// What an operator makes of what stands left of it.
    fn after(&mut self, operator: &'static str, left: Raw) -> Result<Raw, String> {
        let position = self.token.position;
        // After these, something may follow that isn't an operand of theirs.
        self.advance(true)?;
        let boxed = Box::new;
        let kind = match operator {
            "." => RawKind::Dot(boxed(left), boxed(self.expression(75)?)),
            "[" => return self.filter(left, position),
            "(" => self.call(left)?,
            "{" => RawKind::Group(boxed(left), self.pairs()?),
            "^" => self.sort(left)?,
            "@" => RawKind::Focus(boxed(left), self.binding("@")?),
            "#" => RawKind::Index(boxed(left), self.binding("#")?),
            ":=" => match left.kind {
                RawKind::Variable(name) => RawKind::Bind(name, boxed(self.expression(9)?)),
                _ => {
                    return Err(format!(
                        "what stands left of `:=` at character {} must be a variable",
                        position + 1
                    ));
                }
            },
            "?" => self.condition(left)?,
            "~>" => RawKind::Apply(boxed(left), boxed(self.expression(40)?)),
            other => match binary(other) {
                Some(operator) => {
                    RawKind::Binary(operator, boxed(left), boxed(self.expression(power(other))?))
                }
                None => return Err(format!("found `{other}` at character {}", position + 1)),
            },
        };
        Ok(Raw { kind, keep_array: false, position })
    }

    fn filter(&mut self, mut left: Raw, position: usize) -> Result<Raw, String> {
        if self.eat("]", false)? {
            let mut step = &mut left;
            while let Raw { kind: RawKind::Filter(inner, _), .. } = step {
                step = inner;
            }
            step.keep_array = true;
            return Ok(left);
        }
        let predicate = self.expression(0)?;
        self.expect("]", false)?;
        Ok(Raw { kind: RawKind::Filter(Box::new(left), Box::new(predicate)), keep_array: false, position })
    }

    fn sort(&mut self, left: Raw) -> Result<RawKind, String> {
        self.expect("(", true)?;
        let mut terms = Vec::new();
        loop {
            let descending = self.at(">");
            if descending || self.at("<") {
                self.advance(true)?;
            }
            terms.push((descending, self.expression(0)?));
            if !self.eat(",", true)? {
                break;
            }
        }
        self.expect(")", false)?;
        Ok(RawKind::Sort(Box::new(left), terms))
    }

    fn binding(&mut self, operator: &str) -> Result<String, String> {
        match self.advance(false)?.kind {
            T::Variable(name) => Ok(name),
            _ => Err(format!("after `{operator}` there must be a variable")),
        }
    }

    fn condition(&mut self, condition: Raw) -> Result<RawKind, String> {
        let then = Box::new(self.expression(0)?);
        let otherwise = if self.eat(":", true)? { Some(Box::new(self.expression(0)?)) } else { None };
        Ok(RawKind::Condition { condition: Box::new(condition), then, otherwise })
    }

    fn call(&mut self, procedure: Raw) -> Result<RawKind, String> {
        let mut arguments = Vec::new();
        if !self.at(")") {
            loop {
                if self.at("?") {
                    let position = self.token.position;
                    self.advance(false)?;
                    arguments.push(Raw { kind: RawKind::Placeholder, keep_array: false, position });
                } else {
                    arguments.push(self.expression(0)?);
                }
                if !self.eat(",", true)? {
                    break;
                }
            }
        }
        self.expect(")", false)?;
        match &procedure.kind {
            RawKind::Name(name) if name == "function" || name == "λ" => self.lambda(arguments),
            _ => Ok(RawKind::Call { procedure: Box::new(procedure), arguments }),
        }
    }

    fn lambda(&mut self, arguments: Vec<Raw>) -> Result<RawKind, String> {
        let mut parameters = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match argument.kind {
                RawKind::Variable(name) => parameters.push(name),
                _ => {
                    return Err(format!(
                        "the parameter at character {} must be a variable",
                        argument.position + 1
                    ));
                }
            }
        }
        let signature = if self.at("<") { Some(self.signature()?) } else { None };
        self.expect("{", true)?;
        let body = Box::new(self.expression(0)?);
        self.expect("}", false)?;
        Ok(RawKind::Lambda { parameters, signature, body })
    }

    /// `<s-n?:s>`: its tokens put together again.
    fn signature(&mut self) -> Result<Signature, String> {
        let mut text = String::new();
        let mut depth = 0;
        loop {
            let token = self.advance(false)?;
            match token.kind {
                T::Operator(operator) => {
                    text.push_str(operator);
                    match operator {
                        "<" => depth += 1,
                        ">" => depth -= 1,
                        "{" => return Err("the signature of the function doesn't end".to_owned()),
                        _ => {}
                    }
                }
                T::Name { text: name, .. } => text.push_str(&name),
                T::End => return Err("the signature of the function doesn't end".to_owned()),
                _ => {
                    return Err(format!(
                        "the signature `{text}` of the function has something that isn't a type"
                    ));
                }
            }
            if depth == 0 {
                return Signature::parse(&text);
            }
        }
    }
}
