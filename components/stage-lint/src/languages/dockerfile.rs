//! Dockerfiles: syntax, and the mistakes that are usual.

mod run;

use std::collections::BTreeSet;
use std::ops::Range;

use parse_dockerfile::{
    AddInstruction, Command, FromInstruction, HealthcheckArguments, Instruction, Source as Copied,
    UserInstruction, WorkdirInstruction, parse_iter,
};

use crate::languages::Source;
use crate::lint::{File, Suggestion};
use crate::rules;
use crate::text::Lines;

/// Whether a file is one by its name.
pub(crate) fn is_named(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem =
        |stem: &str| lower == stem || lower.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.'));
    let about = lower.ends_with(".dockerignore") || lower.ends_with(".md");
    (stem("dockerfile") || stem("containerfile") || lower.ends_with(".dockerfile")) && !about
}

/// Checks a file. After the first syntax error, the rest is not looked at.
pub(crate) fn check(file: &mut File<'_>, source: Source<'_>) {
    let mut stages = Stages::default();
    let instructions = match parse_iter(source.text) {
        Ok(instructions) => instructions,
        Err(error) => return syntax(file, source, &error),
    };
    for instruction in instructions {
        match instruction {
            Ok(instruction) => stages.instruction(file, source, &instruction),
            Err(error) => return syntax(file, source, &error),
        }
    }
    stages.end(file, source);
}

fn syntax(file: &mut File<'_>, source: Source<'_>, error: &parse_dockerfile::Error) {
    let lines = Lines::new(source.text);
    let start = lines.start_of(error.line().max(1));
    let line = source.text[start..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let range = source.range(start + indent..start + line.trim_end().len());
    let text = error.to_string();
    let message =
        text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).replace('\'', "`");
    if message.ends_with("expected FROM") || message.ends_with("FROM instruction") {
        file.report(&rules::DOCKERFILE_FROM, range, "the file doesn't begin with `FROM`");
    } else {
        file.report(&rules::DOCKERFILE_SYNTAX, range, message);
    }
}

/// What was seen of the file, and of the stage that is the last so far.
#[derive(Default)]
struct Stages {
    /// The names that earlier stages have, in lower case.
    names: BTreeSet<String>,
    /// Where the last stage begins.
    from: Option<Range<usize>>,
    /// Whether it begins with nothing: then there is no user either.
    scratch: bool,
    /// The user of the last stage, where one is set.
    user: Option<String>,
    /// Which instructions that count once it has.
    once: BTreeSet<&'static str>,
    /// Whether the shell is another than the usual.
    shell: bool,
}

impl Stages {
    fn instruction(&mut self, file: &mut File<'_>, source: Source<'_>, instruction: &Instruction<'_>) {
        let keyword = source.range(keyword(instruction));
        match instruction {
            Instruction::From(from) => self.begin(file, source, from),
            Instruction::User(UserInstruction { arguments, .. }) => {
                self.user = Some(arguments.value.trim().to_owned());
            }
            Instruction::Add(add) => added(file, source, add),
            Instruction::Workdir(WorkdirInstruction { arguments, .. }) => {
                let path = arguments.value.trim().trim_matches('"');
                let absolute = path.starts_with(['/', '$']) || path.get(1..2) == Some(":");
                if !absolute {
                    let message = format!("`{path}` depends on the working directory before");
                    file.report(&rules::DOCKERFILE_WORKDIR, source.range(arguments.span.clone()), message);
                }
            }
            Instruction::Cmd(cmd) => {
                self.once(file, keyword, "CMD");
                command(file, source, &cmd.arguments, Some("CMD"));
            }
            Instruction::Entrypoint(entrypoint) => {
                self.once(file, keyword, "ENTRYPOINT");
                command(file, source, &entrypoint.arguments, Some("ENTRYPOINT"));
            }
            Instruction::Healthcheck(check) => {
                self.once(file, keyword, "HEALTHCHECK");
                if let HealthcheckArguments::Cmd { arguments, .. } = &check.arguments {
                    command(file, source, arguments, None);
                }
            }
            Instruction::Shell(_) => self.shell = true,
            Instruction::Maintainer(_) => {
                let fix = Suggestion::by_hand("write `LABEL org.opencontainers.image.authors=…`");
                file.suggest(&rules::DOCKERFILE_MAINTAINER, keyword, "`MAINTAINER` is deprecated", fix);
            }
            Instruction::Run(run) => {
                command(file, source, &run.arguments, None);
                run::check(file, source, run, self.shell);
            }
            _ => {}
        }
    }

    fn begin(&mut self, file: &mut File<'_>, source: Source<'_>, from: &FromInstruction<'_>) {
        let image = from.image.value.as_ref();
        let stage = self.names.contains(&image.to_ascii_lowercase());
        if let Some(problem) = untagged(image).filter(|_| !stage) {
            let fix = Suggestion::by_hand("name a version, or a digest");
            file.suggest(&rules::DOCKERFILE_TAG, source.range(from.image.span.clone()), problem, fix);
        }
        // A stage has the user of the one that it begins with; which that is, is known of the last one only.
        let goes_on = stage && self.user.as_deref().is_some_and(|user| !is_root(user));
        let from_start = source.range(from.from.span.clone());
        let user = if goes_on { self.user.take() } else { None };
        let mut names = std::mem::take(&mut self.names);
        if let Some((_, name)) = &from.as_
            && !names.insert(name.value.to_ascii_lowercase())
        {
            let message = format!("two stages are named `{}`", name.value);
            file.report(&rules::DOCKERFILE_SYNTAX, source.range(name.span.clone()), message);
        }
        let scratch = image == "scratch";
        *self = Self { names, from: Some(from_start), scratch, user, ..Self::default() };
    }

    fn once(&mut self, file: &mut File<'_>, keyword: Range<usize>, name: &'static str) {
        if !self.once.insert(name) {
            let message = format!("the stage has another `{name}` before, which is lost");
            file.report(&rules::DOCKERFILE_COMMAND, keyword, message);
        }
    }

    fn end(self, file: &mut File<'_>, source: Source<'_>) {
        let Some(from) = self.from else {
            file.report(&rules::DOCKERFILE_FROM, source.at(0), "the file has no `FROM`");
            return;
        };
        let root = self.user.as_deref().is_none_or(is_root);
        if root && !self.scratch {
            let what = if self.user.is_some() { "the image runs as root" } else { "the image sets no user" };
            let fix = Suggestion::by_hand("end the stage with `USER` and a user other than root");
            file.suggest(&rules::DOCKERFILE_USER, from, what, fix);
        }
    }
}

/// Where an instruction's name stands.
fn keyword(instruction: &Instruction<'_>) -> Range<usize> {
    match instruction {
        Instruction::Add(it) => it.add.span.clone(),
        Instruction::Arg(it) => it.arg.span.clone(),
        Instruction::Cmd(it) => it.cmd.span.clone(),
        Instruction::Copy(it) => it.copy.span.clone(),
        Instruction::Entrypoint(it) => it.entrypoint.span.clone(),
        Instruction::Env(it) => it.env.span.clone(),
        Instruction::Expose(it) => it.expose.span.clone(),
        Instruction::From(it) => it.from.span.clone(),
        Instruction::Healthcheck(it) => it.healthcheck.span.clone(),
        Instruction::Label(it) => it.label.span.clone(),
        Instruction::Maintainer(it) => it.maintainer.span.clone(),
        Instruction::Onbuild(it) => it.onbuild.span.clone(),
        Instruction::Run(it) => it.run.span.clone(),
        Instruction::Shell(it) => it.shell.span.clone(),
        Instruction::Stopsignal(it) => it.stopsignal.span.clone(),
        Instruction::User(it) => it.user.span.clone(),
        Instruction::Volume(it) => it.volume.span.clone(),
        Instruction::Workdir(it) => it.workdir.span.clone(),
        _ => 0..0,
    }
}

fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("root" | "0"))
}

/// What is wrong with how an image is named.
fn untagged(image: &str) -> Option<String> {
    if image == "scratch" || image.contains(['@', '$']) {
        return None;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        None => Some(format!("image `{image}` has no tag: what it is changes")),
        Some((_, "latest")) => Some(format!("image `{image}` changes: `latest` is no version")),
        Some(_) => None,
    }
}

fn added(file: &mut File<'_>, source: Source<'_>, add: &AddInstruction<'_>) {
    let checked = add.options.iter().any(|flag| flag.name.value == "checksum");
    let paths = || {
        add.src.iter().filter_map(|copied| match copied {
            Copied::Path(path) => Some(path),
            _ => None,
        })
    };
    let is_url = |path: &str| path.starts_with("http://") || path.starts_with("https://");
    if let Some(url) = paths().find(|path| is_url(&path.value) && !path.value.ends_with(".git"))
        && !checked
    {
        let fix = Suggestion::by_hand("write `ADD --checksum=sha256:…`");
        let message = format!("what stands at `{}` may change", url.value);
        file.suggest(&rules::DOCKERFILE_ADD, source.range(url.span.clone()), message, fix);
    }
    let unpacked = |path: &str| {
        [".tar", ".gz", ".tgz", ".bz2", ".xz", ".txz", ".zst", ".git"].iter().any(|end| path.ends_with(end))
    };
    let plain = |path: &str| {
        !is_url(path) && !unpacked(path) && !path.contains(['$', '*']) && !path.starts_with("git@")
    };
    let mut all = paths().peekable();
    if all.peek().is_some() && all.all(|path| plain(&path.value)) {
        let keyword = source.range(add.add.span.clone());
        let fix = Suggestion::replace("write `COPY`", keyword.clone(), "COPY");
        file.suggest(&rules::DOCKERFILE_ADD_LOCAL, keyword, "`ADD` only copies here", fix);
    }
}

/// Checks the two forms of a command. `advised` names the instruction for which brackets are advised.
fn command(file: &mut File<'_>, source: Source<'_>, command: &Command<'_>, advised: Option<&str>) {
    let Command::Shell(shell) = command else { return };
    let range = source.range(shell.span.clone());
    let text = shell.value.trim();
    // `[ -f x ] && …` is a shell's test.
    let broken = text.starts_with('[') && (text.ends_with(']') || text.contains('"') && text.contains(','));
    if broken && !text.starts_with("[ ") && !text.starts_with("[[") {
        let fix =
            Suggestion::by_hand("write strings in double quotes, with commas between: `[\"a\", \"b\"]`");
        let message = "this is no JSON array, so a shell is given the brackets";
        file.suggest(&rules::DOCKERFILE_JSON, range, message, fix);
    } else if let Some(name) = advised {
        let fix = Suggestion::by_hand(format!("write `{name} [\"program\", \"argument\"]`"));
        let message = format!("`{name}` runs in a shell, which keeps signals from the program");
        file.suggest(&rules::DOCKERFILE_SHELL_FORM, range, message, fix);
    }
}
