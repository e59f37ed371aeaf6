//! What `RUN` runs.

use parse_dockerfile::{Command, RunInstruction};

use crate::languages::{Source, shell};
use crate::lint::{File, Suggestion};
use crate::rules;

/// Checks the shell's syntax, where the shell is the usual, and how Debian's packages are installed.
pub(super) fn check(file: &mut File<'_>, source: Source<'_>, run: &RunInstruction<'_>, other_shell: bool) {
    let Command::Shell(command) = &run.arguments else { return };
    let start = command.span.start;
    if run.here_docs.is_empty() && !other_shell {
        let text = without_comments(command.value);
        if let Some((at, message)) = shell::syntax_error(&text) {
            file.report(&rules::SHELL_SYNTAX, source.at(start + at), message);
        }
    }
    let whole = command.value;
    let mounted = run.options.iter().any(|flag| flag.name.value == "mount");
    let answered = whole.contains("yes |");
    let cleaned = mounted || whole.contains("/var/lib/apt/lists") || whole.contains("apt-get clean");
    for (at, words) in commands(whole) {
        let Some(arguments) = installed(&words) else { continue };
        let range = source.range(start + at..start + at + words[0].len());
        if !answered && !arguments.iter().any(|word| says_yes(word)) {
            let fix = Suggestion::by_hand("add `-y`");
            file.suggest(&rules::DOCKERFILE_APT, range.clone(), "nobody is there to say yes", fix);
        }
        if !cleaned {
            let fix = Suggestion::by_hand("add `&& rm -rf /var/lib/apt/lists/*`");
            file.suggest(&rules::DOCKERFILE_APT_LISTS, range, "the package lists stay in the image", fix);
        }
    }
}

/// A command of several lines as the shell sees it: lines that are comments are not part of it. Everything keeps
/// its place.
fn without_comments(command: &str) -> String {
    let lines = command.split_inclusive('\n').map(|line| match line.trim() {
        "" => " ".repeat(line.len()),
        comment if comment.starts_with('#') => " ".repeat(line.len()),
        _ => line.to_owned(),
    });
    lines.collect()
}

/// The simple commands, roughly: where each begins, and its words.
fn commands(text: &str) -> Vec<(usize, Vec<&str>)> {
    let mut commands = Vec::new();
    let mut start = 0;
    let ends = text.match_indices(['&', ';', '|', '(', ')', '{', '}']).map(|(at, _)| at);
    for end in ends.chain([text.len()]) {
        let part = &text[start..end];
        let words: Vec<&str> =
            part.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty() && *word != "\\").collect();
        if let Some(first) = words.first() {
            let at = first.as_ptr() as usize - text.as_ptr() as usize;
            commands.push((at, words));
        }
        start = end + 1;
    }
    commands
}

/// What follows `apt-get`, where that installs something.
fn installed<'w>(words: &'w [&'w str]) -> Option<&'w [&'w str]> {
    let program = words.iter().position(|word| matches!(*word, "apt-get" | "apt"))?;
    let led_by = |word: &&str| word.contains('=') || matches!(*word, "sudo" | "then" | "do" | "if");
    let arguments = &words[program + 1..];
    let installs = arguments.iter().any(|word| matches!(*word, "install" | "upgrade" | "dist-upgrade"));
    (installs && words[..program].iter().all(led_by)).then_some(arguments)
}

fn says_yes(word: &str) -> bool {
    matches!(word, "--yes" | "--assume-yes" | "-qq")
        || (word.starts_with('-') && !word.starts_with("--") && word.contains('y'))
        || word.contains("Assume-Yes")
}
