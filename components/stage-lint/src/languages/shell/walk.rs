//! The rules about commands.

use std::ops::Range;

use brush_parser::SourceSpan;
use brush_parser::ast::{
    AndOrList, AssignmentValue, Command, CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList,
    IoFileRedirectTarget, IoRedirect, Pipeline, Program, SimpleCommand, Word,
};

use super::{Dialect, words};
use crate::languages::Source;
use crate::lint::{File, Suggestion};
use crate::rules;

/// Folders that a `rm -r` of a variable and a path must not reach when the variable is empty.
const ROOT_FOLDERS: &[&str] = &[
    "", "*", "bin", "boot", "dev", "etc", "home", "lib", "opt", "root", "sbin", "usr", "usr/*", "var",
    "var/*",
];

/// Checks all commands of a script.
pub(super) fn check(file: &mut File<'_>, source: Source<'_>, program: &Program, dialect: Dialect) {
    let mut bytes: Vec<usize> = source.text.char_indices().map(|(at, _)| at).collect();
    bytes.push(source.text.len());
    let first = source.text.lines().next().unwrap_or_default();
    let stops = first.starts_with("#!") && first.contains(" -e");
    let mut walk = Walk { file, source, dialect, bytes, stops };
    for (index, list) in program.complete_commands.iter().enumerate() {
        walk.list(list, index + 1 == program.complete_commands.len());
    }
}

pub(super) struct Walk<'f, 'a, 's> {
    pub(super) file: &'f mut File<'a>,
    pub(super) source: Source<'s>,
    pub(super) dialect: Dialect,
    /// The byte of each character.
    bytes: Vec<usize>,
    /// Whether the script stops at a command that fails.
    stops: bool,
}

impl Walk<'_, '_, '_> {
    /// Where something stands in the file.
    pub(super) fn range(&self, span: Option<&SourceSpan>) -> Range<usize> {
        let byte = |index: usize| self.bytes.get(index).or(self.bytes.last()).copied().unwrap_or_default();
        let range = span.map_or(0..0, |span| byte(span.start.index)..byte(span.end.index));
        self.source.range(range.start..range.end.max(range.start))
    }

    /// Where a word stands, and its text as it is written.
    pub(super) fn word_range(&self, word: &Word) -> Range<usize> {
        self.range(word.loc.as_ref())
    }

    fn list(&mut self, list: &CompoundList, ends: bool) {
        for (index, item) in list.0.iter().enumerate() {
            self.and_or(&item.0, ends && index + 1 == list.0.len());
        }
    }

    /// A list whose outcome something depends on.
    fn condition(&mut self, list: &CompoundList) {
        let last = list.0.len().saturating_sub(1);
        for (index, item) in list.0.iter().enumerate() {
            let tested = index == last || !item.0.additional.is_empty();
            self.pipelines(&item.0, tested);
        }
    }

    fn and_or(&mut self, list: &AndOrList, last: bool) {
        self.pipelines(list, last || !list.additional.is_empty());
    }

    fn pipelines(&mut self, list: &AndOrList, tested: bool) {
        for (_, pipeline) in list {
            self.pipeline(pipeline, tested);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, tested: bool) {
        for command in &pipeline.seq {
            self.command(command, tested || pipeline.bang || pipeline.seq.len() > 1);
        }
    }

    fn command(&mut self, command: &Command, tested: bool) {
        match command {
            Command::Simple(simple) => self.simple(simple, tested),
            Command::Compound(compound, redirects) => {
                self.compound(compound);
                redirects.iter().flat_map(|list| &list.0).for_each(|redirect| self.redirect(redirect));
            }
            Command::Function(function) => {
                let range = self.word_range(&function.fname);
                let before = self.source.text[..range.start - self.source.start].trim_end();
                if before.ends_with("function") {
                    self.bash_only(range, "`function`");
                }
                self.compound(&function.body.0);
            }
            Command::ExtendedTest(test, _) => {
                let range = self.range(Some(&test.loc));
                self.bash_only(range, "`[[`");
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        match compound {
            CompoundCommand::Arithmetic(command) => {
                let range = self.range(Some(&command.loc));
                // The parser takes two shells within each other for this, too.
                if self.file.text[range.start..].starts_with("((") {
                    self.bash_only(range, "`((`");
                }
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                let range = self.range(Some(&clause.loc));
                self.bash_only(range, "`for ((`");
                self.list(&clause.body.list, false);
            }
            CompoundCommand::BraceGroup(group) => self.list(&group.list, true),
            CompoundCommand::Subshell(shell) => self.list(&shell.list, true),
            CompoundCommand::ForClause(clause) => {
                for word in clause.values.iter().flatten() {
                    self.looped(word);
                }
                self.list(&clause.body.list, false);
            }
            CompoundCommand::CaseClause(clause) => {
                for case in clause.cases.iter().filter_map(|case| case.cmd.as_ref()) {
                    self.list(case, false);
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.condition(&clause.condition);
                self.list(&clause.then, false);
                for other in clause.elses.iter().flatten() {
                    if let Some(condition) = &other.condition {
                        self.condition(condition);
                    }
                    self.list(&other.body, false);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.condition(&clause.0);
                self.list(&clause.1.list, false);
            }
            CompoundCommand::Coprocess(process) => {
                let range = self.range(Some(&process.loc));
                self.bash_only(range, "`coproc`");
                self.command(&process.body, true);
            }
        }
    }

    fn simple(&mut self, command: &SimpleCommand, tested: bool) {
        let prefix = command.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = command.suffix.iter().flat_map(|suffix| &suffix.0);
        for item in prefix.chain(suffix.clone()) {
            match item {
                Item::IoRedirect(redirect) => self.redirect(redirect),
                Item::Word(word) => words::argument(self, word),
                Item::AssignmentWord(assignment, _) => match &assignment.value {
                    AssignmentValue::Scalar(word) => words::value(self, word),
                    AssignmentValue::Array(_) => {
                        let range = self.range(Some(&assignment.loc));
                        self.bash_only(range, "an array");
                    }
                },
                Item::ProcessSubstitution(_, shell) => {
                    let range = self.range(Some(&shell.loc));
                    self.bash_only(range, "a process substitution");
                    self.list(&shell.list, true);
                }
            }
        }
        let Some(name) = &command.word_or_name else { return };
        words::value(self, name);
        let arguments: Vec<&Word> = suffix
            .filter_map(|item| match item {
                Item::Word(word) | Item::AssignmentWord(_, word) => Some(word),
                _ => None,
            })
            .collect();
        self.program(name, &arguments, tested);
    }

    fn program(&mut self, name: &Word, arguments: &[&Word], tested: bool) {
        let range = self.word_range(name);
        let values: Vec<&str> = arguments.iter().map(|word| word.value.as_str()).collect();
        match name.value.as_str() {
            "cd" if !tested && !self.stops && !values.is_empty() => {
                let fix = Suggestion::by_hand("write `cd … || exit`");
                let message = "what follows runs elsewhere when `cd` fails";
                self.file.suggest(&rules::SHELL_CD, range, message, fix);
            }
            "set" => {
                let stops = |value: &&str| {
                    *value == "errexit" || value.strip_prefix('-').is_some_and(|flags| flags.contains('e'))
                };
                self.stops |= values.iter().any(stops);
            }
            "[" if values.last() != Some(&"]") => {
                let fix = Suggestion::by_hand("write a space before `]`");
                self.file.suggest(&rules::SHELL_TEST, range, "`[` is not closed by a `]` of its own", fix);
            }
            "[" | "test" => self.test(&range, &values),
            "read" if !values.iter().any(|value| value.starts_with('-') && value.contains('r')) => {
                let fix = Suggestion::replace("write `read -r`", range.end..range.end, " -r");
                self.file.suggest(&rules::SHELL_READ, range, "`read` without `-r` drops backslashes", fix);
            }
            "rm" => self.remove(arguments),
            "source" => self.bash_only(range, "`source`"),
            other => self.assignment(other, &range, &values),
        }
    }

    fn test(&mut self, range: &Range<usize>, values: &[&str]) {
        if values.iter().any(|value| value.trim_matches('"') == "$?") {
            let fix = Suggestion::by_hand("test the command itself: `if command; then`");
            self.file.suggest(&rules::SHELL_STATUS, range.clone(), "`$?` is tested, not the command", fix);
        }
        if values.contains(&"==") {
            self.bash_only(range.clone(), "`==` within `[`");
        }
    }

    fn assignment(&mut self, name: &str, range: &Range<usize>, values: &[&str]) {
        let is_name = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        };
        if is_name(name) && values.first() == Some(&"=") {
            let fix = Suggestion::by_hand(format!("write `{name}=…` without spaces"));
            let message = format!("`{name}` is called with `=`, not assigned to");
            self.file.suggest(&rules::SHELL_ASSIGNMENT, range.clone(), message, fix);
        } else if let Some((variable, _)) = name.strip_prefix('$').and_then(|name| name.split_once('='))
            && is_name(variable)
        {
            let fix = Suggestion::replace("remove the `$`", range.start..range.start + 1, "");
            let message = format!("`${variable}=` calls what the variable holds, and assigns nothing");
            self.file.suggest(&rules::SHELL_ASSIGNMENT, range.clone(), message, fix);
        }
    }

    fn remove(&mut self, arguments: &[&Word]) {
        let recursive = |word: &&&Word| {
            let value = word.value.as_str();
            value == "--recursive"
                || (value.starts_with('-') && !value.starts_with("--") && value.contains(['r', 'R']))
        };
        if !arguments.iter().any(|word| recursive(&word)) {
            return;
        }
        for word in arguments {
            let plain = word.value.replace('"', "");
            let Some((variable, rest)) = plain.strip_prefix('$').and_then(|rest| rest.split_once('/')) else {
                continue;
            };
            let inner =
                variable.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(variable);
            let is_name =
                !inner.is_empty() && inner.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
            if is_name && ROOT_FOLDERS.contains(&rest.trim_end_matches('/')) {
                let range = self.word_range(word);
                let fix = Suggestion::by_hand(format!("write `${{{inner}:?}}/{rest}`"));
                let message = format!("this is `/{rest}` when `{inner}` is empty");
                self.file.suggest(&rules::SHELL_REMOVE, range, message, fix);
            }
        }
    }

    fn looped(&mut self, word: &Word) {
        let lists = ["$(ls)", "`ls`"].contains(&word.value.as_str())
            || ["$(ls ", "`ls "].iter().any(|start| word.value.starts_with(start));
        if lists {
            let range = self.word_range(word);
            let fix = Suggestion::by_hand("write `for file in ./*`");
            let message = "names with spaces fall apart: a glob keeps them whole";
            self.file.suggest(&rules::SHELL_FOR_LS, range, message, fix);
        }
        words::value(self, word);
    }

    fn redirect(&mut self, redirect: &IoRedirect) {
        match redirect {
            IoRedirect::HereString(_, word) => {
                let range = self.word_range(word);
                self.bash_only(range, "`<<<`");
                words::value(self, word);
            }
            IoRedirect::OutputAndError(word, _) => {
                let range = self.word_range(word);
                self.bash_only(range, "`&>`");
            }
            IoRedirect::File(_, _, IoFileRedirectTarget::Filename(word)) => words::value(self, word),
            IoRedirect::File(_, _, IoFileRedirectTarget::ProcessSubstitution(_, shell)) => {
                let range = self.range(Some(&shell.loc));
                self.bash_only(range, "a process substitution");
                self.list(&shell.list, true);
            }
            IoRedirect::File(..) | IoRedirect::HereDocument(..) => {}
        }
    }

    /// Reports something that `sh` may not know.
    pub(super) fn bash_only(&mut self, range: Range<usize>, what: &str) {
        if self.dialect == Dialect::Posix {
            let fix = Suggestion::by_hand("begin the script with `#!/bin/bash`, or do without");
            let message = format!("{what} is not in every `sh`");
            self.file.suggest(&rules::SHELL_BASHISM, range.start..range.start + 1, message, fix);
        }
    }
}

/// Checks the commands of a substitution within a word.
pub(super) fn inner(walk: &mut Walk<'_, '_, '_>, source: Source<'_>, program: &Program) {
    check(walk.file, source, program, walk.dialect);
}
