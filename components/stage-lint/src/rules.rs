//! The rules: their names, what they are severe by default, and what they ask for.

mod list;

use crate::diagnostic::Severity;
use crate::languages::python;

pub use list::ALL;
pub(crate) use list::*;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, as in parameters, ignore comments and reports.
    pub id: &'static str,
    /// The language that it is about, by its name in parameters; `files` for those of all.
    pub group: &'static str,
    /// Its severity unless configured.
    pub severity: Severity,
    /// What it asks for, one sentence.
    pub about: &'static str,
}

/// The rule of this name.
pub(crate) fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id).or_else(|| python::rule(id))
}

/// Whether a rule is Python's: those have codes with meaningful beginnings.
pub(crate) fn is_python(rule: &Rule) -> bool {
    rule.group == python::GROUP
}

/// Whether parameters may have this name: of a rule, of a language, or the beginning of codes of Python's rules.
pub(crate) fn names_something(name: &str) -> bool {
    GROUPS.contains(&name) || find(name).is_some() || python::is_prefix(name)
}

/// That there is no such rule, and which one could be meant.
pub(crate) fn unknown(name: &str) -> String {
    let hint = nearest(name).map(|rule| format!(", hint: did you mean `{}`?", rule.id));
    format!("no rule is named `{name}`{}", hint.unwrap_or_default())
}

/// The rule whose name is the most like this one, when there is one that could be meant.
fn nearest(id: &str) -> Option<&'static Rule> {
    let distance = |rule: &&&Rule| edit_distance(id, rule.id);
    let best = ALL.iter().min_by_key(distance)?;
    (distance(&best) <= id.len().max(6) / 3).then_some(best)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
