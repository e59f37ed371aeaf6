//! Finds shortcodes. What looks like one but is none, as `{{ x }}`, is text.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{PLACEHOLDER, Shortcode};

/// How deep bodies may be in bodies.
const MAX_DEPTH: usize = 16;

/// The text with placeholders, and the calls that they stand for. An error names its line.
pub(crate) fn parse(text: &str) -> Result<(String, Vec<Shortcode>), String> {
    if !text.contains("{{") && !text.contains("{%") {
        return Ok((text.to_owned(), Vec::new()));
    }
    let mut parser = Parser { text, at: 0, counts: HashMap::new() };
    let (output, found, _) = parser.content(None, 0)?;
    Ok((output, found))
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    counts: HashMap<String, usize>,
}

/// A call, and where the text goes on after it.
type Call = (String, Map<String, Value>, usize);

impl Parser<'_> {
    /// Reads to the end of the text, or of the body of the shortcode that `within` names.
    fn content(
        &mut self,
        within: Option<(&str, usize)>,
        depth: usize,
    ) -> Result<(String, Vec<Shortcode>, usize), String> {
        if depth > MAX_DEPTH {
            return Err(format!(
                "line {}: shortcodes are nested too deep: the limit is {MAX_DEPTH}",
                self.line(self.at)
            ));
        }
        let (mut output, mut found) = (String::new(), Vec::new());
        loop {
            let rest = &self.text[self.at..];
            let Some(next) = rest.find("{{").into_iter().chain(rest.find("{%")).min() else { break };
            output.push_str(&rest[..next]);
            self.at += next;
            let start = self.at;
            if let Some(end) = self.end(start, "{%", "%}") {
                let Some((_, _)) = within else {
                    return Err(format!("line {}: `{{% end %}}` ends no shortcode", self.line(start)));
                };
                self.at = end;
                return Ok((output, found, start));
            }
            if self.text[start..].starts_with("{{/*") || self.text[start..].starts_with("{%/*") {
                self.escaped(&mut output)?;
            } else if let Some((name, arguments, end)) = self.call(start, "{{", "}}") {
                self.at = end;
                let shortcode = self.shortcode(name, arguments, output.len());
                found.push(shortcode);
                output.push_str(PLACEHOLDER);
            } else if let Some((name, arguments, end)) = self.call(start, "{%", "%}") {
                self.at = end;
                let mut shortcode = self.shortcode(name.clone(), arguments, output.len());
                let (body, inner, _) = self.content(Some((&name, start)), depth + 1)?;
                let (body, inner) = trimmed(body, inner);
                (shortcode.body, shortcode.inner) = (Some(body), inner);
                found.push(shortcode);
                output.push_str(PLACEHOLDER);
            } else {
                output.push_str(&self.text[start..start + 2]);
                self.at = start + 2;
            }
        }
        if let Some((name, start)) = within {
            let line = self.line(start);
            return Err(format!(
                "line {line}: shortcode `{name}` is not closed: hint: end its body with `{{% end %}}`"
            ));
        }
        output.push_str(&self.text[self.at..]);
        self.at = self.text.len();
        Ok((output, found, self.at))
    }

    fn shortcode(&mut self, name: String, arguments: Map<String, Value>, at: usize) -> Shortcode {
        let count = self.counts.entry(name.clone()).or_insert(0);
        *count += 1;
        let span = at..at + PLACEHOLDER.len();
        Shortcode { name, arguments, span, body: None, inner: Vec::new(), nth: *count }
    }

    /// A call that is shown, not made: `{{/* name() */}}`.
    fn escaped(&mut self, output: &mut String) -> Result<(), String> {
        let start = self.at;
        if let Some((_, _, end)) = self.call(start, "{{/*", "*/}}") {
            let shown = self.text[start..end].replacen("{{/*", "{{", 1);
            output.push_str(shown.strip_suffix("*/}}").unwrap_or(&shown));
            output.push_str("}}");
            self.at = end;
            return Ok(());
        }
        let Some((name, _, opened)) = self.call(start, "{%/*", "*/%}") else {
            output.push_str(&self.text[start..start + 2]);
            self.at = start + 2;
            return Ok(());
        };
        let mut from = opened;
        let (body_end, end) = loop {
            let Some(next) = self.text[from..].find("{%/*").map(|next| from + next) else {
                let line = self.line(start);
                return Err(format!(
                    "line {line}: `{{%/* {name}() */%}}` is not closed: hint: end it with `{{%/* end */%}}`"
                ));
            };
            if let Some(end) = self.end(next, "{%/*", "*/%}") {
                break (next, end);
            }
            from = next + 4;
        };
        let plain = |tag: &str| tag.replacen("{%/*", "{%", 1).replacen("*/%}", "%}", 1);
        output.push_str(&plain(&self.text[start..opened]));
        output.push_str(&self.text[opened..body_end]);
        output.push_str(&plain(&self.text[body_end..end]));
        self.at = end;
        Ok(())
    }

    /// The end of an `end` tag that begins here.
    fn end(&self, at: usize, open: &str, close: &str) -> Option<usize> {
        let mut cursor = Cursor { text: self.text, at };
        cursor.literal(open)?;
        cursor.white();
        cursor.literal("end")?;
        cursor.white();
        cursor.literal(close)?;
        Some(cursor.at)
    }

    fn call(&self, at: usize, open: &str, close: &str) -> Option<Call> {
        let mut cursor = Cursor { text: self.text, at };
        cursor.literal(open)?;
        cursor.white();
        let name = cursor.name()?;
        cursor.white();
        cursor.literal("(")?;
        cursor.white();
        let mut arguments = Map::new();
        while cursor.literal(")").is_none() {
            if !arguments.is_empty() {
                cursor.literal(",");
                cursor.white();
            }
            let key = cursor.name()?;
            cursor.white();
            cursor.literal("=")?;
            cursor.white();
            arguments.insert(key, cursor.value(0)?);
            cursor.white();
        }
        cursor.white();
        cursor.literal(close)?;
        Some((name, arguments, cursor.at))
    }

    fn line(&self, at: usize) -> usize {
        crate::zola::config::line_of(self.text, at)
    }
}

/// A body without white space around it; places in it move along.
fn trimmed(body: String, mut inner: Vec<Shortcode>) -> (String, Vec<Shortcode>) {
    let start = body.len() - body.trim_start().len();
    for shortcode in &mut inner {
        shortcode.span = shortcode.span.start - start..shortcode.span.end - start;
    }
    (body.trim().to_owned(), inner)
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn white(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        self.rest().starts_with(literal).then(|| self.at += literal.len())
    }

    fn name(&mut self) -> Option<String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.at += end;
        Some(name)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let quote = self.rest().chars().next()?;
        match quote {
            '"' | '\'' | '`' => {
                let inside = &self.rest()[1..];
                let end = inside.find(quote)?;
                let value = inside[..end].to_owned();
                self.at += end + 2;
                Some(Value::String(value))
            }
            '[' if depth < MAX_DEPTH => self.list(depth),
            '-' | '0'..='9' => self.number(),
            _ if self.literal("true").is_some() => Some(Value::Bool(true)),
            _ if self.literal("false").is_some() => Some(Value::Bool(false)),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.literal("[")?;
        self.white();
        let mut values = Vec::new();
        while self.literal("]").is_none() {
            values.push(self.value(depth + 1)?);
            self.white();
            if self.literal(",").is_none() {
                self.white();
                self.literal("]")?;
                break;
            }
            self.white();
        }
        Some(Value::Array(values))
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|&(at, c)| !(c.is_ascii_digit() || c == '.' || c == '-' && at == 0))
            .map_or(rest.len(), |(at, _)| at);
        let digits = rest[..end].to_owned();
        self.at += end;
        match digits.parse::<i64>() {
            Ok(whole) => Some(json!(whole)),
            Err(_) => {
                digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| json!(number))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, calls: &[&str]) {
        let (output, found) = parse(text).unwrap();
        assert_eq!(output.replace(PLACEHOLDER, "@"), expected);
        let shown: Vec<_> = found.iter().map(show).collect();
        assert_eq!(shown, calls);
        for shortcode in found {
            assert_eq!(&output[shortcode.span], PLACEHOLDER);
        }
    }

    fn show(shortcode: &Shortcode) -> String {
        let mut shown =
            format!("{}{}{}", shortcode.name, shortcode.nth, Value::Object(shortcode.arguments.clone()));
        if let Some(body) = &shortcode.body {
            let inner: Vec<_> = shortcode.inner.iter().map(show).collect();
            shown = format!("{shown}[{}|{}]", body.replace(PLACEHOLDER, "@"), inner.join(";"));
        }
        shown
    }

    #[test]
    fn calls_are_found() {
        check("a {{ b() }} c {{ b(x=1) }}", "a @ c @", &["b1{}", "b2{\"x\":1}"]);
        check(
            "{{ f(a=\"x\", b='y', c=`z`, d=[1, true,], e=-1.5) }}",
            "@",
            &["f1{\"a\":\"x\",\"b\":\"y\",\"c\":\"z\",\"d\":[1,true],\"e\":-1.5}"],
        );
        check("{% q(by=\"x\") %}\n text {{ b() }}\n{% end %}!", "@!", &["q1{\"by\":\"x\"}[text @|b1{}]"]);
        check("{% q() %}{% q() %}a{% end %}{% end %}", "@", &["q1{}[@|q2{}[a|]]"]);
    }

    #[test]
    fn what_is_no_call_is_text() {
        check("{{ a }} {% if x %} {{ f(x=y) }}", "{{ a }} {% if x %} {{ f(x=y) }}", &[]);
        check("{{/* a(b=1) */}}", "{{ a(b=1) }}", &[]);
        check("{%/* a() */%} x {%/* end */%}", "{% a() %} x {% end %}", &[]);
    }

    #[track_caller]
    fn check_invalid(text: &str, expected: &str) {
        assert_eq!(parse(text).unwrap_err(), expected);
    }

    #[test]
    fn bodies_have_an_end() {
        check_invalid(
            "a\n{% q() %}\ntext",
            "line 2: shortcode `q` is not closed: hint: end its body with `{% end %}`",
        );
        check_invalid("a\n\n{% end %}", "line 3: `{% end %}` ends no shortcode");
        check_invalid(
            "{%/* q() */%} {% end %}",
            "line 1: `{%/* q() */%}` is not closed: hint: end it with `{%/* end */%}`",
        );
        check_invalid(&"{% q() %}".repeat(20), "line 1: shortcodes are nested too deep: the limit is 16");
    }
}
