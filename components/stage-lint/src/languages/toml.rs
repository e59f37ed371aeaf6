//! TOML.

use toml::de::DeTable;

use crate::languages::Source;
use crate::lint::File;
use crate::rules;

/// Reports every error of a document; the parser recovers. It limits nesting itself.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let (_, errors) = DeTable::parse_recoverable(source.text);
    for error in errors {
        let range = source.range(error.span().unwrap_or(0..0));
        file.report(&rules::TOML_SYNTAX, range, error.message());
    }
}
