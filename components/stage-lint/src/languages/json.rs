//! JSON, with and without comments.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::languages::{MAX_NESTING, Source};
use crate::lint::{File, Suggestion};
use crate::rules;

/// Names, less `.json`, of files in which their tools take comments.
const WITH_COMMENTS: &[&str] = &[
    ".babelrc",
    ".eslintrc",
    ".jshintrc",
    ".markdownlint",
    ".oxlintrc",
    ".stylelintrc",
    ".swcrc",
    "api-extractor",
    "deno",
    "devcontainer",
    "jsconfig",
    "rush",
    "tsconfig",
    "tsdoc",
    "tslint",
    "typedoc",
];

/// Whether a `.json` file is by its name one in which comments and trailing commas are usual.
pub(crate) fn allows_comments(path: &str, stem: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    let folder = |name: &str| path.starts_with(&format!("{name}/")) || path.contains(&format!("/{name}/"));
    WITH_COMMENTS.iter().any(|name| {
        stem.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    }) || folder(".vscode")
        || folder(".devcontainer")
}

/// Reports the first syntax error, and every key that an object has twice.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>, comments: bool) {
    let mut parser = Parser::new(source.text, comments);
    check_with(file, source, &mut parser);
}

/// The same for JSON without comments. Answers where everything stands, by JSON pointers: members of objects by
/// their keys. None when it doesn't parse.
pub(crate) fn check_and_locate(
    file: &mut File<'_>,
    source: Source<'_>,
) -> Option<BTreeMap<String, Range<usize>>> {
    let mut parser = Parser::new(source.text, false);
    parser.places = Some(BTreeMap::new());
    check_with(file, source, &mut parser).then_some(parser.places).flatten()
}

/// JSON with comments and trailing commas without either. Everything keeps its place.
pub(crate) fn strict(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (mut at, mut comma) = (0, None);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                comma = None;
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => {
                let end: &[u8] = if bytes[at + 1] == b'/' { b"\n" } else { b"*/" };
                let length = bytes[at..].windows(end.len()).skip(2).position(|window| window == end);
                let stop =
                    length.map_or(bytes.len(), |length| (at + 2 + length + end.len()).min(bytes.len()));
                bytes[at..stop].fill(b' ');
                at = stop;
                continue;
            }
            b',' => comma = Some(at),
            b']' | b'}' => {
                if let Some(comma) = comma.take() {
                    bytes[comma] = b' ';
                }
            }
            byte if !byte.is_ascii_whitespace() => comma = None,
            _ => {}
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Whether it parses.
fn check_with(file: &mut File<'_>, source: Source<'_>, parser: &mut Parser<'_>) -> bool {
    let end = parser.document();
    for (range, first) in std::mem::take(&mut parser.duplicates) {
        let key = &source.text[range.clone()];
        let line = file.line_of(source.start + first);
        file.report(
            &rules::JSON_DUPLICATE_KEY,
            source.range(range),
            format!("the object has key {key} twice: it is in line {line}, too"),
        );
    }
    match end {
        Ok(()) => true,
        Err(Stop::TooDeep) => {
            let message = format!("nested deeper than {MAX_NESTING} levels: the rest is not checked");
            file.report(&rules::NESTING, source.at(parser.at), message);
            false
        }
        Err(Stop::Syntax(range, message)) => {
            let fix = mended(&message, source.range(range.clone()));
            file.report_as(
                &rules::JSON_SYNTAX,
                rules::JSON_SYNTAX.severity,
                source.range(range),
                message,
                fix,
            );
            false
        }
    }
}

fn mended(message: &str, range: Range<usize>) -> Option<Suggestion> {
    (message == LAST_COMMA).then(|| Suggestion::replace("remove the comma", range, ""))
}

const LAST_COMMA: &str = "a comma after the last element is not JSON";

/// A parser with a stack of its own: nesting can't exhaust the program's.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    comments: bool,
    nesting: Vec<Open>,
    /// Where a key stands the second time, and where the first.
    duplicates: Vec<(Range<usize>, usize)>,
    /// Where everything stands, by its pointer, when that is asked for.
    places: Option<BTreeMap<String, Range<usize>>>,
}

enum Open {
    /// With the index of the element that comes.
    Array(usize),
    /// With the keys so far, and the last one.
    Object(HashMap<String, usize>, String),
}

enum Stop {
    Syntax(Range<usize>, String),
    TooDeep,
}

/// What must come next.
enum Next {
    Value,
    /// A value, or the end of the array that was just opened.
    ValueOrEnd,
    /// A key; `true`: or the end of the object.
    Key(bool),
    /// A comma, or the end of what is open.
    CommaOrEnd,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, comments: bool) -> Self {
        Self { text, at: 0, comments, nesting: Vec::new(), duplicates: Vec::new(), places: None }
    }

    /// Notes where the value that comes stands, or the key before it.
    fn locate(&mut self, range: Range<usize>) {
        let Some(places) = &mut self.places else { return };
        let mut pointer = String::new();
        for open in &self.nesting {
            pointer.push('/');
            match open {
                Open::Array(index) => pointer.push_str(&index.to_string()),
                Open::Object(_, key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
            }
        }
        places.entry(pointer).or_insert(range);
    }

    fn document(&mut self) -> Result<(), Stop> {
        let mut next = Next::Value;
        loop {
            self.space()?;
            next = match next {
                Next::ValueOrEnd if self.eat(b']') => self.close(),
                Next::Value | Next::ValueOrEnd => self.value()?,
                Next::Key(true) if self.eat(b'}') => self.close(),
                Next::Key(_) => self.key()?,
                Next::CommaOrEnd if self.nesting.is_empty() => {
                    return if self.at == self.text.len() {
                        Ok(())
                    } else {
                        Err(self.unexpected("the end of the file"))
                    };
                }
                Next::CommaOrEnd => self.comma_or_end()?,
            };
        }
    }

    fn value(&mut self) -> Result<Next, Stop> {
        self.locate(self.at..self.at);
        match self.text.as_bytes().get(self.at) {
            Some(b'{') => self.open(Open::Object(HashMap::new(), String::new()), Next::Key(true)),
            Some(b'[') => self.open(Open::Array(0), Next::ValueOrEnd),
            Some(b'"') => self.string().map(|_| Next::CommaOrEnd),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| Next::CommaOrEnd),
            Some(_) if self.word() => Ok(Next::CommaOrEnd),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn open(&mut self, open: Open, next: Next) -> Result<Next, Stop> {
        if self.nesting.len() == MAX_NESTING {
            return Err(Stop::TooDeep);
        }
        self.nesting.push(open);
        self.at += 1;
        Ok(next)
    }

    fn close(&mut self) -> Next {
        self.nesting.pop();
        Next::CommaOrEnd
    }

    fn comma_or_end(&mut self) -> Result<Next, Stop> {
        let array = matches!(self.nesting.last(), Some(Open::Array(_)));
        if self.eat(if array { b']' } else { b'}' }) {
            return Ok(self.close());
        }
        let comma = self.at;
        if !self.eat(b',') {
            return Err(self.unexpected(if array { "`,` or `]`" } else { "`,` or `}`" }));
        }
        self.space()?;
        let ends = self.text[self.at..].starts_with([']', '}']);
        if ends && !self.comments {
            return Err(Stop::Syntax(comma..comma + 1, LAST_COMMA.to_owned()));
        }
        if let Some(Open::Array(index)) = self.nesting.last_mut() {
            *index += 1;
        }
        Ok(match array {
            true if ends => Next::ValueOrEnd,
            true => Next::Value,
            false => Next::Key(ends),
        })
    }

    fn key(&mut self) -> Result<Next, Stop> {
        let start = self.at;
        if !self.text[self.at..].starts_with('"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let key = self.string()?;
        let range = start..self.at;
        if let Some(Open::Object(keys, last)) = self.nesting.last_mut() {
            last.clone_from(&key);
            if let Some(first) = keys.get(&key) {
                self.duplicates.push((range.clone(), *first));
            } else {
                keys.insert(key, start);
            }
        }
        self.locate(range);
        self.space()?;
        if !self.eat(b':') {
            return Err(self.unexpected("`:`"));
        }
        Ok(Next::Value)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let known = matches!(&rest[..length], "true" | "false" | "null");
        self.at += if known { length } else { 0 };
        known
    }

    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let rest = &self.text[start..];
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let number = &rest[..length];
        self.at += length;
        if is_number(number.as_bytes()) {
            return Ok(());
        }
        Err(Stop::Syntax(start..self.at, format!("`{number}` is no JSON number")))
    }

    /// Reads a string from its opening quote on. Answers what it says.
    fn string(&mut self) -> Result<String, Stop> {
        let start = self.at;
        let mut value = String::new();
        self.at += 1;
        while let Some(char) = self.text[self.at..].chars().next() {
            match char {
                '"' => {
                    self.at += 1;
                    return Ok(value);
                }
                '\\' => value.push(self.escape()?),
                '\n' | '\r' => break,
                '\0'..='\u{1f}' => {
                    let message =
                        format!("control character U+{:04X} must be escaped in a string", u32::from(char));
                    return Err(Stop::Syntax(self.at..self.at + 1, message));
                }
                char => {
                    value.push(char);
                    self.at += char.len_utf8();
                }
            }
        }
        Err(Stop::Syntax(start..start + 1, "the string is not closed".to_owned()))
    }

    fn escape(&mut self) -> Result<char, Stop> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start + 1..).unwrap_or_default();
        let (char, length) = match rest {
            [b'u', hex @ ..] => {
                let digits = hex.get(..4).and_then(|hex| std::str::from_utf8(hex).ok());
                let code = digits
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok());
                (code.and_then(unit), 6)
            }
            [b'n', ..] => (Some('\n'), 2),
            [b't', ..] => (Some('\t'), 2),
            [b'r', ..] => (Some('\r'), 2),
            [b'b', ..] => (Some('\u{8}'), 2),
            [b'f', ..] => (Some('\u{c}'), 2),
            [char @ (b'"' | b'\\' | b'/'), ..] => (Some(char::from(*char)), 2),
            _ => (None, 2),
        };
        let Some(char) = char else {
            let shown: String = self.text[start..].chars().take(2).collect();
            return Err(Stop::Syntax(start..start + 1, format!("`{shown}` is no escape of a JSON string")));
        };
        self.at += length;
        Ok(char)
    }

    fn space(&mut self) -> Result<(), Stop> {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") && !trimmed.starts_with("/*") {
                return Ok(());
            }
            if !self.comments {
                return Err(Stop::Syntax(self.at..self.at + 2, "a comment is not JSON".to_owned()));
            }
            let end = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else {
                let Some(end) = trimmed.find("*/") else {
                    return Err(Stop::Syntax(self.at..self.at + 2, "the comment is not closed".to_owned()));
                };
                end + 2
            };
            self.at += end;
        }
    }

    fn unexpected(&self, wanted: &str) -> Stop {
        let rest = &self.text[self.at..];
        let (found, length) = match rest.chars().next() {
            None => ("the end of the file".to_owned(), 0),
            Some('\u{feff}') => ("a byte order mark".to_owned(), 3),
            Some(char) if char.is_alphanumeric() || char == '_' => {
                let word: String =
                    rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').take(40).collect();
                let length = word.len();
                (format!("`{word}`"), length)
            }
            Some(char) => (format!("`{}`", char.escape_default()), char.len_utf8()),
        };
        Stop::Syntax(self.at..self.at + length, format!("{found} where {wanted} must be"))
    }
}

/// A code unit as a character. Values only serve to compare keys: a half of a surrogate pair becomes one of
/// the private characters of plane 16.
fn unit(code: u32) -> Option<char> {
    char::from_u32(if (0xd800..=0xdfff).contains(&code) { code - 0xd800 + 0x10_f000 } else { code })
}

fn is_number(bytes: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    let mut rest = &rest[whole..];
    if let [b'.', fraction @ ..] = rest {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent =
            exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}
