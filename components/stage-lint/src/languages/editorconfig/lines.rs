//! What an `.editorconfig` asks of the lines of a text.

use super::{Charset, EndOfLine, Wanted};
use crate::languages::Language;
use crate::lint::{File, Suggestion};
use crate::rules::{self, Rule};

/// So many places of one rule are reported in one file.
const MAX_PLACES: usize = 20;

/// Checks a text. Its bytes are UTF-8 already.
pub(crate) fn check_text(file: &mut File<'_>, wanted: &Wanted, language: Option<Language>) {
    encoding(file, wanted);
    last_line(file, wanted);
    let mut places = Places { file, indent: 0, size: 0, ends: 0, trailing: 0, long: 0 };
    let mut start = 0;
    let text = places.file.text;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let at = if number == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        places.line(start + at, &line[at..], wanted, language);
        start += line.len();
    }
}

fn encoding(file: &mut File<'_>, wanted: &Wanted) {
    let mark = file.text.starts_with('\u{feff}');
    let rule = &rules::EDITORCONFIG_CHARSET;
    match wanted.charset {
        Some(Charset::Utf8) if mark => {
            let fix = Suggestion::replace("remove the byte order mark", 0..3, "");
            file.suggest(rule, 0..0, "the file begins with a byte order mark", fix);
        }
        Some(Charset::Utf8Bom) if !mark && !file.text.is_empty() => {
            let fix = Suggestion::replace("insert a byte order mark", 0..0, "\u{feff}");
            file.suggest(rule, 0..0, "the file doesn't begin with a byte order mark", fix);
        }
        Some(Charset::Utf16) if !file.text.is_empty() => {
            file.report(rule, 0..0, "the file is not UTF-16");
        }
        Some(Charset::Latin1) if !file.text.is_ascii() => {
            file.report(rule, 0..0, "the file is UTF-8, not Latin-1");
        }
        _ => {}
    }
}

fn last_line(file: &mut File<'_>, wanted: &Wanted) {
    let text = file.text;
    let end = text.len();
    let has = text.ends_with(['\n', '\r']);
    let rule = &rules::EDITORCONFIG_FINAL_NEWLINE;
    match wanted.final_newline {
        Some(true) if !has && !text.is_empty() => {
            let line_break = match wanted.end_of_line {
                Some(EndOfLine::CrLf) => "\r\n",
                Some(EndOfLine::Cr) => "\r",
                _ => "\n",
            };
            let fix = Suggestion::replace("insert a line break", end..end, line_break);
            file.suggest(rule, end..end, "the file doesn't end with a line break", fix);
        }
        Some(false) if has => {
            let kept = text.trim_end_matches(['\n', '\r']).len();
            let fix = Suggestion::replace("remove it", kept..end, "");
            file.suggest(rule, kept..end, "the file ends with a line break", fix);
        }
        _ => {}
    }
}

/// A file, and how many places were reported of each rule.
struct Places<'f, 'a> {
    file: &'f mut File<'a>,
    indent: usize,
    size: usize,
    ends: usize,
    trailing: usize,
    long: usize,
}

impl Places<'_, '_> {
    fn line(&mut self, start: usize, line: &str, wanted: &Wanted, language: Option<Language>) {
        let body = line.trim_end_matches(['\n', '\r']);
        let end = start + body.len();
        self.line_break(end, &line[body.len()..], wanted);
        if wanted.trim {
            let kept = body.trim_end_matches([' ', '\t']).len();
            if kept < body.len() {
                let range = start + kept..end;
                let fix = Suggestion::replace("remove it", range.clone(), "");
                let file = &mut *self.file;
                limited(&mut self.trailing, || {
                    let message = "white space at the end of the line";
                    file.suggest(&rules::EDITORCONFIG_TRAILING_SPACE, range, message, fix);
                });
            }
        }
        self.indentation(start, body, wanted, language);
        if let Some(limit) = wanted.max_line_length {
            let columns: usize =
                body.chars().map(|char| if char == '\t' { wanted.tab_width } else { 1 }).sum();
            if columns > limit {
                let message = format!("the line has {columns} columns, and may have {limit}");
                self.report(&rules::EDITORCONFIG_LINE_LENGTH, start..end, message, |places| &mut places.long);
            }
        }
    }

    fn line_break(&mut self, at: usize, found: &str, wanted: &Wanted) {
        let (expected, name) = match wanted.end_of_line {
            Some(EndOfLine::Lf) => ("\n", "LF"),
            Some(EndOfLine::CrLf) => ("\r\n", "CR LF"),
            Some(EndOfLine::Cr) => ("\r", "CR"),
            None => return,
        };
        let wrong = match expected {
            "\r" => found.contains('\n'),
            expected => !found.is_empty() && found != expected,
        };
        if wrong {
            let range = at..at + found.len();
            let fix = Suggestion::replace(format!("end it with {name}"), range.clone(), expected);
            let file = &mut *self.file;
            limited(&mut self.ends, || {
                let message = format!("the line doesn't end with {name}");
                file.suggest(&rules::EDITORCONFIG_END_OF_LINE, range, message, fix);
            });
        }
    }

    fn indentation(&mut self, start: usize, body: &str, wanted: &Wanted, language: Option<Language>) {
        let length = body.len() - body.trim_start_matches([' ', '\t']).len();
        let (indent, rest) = body.split_at(length);
        // Text within comments is aligned by spaces, whatever indents the code.
        if length == 0 || rest.is_empty() || rest.starts_with('*') {
            return;
        }
        let range = start..start + length;
        let rule = &rules::EDITORCONFIG_INDENT;
        match wanted.tabs {
            // YAML can't be indented by tabs at all.
            Some(true)
                if indent.starts_with(' ')
                    && language != Some(Language::Yaml)
                    // Fewer spaces than a level align.
                    && length >= wanted.tab_width =>
            {
                let message = "the line is indented by spaces, not by tabs".to_owned();
                self.report(rule, range, message, |places| &mut places.indent);
            }
            Some(false) if indent.contains('\t') => {
                let message = "the line is indented by tabs, not by spaces".to_owned();
                self.report(rule, range, message, |places| &mut places.indent);
            }
            Some(false) => {
                let is_data = matches!(
                    language,
                    Some(Language::Json | Language::JsonWithComments | Language::Css | Language::Asl)
                );
                // Elsewhere, what goes on in the next line may be aligned to anything.
                if let Some(size) =
                    wanted.indent_size.filter(|size| is_data && *size > 0 && !length.is_multiple_of(*size))
                {
                    let message = format!("the line is indented by {length} spaces, no multiple of {size}");
                    let rule = &rules::EDITORCONFIG_INDENT_SIZE;
                    self.report(rule, range, message, |places| &mut places.size);
                }
            }
            _ => {}
        }
    }

    fn report(
        &mut self,
        rule: &'static Rule,
        range: std::ops::Range<usize>,
        message: String,
        counter: fn(&mut Self) -> &mut usize,
    ) {
        *counter(self) += 1;
        if *counter(self) <= MAX_PLACES {
            self.file.report(rule, range, message);
        }
    }
}

fn limited(counter: &mut usize, report: impl FnOnce()) {
    *counter += 1;
    if *counter <= MAX_PLACES {
        report();
    }
}
