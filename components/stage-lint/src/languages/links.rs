//! Links from one file of the project to another.

use std::ops::Range;

use crate::lint::File;
use crate::project::Target;
use crate::rules::Rule;

/// Which rules a kind of link can break.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// What it is called in messages.
    pub(crate) name: &'static str,
    /// Its target is not there.
    pub(crate) missing: &'static Rule,
    /// Its target has no such anchor; none: fragments are not looked at.
    pub(crate) anchor: Option<&'static Rule>,
}

/// Reports a link that leads nowhere.
pub(crate) fn check(file: &mut File<'_>, link: &str, range: Range<usize>, kind: Kind) {
    let Kind { name, missing, anchor } = kind;
    match file.project.resolve(file.path, link) {
        Target::External | Target::Found { fragment: None, .. } => {}
        Target::Missing(path) => {
            file.report(missing, range, format!("{name} `{link}` leads to `{path}`, which is not there"));
        }
        Target::Outside => file.report(missing, range, format!("{name} `{link}` leads out of the project")),
        Target::Found { path, fragment: Some(fragment) } => {
            let Some(rule) = anchor else { return };
            if !file.project.has_anchor(&path, &fragment) {
                let message = format!("{name} `{link}`: `{path}` has no anchor `{fragment}`");
                file.report(rule, range, message);
            }
        }
    }
}
