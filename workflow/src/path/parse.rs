//! Reading a path.

use super::filter::{self, Filter};
use super::{Function, MAX_PATH_CHARS, MAX_PATH_DEPTH, Path, Root, Segment};

impl Path {
    /// Reads a whole text as one path. The error says what is wrong and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MAX_PATH_CHARS {
            return Err(format!("it is longer than {MAX_PATH_CHARS} characters"));
        }
        let mut cursor = Cursor::new(text);
        let path = cursor.path(0)?;
        if cursor.rest().is_empty() { Ok(path) } else { Err(cursor.unexpected()) }
    }
}

/// A place in the text of a path.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(crate) fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    pub(crate) fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) { Ok(()) } else { Err(format!("expected `{token}` but {}", self.found())) }
    }

    pub(crate) fn unexpected(&self) -> String {
        self.found()
    }

    fn found(&self) -> String {
        match self.peek() {
            Some(found) => {
                format!("found `{found}` at character {}", self.text[..self.at].chars().count() + 1)
            }
            None => "the text ends".to_owned(),
        }
    }

    /// A path, from `$` or `@` to the first character that can't belong to it.
    pub(crate) fn path(&mut self, depth: usize) -> Result<Path, String> {
        if depth > MAX_PATH_DEPTH {
            return Err(format!("it nests deeper than {MAX_PATH_DEPTH} levels"));
        }
        let start = self.at;
        let root = self.root()?;
        let mut segments = Vec::new();
        let mut function = None;
        loop {
            if self.eat("..") {
                segments.push(Segment::Descend);
                if self.peek() == Some('[') {
                    continue;
                }
                segments.push(self.after_dot()?);
            } else if self.eat(".") {
                if let Some(found) = self.function() {
                    function = Some(found);
                    break;
                }
                segments.push(self.after_dot()?);
            } else if self.eat("[") {
                segments.push(self.bracket(depth)?);
            } else {
                break;
            }
        }
        Ok(Path { root, segments, function, text: self.since(start).to_owned() })
    }

    fn root(&mut self) -> Result<Root, String> {
        if self.eat("@") {
            return Ok(Root::Item);
        }
        if !self.eat("$") {
            return Err(format!("it must start with `$`: {}", self.found()));
        }
        if self.eat("$") {
            return Ok(Root::Context);
        }
        let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
        Ok(match name {
            "" => Root::Data,
            name => Root::Variable(name.to_owned()),
        })
    }

    pub(crate) fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&keep) {
            self.next();
        }
        self.since(start)
    }

    fn after_dot(&mut self) -> Result<Segment, String> {
        if self.eat("*") {
            return Ok(Segment::All);
        }
        let start = self.at;
        while let Some(c) = self.peek() {
            if matches!(
                c,
                '.' | '['
                    | ']'
                    | '('
                    | ')'
                    | ','
                    | '\''
                    | '"'
                    | '='
                    | '!'
                    | '<'
                    | '>'
                    | '&'
                    | '|'
                    | '*'
                    | '@'
            ) || c.is_whitespace()
                || c.is_control()
            {
                break;
            }
            self.next();
        }
        match self.since(start) {
            "" => Err(format!("expected a name after `.` but {}", self.found())),
            name => Ok(Segment::Member(name.to_owned())),
        }
    }

    fn function(&mut self) -> Option<Function> {
        const FUNCTIONS: [(&str, Function); 10] = [
            ("length()", Function::Length),
            ("size()", Function::Length),
            ("min()", Function::Min),
            ("max()", Function::Max),
            ("avg()", Function::Avg),
            ("sum()", Function::Sum),
            ("stddev()", Function::StdDev),
            ("keys()", Function::Keys),
            ("first()", Function::First),
            ("last()", Function::Last),
        ];
        let (_, function) = FUNCTIONS.iter().find(|(name, _)| self.eat(name))?;
        Some(*function)
    }

    fn bracket(&mut self, depth: usize) -> Result<Segment, String> {
        self.skip_spaces();
        let segment = match self.peek() {
            Some('*') => {
                self.next();
                Segment::All
            }
            Some('?') => {
                self.next();
                Segment::Filter(self.filter(depth)?)
            }
            Some('\'' | '"') => self.names()?,
            Some(c) if c.is_ascii_digit() || c == '-' || c == ':' => self.numbers()?,
            _ => {
                return Err(format!(
                    "expected an index, a quoted name, `*` or `?` in `[…]` but {}",
                    self.found()
                ));
            }
        };
        self.skip_spaces();
        self.expect("]")?;
        Ok(segment)
    }

    fn filter(&mut self, depth: usize) -> Result<Filter, String> {
        self.skip_spaces();
        self.expect("(")?;
        let filter = filter::parse(self, depth + 1)?;
        self.skip_spaces();
        self.expect(")")?;
        Ok(filter)
    }

    fn names(&mut self) -> Result<Segment, String> {
        let mut names = vec![self.quoted()?];
        loop {
            self.skip_spaces();
            if !self.eat(",") {
                break;
            }
            self.skip_spaces();
            names.push(self.quoted()?);
        }
        Ok(match names.len() {
            1 => Segment::Member(names.remove(0)),
            _ => Segment::Members(names),
        })
    }

    /// A text in single or double quotes.
    pub(crate) fn quoted(&mut self) -> Result<String, String> {
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Err(format!("expected a quoted text but {}", self.found()));
        };
        self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                // Only a quote and the backslash itself are escaped; any other backslash stands for itself.
                '\\' if self.peek() == Some(quote) || self.peek() == Some('\\') => text.extend(self.next()),
                c if c == quote => return Ok(text),
                c => text.push(c),
            }
        }
        Err(format!("a text that starts with `{quote}` doesn't end"))
    }

    fn numbers(&mut self) -> Result<Segment, String> {
        let first = self.optional_integer()?;
        self.skip_spaces();
        if self.eat(":") {
            self.skip_spaces();
            let last = self.optional_integer()?;
            return Ok(Segment::Slice(first, last));
        }
        let mut indices = vec![first.ok_or_else(|| self.found())?];
        while self.eat(",") {
            self.skip_spaces();
            indices.push(self.optional_integer()?.ok_or_else(|| self.found())?);
            self.skip_spaces();
        }
        Ok(match indices.as_slice() {
            [index] => Segment::Index(*index),
            _ => Segment::Indices(indices),
        })
    }

    fn optional_integer(&mut self) -> Result<Option<i64>, String> {
        let digits = self.take_while(|c| c.is_ascii_digit() || c == '-');
        if digits.is_empty() {
            return Ok(None);
        }
        let number = digits.parse().map_err(|_| format!("`{digits}` isn't an index"))?;
        Ok(Some(number))
    }
}
