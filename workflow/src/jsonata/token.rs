//! Tokens.

/// One token, and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Characters before it.
    pub(super) position: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A field name, plain or in backticks; `quoted` ones are never keywords.
    Name {
        text: String,
        quoted: bool,
    },
    /// `$name`, without the dollar; `$` alone is empty.
    Variable(String),
    Text(String),
    Number(f64),
    Regex {
        pattern: String,
        flags: String,
    },
    Operator(&'static str),
    End,
}

const OPERATORS: [&str; 36] = [
    "..", ":=", "!=", ">=", "<=", "**", "~>", ".", "[", "]", "{", "}", "(", ")", ",", "@", "#", ";", ":",
    "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^", "&", "!", "~", "and", "or", "in",
];

/// Characters that end a plain name.
const STOPS: &str = ".[]{}(),@#;:?+-*/%|=<>^&!~\"'`";

/// Reads tokens one by one.
pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn position(&self) -> usize {
        self.source[..self.at].chars().count()
    }

    fn skip(&mut self) -> Result<(), String> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let Some(comment) = trimmed.strip_prefix("/*") else {
                return Ok(());
            };
            let Some(end) = comment.find("*/") else {
                return Err(format!("the comment at character {} doesn't end", self.position() + 1));
            };
            self.at += end + 4;
        }
    }

    /// The next token. `operand` tells whether one may start here, so that `/` begins a regular expression.
    pub(super) fn next(&mut self, operand: bool) -> Result<Token, String> {
        self.skip()?;
        let position = self.position();
        let kind = self.kind(operand)?;
        Ok(Token { kind, position })
    }

    fn kind(&mut self, operand: bool) -> Result<Kind, String> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Kind::End);
        };
        match first {
            '/' if operand => self.regex(),
            '"' | '\'' => self.text(first).map(Kind::Text),
            '`' => self.quoted_name(),
            '0'..='9' => self.number(),
            '$' => {
                self.at += 1;
                let name = self.name();
                if name.is_empty() && self.rest().starts_with('$') {
                    self.at += 1;
                    return Ok(Kind::Variable("$".to_owned()));
                }
                Ok(Kind::Variable(name.to_owned()))
            }
            _ => {
                let symbols = &OPERATORS[..OPERATORS.len() - 3];
                if let Some(operator) = symbols.iter().find(|operator| rest.starts_with(**operator)) {
                    self.at += operator.len();
                    return Ok(Kind::Operator(operator));
                }
                let name = self.name();
                if name.is_empty() {
                    return Err(format!("unexpected `{first}` at character {}", self.position() + 1));
                }
                Ok(match OPERATORS[OPERATORS.len() - 3..].iter().find(|word| **word == name) {
                    Some(word) => Kind::Operator(word),
                    None => Kind::Name { text: name.to_owned(), quoted: false },
                })
            }
        }
    }

    fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let end =
            rest.find(|c: char| c.is_whitespace() || STOPS.contains(c) || c == '$').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn quoted_name(&mut self) -> Result<Kind, String> {
        let rest = &self.rest()[1..];
        let end = rest.find('`').ok_or_else(|| {
            format!("the name at character {} has no closing backtick", self.position() + 1)
        })?;
        self.at += end + 2;
        Ok(Kind::Name { text: rest[..end].to_owned(), quoted: true })
    }

    fn number(&mut self) -> Result<Kind, String> {
        let rest = self.rest().as_bytes();
        let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        // A leading zero stands alone, as in JSON.
        let mut end = if rest[0] == b'0' { 1 } else { digits(0) };
        if rest.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if matches!(rest.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            if digits(end + 1 + sign) > 0 {
                end += 1 + sign + digits(end + 1 + sign);
            }
        }
        let text = &self.rest()[..end];
        let number: f64 = text.parse().map_err(|_| format!("`{text}` isn't a number"))?;
        if !number.is_finite() {
            return Err(format!("the number `{text}` is out of range"));
        }
        self.at += end;
        Ok(Kind::Number(number))
    }

    fn text(&mut self, quote: char) -> Result<String, String> {
        let start = self.position();
        let body = &self.rest()[1..];
        let mut text = String::new();
        let mut characters = body.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '\\' => {
                    let escape = characters.next().map(|(_, c)| c);
                    let escaped = match escape {
                        Some(c @ ('"' | '\\' | '/' | '\'')) => c,
                        Some('b') => '\u{8}',
                        Some('f') => '\u{c}',
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        Some('u') => {
                            let rest = characters.as_str();
                            let (c, used) = unicode_escape(rest).ok_or_else(|| {
                                format!(
                                    "the escape in the text at character {} is not `\\u` with 4 digits",
                                    start + 1
                                )
                            })?;
                            for _ in 0..used {
                                characters.next();
                            }
                            c
                        }
                        Some(other) => {
                            return Err(format!(
                                "`\\{other}` isn't an escape (text at character {})",
                                start + 1
                            ));
                        }
                        None => break,
                    };
                    text.push(escaped);
                }
                c if c == quote => {
                    self.at += at + 2;
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err(format!("the text at character {} doesn't end", start + 1))
    }

    fn regex(&mut self) -> Result<Kind, String> {
        let start = self.position();
        let body = &self.rest()[1..];
        let mut in_class = false;
        let mut escaped = false;
        for (at, c) in body.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => {
                    if at == 0 {
                        return Err(format!("the regular expression at character {} is empty", start + 1));
                    }
                    let pattern = body[..at].to_owned();
                    let flags: String =
                        body[at + 1..].chars().take_while(|c| matches!(c, 'i' | 'm')).collect();
                    self.at += at + 2 + flags.len();
                    return Ok(Kind::Regex { pattern, flags });
                }
                _ => {}
            }
        }
        Err(format!("the regular expression at character {} doesn't end", start + 1))
    }
}

/// The character of the four digits after `\u` (or of the eight and the second `\u` of a pair), and how many were used.
fn unicode_escape(rest: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        u32::from_str_radix(text, 16).ok().filter(|_| text.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let first = unit(rest.get(..4)?)?;
    if (0xD800..0xDC00).contains(&first)
        && let Some(low) = rest.get(4..6).filter(|text| *text == "\\u").and_then(|_| unit(rest.get(6..10)?))
        && (0xDC00..0xE000).contains(&low)
    {
        return Some((char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00))?, 10));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 4))
}
