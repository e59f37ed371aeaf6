use super::{MAX_NESTING, Step};

/// Reads a glob into a program.
pub(super) fn parse(glob: &str) -> Result<Vec<Step>, &'static str> {
    let mut parser = Parser { rest: glob, program: Vec::new(), depth: 0, begins_part: true };
    parser.sequence()?;
    match parser.peek() {
        None => Ok(parser.program),
        Some(_) => Err("`}` closes nothing"),
    }
}

struct Parser<'a> {
    rest: &'a str,
    program: Vec<Step>,
    /// How many `{` are open.
    depth: usize,
    /// Whether a part of the path begins here.
    begins_part: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.rest = &self.rest[char.len_utf8()..];
        Some(char)
    }

    /// Reads until the end, or until what ends an alternative.
    fn sequence(&mut self) -> Result<(), &'static str> {
        while let Some(char) = self.peek() {
            match char {
                '}' => break,
                ',' if self.depth > 0 => break,
                '*' => self.stars(),
                '{' => self.alternatives()?,
                _ => {
                    let step = self.one_char()?;
                    self.begins_part = step == Step::Char('/');
                    self.program.push(step);
                }
            }
        }
        Ok(())
    }

    fn one_char(&mut self) -> Result<Step, &'static str> {
        match self.next() {
            Some('?') => Ok(Step::NotSlash),
            Some('[') => self.class(),
            Some('\\') => self.next().map(Step::Char).ok_or("nothing follows `\\`"),
            Some(char) => Ok(Step::Char(char)),
            None => Err("it ends too early"),
        }
    }

    /// `*` within a part of a path, or `**` as a whole part.
    fn stars(&mut self) {
        let after = self.rest.trim_start_matches('*');
        let is_whole_part = self.begins_part && self.rest.len() - after.len() == 2;
        self.rest = after;
        let start = self.program.len();
        self.begins_part = false;
        match self.peek() {
            // Any number of parts, none among them.
            Some('/') if is_whole_part => {
                self.next();
                self.begins_part = true;
                self.program.extend([
                    Step::Split(start + 1, start + 5),
                    Step::Split(start + 2, start + 4),
                    Step::Any,
                    Step::Jump(start + 1),
                    Step::Char('/'),
                ]);
            }
            // Everything below.
            None | Some(',' | '}') if is_whole_part => {
                self.program.extend([Step::Any, Step::Split(start, start + 2)]);
            }
            _ => self.program.extend([Step::Split(start + 1, start + 3), Step::NotSlash, Step::Jump(start)]),
        }
    }

    /// `{a,b}`.
    fn alternatives(&mut self) -> Result<(), &'static str> {
        self.next();
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("its `{` are nested too deep");
        }
        let begins_part = self.begins_part;
        let mut jumps = Vec::new();
        loop {
            self.begins_part = begins_part;
            let split = self.program.len();
            self.program.push(Step::Split(split + 1, split + 1));
            self.sequence()?;
            match self.next() {
                Some(',') => {
                    jumps.push(self.program.len());
                    self.program.push(Step::Jump(0));
                    self.program[split] = Step::Split(split + 1, self.program.len());
                }
                Some(_) => break,
                None => return Err("a `{` is not closed"),
            }
        }
        let end = self.program.len();
        for jump in jumps {
            self.program[jump] = Step::Jump(end);
        }
        self.depth -= 1;
        self.begins_part = false;
        Ok(())
    }

    /// `[a-z]`, of which `[` is read.
    fn class(&mut self) -> Result<Step, &'static str> {
        const UNCLOSED: &str = "a `[` is not closed";
        let negated = matches!(self.peek(), Some('!' | '^'));
        if negated {
            self.next();
        }
        let mut ranges = Vec::new();
        loop {
            let first = self.next().ok_or(UNCLOSED)?;
            if first == ']' && !ranges.is_empty() {
                return Ok(Step::Class { negated, ranges });
            }
            let mut last = first;
            let mut ahead = self.rest.chars();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|char| char != ']') {
                self.next();
                last = self.next().ok_or(UNCLOSED)?;
            }
            if first > last {
                return Err("a range in `[…]` goes backwards");
            }
            ranges.push((first, last));
        }
    }
}
