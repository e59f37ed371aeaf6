//! `.editorconfig`: the files themselves, and what they ask of every text file.

mod lines;
mod parse;

use std::collections::BTreeMap;

use crate::languages::Source;
use crate::lint::File;
use crate::rules;
use parse::{Config, Line, line};

pub(crate) use lines::check_text;

/// The name of such a file.
pub(crate) const NAME: &str = ".editorconfig";

/// Columns that a tab takes where nothing says how many.
const DEFAULT_TAB_WIDTH: usize = 4;

/// All such files of a project, by folder.
#[derive(Debug, Default)]
pub(crate) struct EditorConfigs {
    by_folder: BTreeMap<String, Config>,
}

impl EditorConfigs {
    /// Adds the file of a folder. What of it doesn't parse is left out here, and reported where the file is checked.
    pub(crate) fn add(&mut self, folder: &str, text: &str) {
        self.by_folder.insert(folder.to_owned(), Config::of(text));
    }

    /// What they ask of a file; none if nothing.
    pub(crate) fn of(&self, file: &str) -> Option<Wanted> {
        if self.by_folder.is_empty() {
            return None;
        }
        let mut applicable: Vec<(&str, &Config)> = Vec::new();
        let mut folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        loop {
            if let Some(config) = self.by_folder.get(folder) {
                applicable.push((folder, config));
                if config.root {
                    break;
                }
            }
            match folder.rsplit_once('/') {
                Some((above, _)) => folder = above,
                None if folder.is_empty() => break,
                None => folder = "",
            }
        }
        let mut properties = BTreeMap::new();
        for (folder, config) in applicable.into_iter().rev() {
            let path = if folder.is_empty() { file } else { &file[folder.len() + 1..] };
            config.apply(path, &mut properties);
        }
        Wanted::of(&properties)
    }
}

/// What is asked of one file. Nothing is asked where it is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    charset: Option<Charset>,
    end_of_line: Option<EndOfLine>,
    tabs: Option<bool>,
    indent_size: Option<usize>,
    tab_width: usize,
    trim: bool,
    final_newline: Option<bool>,
    max_line_length: Option<usize>,
}

/// An encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Utf8Bom,
    Utf16,
    Latin1,
}

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndOfLine {
    Lf,
    CrLf,
    Cr,
}

impl Wanted {
    fn of(properties: &BTreeMap<String, String>) -> Option<Self> {
        let value = |key: &str| properties.get(key).map(String::as_str);
        let number = |key: &str| value(key)?.parse().ok();
        let yes = |key: &str| value(key)?.parse::<bool>().ok();
        let tab_width = number("tab_width");
        let indent_size = if value("indent_size") == Some("tab") { tab_width } else { number("indent_size") };
        let wanted = Self {
            charset: value("charset").and_then(charset),
            end_of_line: value("end_of_line").and_then(end_of_line),
            tabs: match value("indent_style") {
                Some("tab") => Some(true),
                Some("space") => Some(false),
                _ => None,
            },
            indent_size,
            tab_width: tab_width.or(indent_size).unwrap_or(DEFAULT_TAB_WIDTH),
            trim: yes("trim_trailing_whitespace") == Some(true),
            final_newline: yes("insert_final_newline"),
            max_line_length: number("max_line_length"),
        };
        let nothing =
            Self { tab_width: wanted.tab_width, indent_size: wanted.indent_size, ..Self::default() };
        (wanted != nothing).then_some(wanted)
    }

    /// Whether the file is to be UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        matches!(self.charset, Some(Charset::Utf8 | Charset::Utf8Bom))
    }
}

fn charset(name: &str) -> Option<Charset> {
    Some(match name {
        "utf-8" => Charset::Utf8,
        "utf-8-bom" => Charset::Utf8Bom,
        "utf-16be" | "utf-16le" => Charset::Utf16,
        "latin1" => Charset::Latin1,
        _ => return None,
    })
}

fn end_of_line(name: &str) -> Option<EndOfLine> {
    Some(match name {
        "lf" => EndOfLine::Lf,
        "crlf" => EndOfLine::CrLf,
        "cr" => EndOfLine::Cr,
        _ => return None,
    })
}

/// Checks an `.editorconfig` itself.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let mut start = 0;
    for text in source.text.split_inclusive('\n') {
        let range = source.range(start..start + text.trim_end().len());
        start += text.len();
        let problem = match line(text) {
            Line::Pair(key, value) if !is_known(&key, &value) => format!("`{value}` is no value of `{key}`"),
            Line::Section(pattern) => match parse::glob(pattern) {
                Ok(_) => continue,
                Err(why) => format!("the pattern can't be read: {why}"),
            },
            Line::Wrong => "this is neither a section, a property nor a comment".to_owned(),
            _ => continue,
        };
        file.report(&rules::EDITORCONFIG_SYNTAX, range, problem);
    }
}

/// Whether a property has a value that it may have. Properties that are not known may have any.
fn is_known(key: &str, value: &str) -> bool {
    let number = value.parse::<usize>().is_ok_and(|number| number > 0);
    let yes_or_no = matches!(value, "true" | "false");
    value == "unset"
        || match key {
            "indent_style" => matches!(value, "tab" | "space"),
            "indent_size" => number || value == "tab",
            "tab_width" => number,
            "end_of_line" => end_of_line(value).is_some(),
            "charset" => charset(value).is_some(),
            "root" | "trim_trailing_whitespace" | "insert_final_newline" => yes_or_no,
            "max_line_length" => number || value == "off",
            _ => true,
        }
}
