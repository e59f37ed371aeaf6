//! CSS.

mod scan;

use std::sync::{Arc, RwLock};

use lightningcss::error::{Error, ParserError};
use lightningcss::stylesheet::{ParserFlags, ParserOptions, StyleSheet};

use crate::languages::Source;
use crate::languages::links::{self, Kind};
use crate::lint::File;
use crate::rules;
use crate::text::Lines;

const URL: Kind = Kind { name: "URL", missing: &rules::CSS_FILE, anchor: None };

/// Reports what the parser had to skip, blocks that don't close, and files that are not there.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let scan = scan::scan(source.text);
    for (rule, range, message) in scan.errors {
        file.report(rule, source.range(range), message);
    }
    for (url, range) in scan.urls {
        links::check(file, &url, source.range(range), URL);
    }
    if scan.too_deep {
        return;
    }
    let warnings = Arc::new(RwLock::new(Vec::new()));
    let options = ParserOptions {
        error_recovery: true,
        warnings: Some(Arc::clone(&warnings)),
        flags: ParserFlags::NESTING | ParserFlags::CUSTOM_MEDIA,
        ..ParserOptions::default()
    };
    let fatal = StyleSheet::parse(source.text, options).err();
    let lines = Lines::new(source.text);
    let warnings = warnings.read().map(|warnings| warnings.clone()).unwrap_or_default();
    for error in warnings.iter().chain(&fatal) {
        report(file, source, &lines, error);
    }
}

fn report(file: &mut File<'_>, source: Source<'_>, lines: &Lines<'_>, error: &Error<ParserError<'_>>) {
    // Lines count from 0, columns from 1 and in UTF-16.
    let mut at = error
        .loc
        .as_ref()
        .map_or(0, |at| lines.offset_of_utf16(at.line as usize + 1, (at.column as usize).saturating_sub(1)));
    let rule = match error.kind {
        ParserError::AtRuleInvalid(_) => {
            // It is reported at its end.
            at = source.text[..at].rfind('@').unwrap_or(at);
            &rules::CSS_AT_RULE
        }
        _ => &rules::CSS_SYNTAX,
    };
    let message = error.kind.to_string();
    let mut chars = message.chars();
    let first = chars.next().map(char::to_lowercase).into_iter().flatten();
    file.report(rule, source.at(at), first.chain(chars).collect::<String>());
}
