//! How deep a script nests, before it is parsed: parser and analysis descend with it, and the stack of a
//! component is small.
//!
//! The scan knows tokens, not grammar. It adds up, over the open brackets, the operators and keywords since
//! the last thing that ended one (`;`, `,`, or an operand that follows an operand, as at a new statement). That
//! is at least the depth of the tree for all but contrived scripts. The weights were measured: with every one,
//! the limit is passed well before a Wasm stack of 512 KiB, as hosts give it, is exhausted.

/// Of an open bracket: expressions, their precedences and statements lie between two.
const BRACKET: usize = 8;
/// Of a keyword that opens a statement, and of `=>`.
const STATEMENT: usize = 4;
/// Of an operator or a keyword within an expression.
const OPERATOR: usize = 2;
/// Of `+`, `-`, `.`, and of a call or an index: these are common, and nest to the left.
const LEFT: usize = 1;

/// Fails with the byte at which the weight passes a limit.
pub(crate) fn check(text: &str, limit: usize) -> Result<(), usize> {
    let mut scan =
        Scan { bytes: text.as_bytes(), at: 0, open: vec![Level::default()], depth: 0, operand: false };
    while scan.at < scan.bytes.len() {
        let start = scan.at;
        scan.token();
        if scan.depth > limit {
            return Err(start);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Level {
    /// What it adds to the depth so far, its bracket included.
    weight: usize,
    /// Whether it is `${` within a template.
    template: bool,
    /// Whether it is a call's or an index's, which goes on to be an operand of what follows.
    postfix: bool,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Level>,
    depth: usize,
    /// Whether the last token ended an operand.
    operand: bool,
}

impl Scan<'_> {
    fn token(&mut self) {
        let rest = &self.bytes[self.at..];
        match rest[0] {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'/' if rest.get(1) == Some(&b'/') => self.skip_to(b"\n"),
            b'/' if rest.get(1) == Some(&b'*') => self.skip_to(b"*/"),
            b'/' if !self.operand => self.regular_expression(),
            quote @ (b'"' | b'\'') => self.string(quote),
            b'`' => self.template(self.at + 1),
            b'(' | b'[' | b'{' => self.open_bracket(false),
            b'}' if self.open.last().is_some_and(|level| level.template) => {
                self.close_bracket();
                self.template(self.at);
            }
            b')' | b']' | b'}' => self.close_bracket(),
            b';' | b',' => {
                // `if (a); else if (b); else …` goes on.
                if !rest[1..].trim_ascii_start().starts_with(b"else") {
                    self.reset();
                }
                self.operand = false;
                self.at += 1;
            }
            byte if is_word(byte) => self.word(),
            byte => {
                self.add(self.weight(byte));
                self.operand = false;
                self.at += 1;
            }
        }
    }

    /// The weight of a character of an operator. The second of `&&` and its like has none.
    fn weight(&self, byte: u8) -> usize {
        let before = self.at.checked_sub(1).map_or(b' ', |before| self.bytes[before]);
        match byte {
            b'>' if before == b'=' => STATEMENT,
            b'+' | b'-' | b'.' => LEFT,
            b'=' | b'&' | b'|' | b'?' | b'*' | b'>' | b'<' if b"=&|?*><!+-/%^".contains(&before) => 0,
            _ => OPERATOR,
        }
    }

    fn add(&mut self, weight: usize) {
        self.depth += weight;
        if let Some(level) = self.open.last_mut() {
            level.weight += weight;
        }
    }

    /// What is open within the innermost bracket ends.
    fn reset(&mut self) {
        let bracket = if self.open.len() > 1 { BRACKET } else { 0 };
        if let Some(level) = self.open.last_mut() {
            self.depth -= level.weight - bracket.min(level.weight);
            level.weight = bracket.min(level.weight);
        }
    }

    fn open_bracket(&mut self, template: bool) {
        let postfix = self.operand && self.bytes.get(self.at) != Some(&b'{');
        self.open.push(Level { weight: 0, template, postfix });
        self.add(BRACKET);
        self.operand = false;
        self.at += 1;
    }

    fn close_bracket(&mut self) {
        if self.open.len() > 1
            && let Some(level) = self.open.pop()
        {
            self.depth -= level.weight;
            self.add(if level.postfix { LEFT } else { 0 });
        }
        self.operand = true;
        self.at += 1;
    }

    fn word(&mut self) {
        let length = self.bytes[self.at..].iter().take_while(|byte| is_word(**byte)).count();
        let word = &self.bytes[self.at..self.at + length];
        let goes_on = matches!(
            word,
            b"else"
                | b"catch"
                | b"finally"
                | b"in"
                | b"of"
                | b"instanceof"
                | b"as"
                | b"satisfies"
                | b"extends"
                | b"is"
        );
        // `if (a) if (b) …` nests without a bracket or an operator between.
        let after_head = self.bytes[..self.at].trim_ascii_end().last() == Some(&b')')
            && matches!(word, b"if" | b"for" | b"while" | b"with");
        if self.operand && !goes_on && !after_head {
            self.reset();
        }
        let weight = weight_of_word(word);
        self.add(weight.unwrap_or(0));
        self.operand = weight.is_none() && !goes_on;
        self.at += length;
    }

    fn string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == quote || byte == b'\n' {
                break;
            }
        }
        self.operand = true;
    }

    fn template(&mut self, start: usize) {
        self.at = start;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    break;
                }
                b'$' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    self.at += 1;
                    return self.open_bracket(true);
                }
                _ => self.at += 1,
            }
        }
        self.operand = true;
    }

    fn regular_expression(&mut self) {
        self.at += 1;
        let mut class = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'\n' => break,
                b'/' if !class => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        self.operand = true;
    }

    fn skip_to(&mut self, end: &[u8]) {
        let rest = &self.bytes[self.at..];
        let found = rest.windows(end.len()).skip(end.len()).position(|window| window == end);
        self.at += found.map_or(rest.len(), |found| found + 2 * end.len());
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'\\') || byte >= 0x80
}

/// The weight of a keyword after which an operand or a statement comes; none for other words.
fn weight_of_word(word: &[u8]) -> Option<usize> {
    match word {
        b"for" | b"while" | b"with" | b"do" => Some(STATEMENT),
        b"else" | b"catch" | b"finally" | b"const" | b"let" | b"var" | b"return" | b"case" => Some(0),
        b"async" | b"await" | b"class" | b"delete" | b"function" | b"if" | b"in" | b"of" | b"instanceof"
        | b"as" | b"satisfies" | b"extends" | b"is" | b"keyof" | b"infer" | b"new" | b"switch" | b"throw"
        | b"try" | b"typeof" | b"void" | b"yield" => Some(OPERATOR),
        _ => None,
    }
}
