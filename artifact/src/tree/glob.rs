//! One glob: how it is read, and what it matches. Written here because the crates that do it bring a
//! whole engine for regular expressions, which would be the larger half of every composed stage.

mod parse;

/// The longest glob, in bytes.
pub const MAX_GLOB_BYTES: usize = 1024;
/// How deep `{…}` may stand in each other.
pub const MAX_NESTING: usize = 8;

/// A compiled glob. Matching takes time proportional to the lengths of glob and path at most.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    program: Vec<Step>,
    /// What every matching path begins and ends with: most paths are told by these alone.
    prefix: String,
    suffix: String,
}

/// A step of a nondeterministic program over characters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// This character.
    Char(char),
    /// Any character but `/`.
    NotSlash,
    /// Any character.
    Any,
    /// One of these ranges, or none of them; never `/`.
    Class { negated: bool, ranges: Vec<(char, char)> },
    /// Goes on at both.
    Split(usize, usize),
    /// Goes on there.
    Jump(usize),
}

impl Glob {
    /// Compiles a glob, or says what is wrong with it.
    pub(super) fn new(glob: &str) -> Result<Self, &'static str> {
        // Each of these would match nothing, and whoever wrote it means something else.
        if glob.starts_with('/') || glob.starts_with("./") {
            return Err("it begins with `/` or `./`: hint: paths are relative to the tree, `docs/**`");
        }
        if glob.ends_with('/') {
            return Err("it ends with `/`: hint: `docs/**` is everything below `docs`");
        }
        let program = parse::parse(glob)?;
        let plain = |step: &Step| match step {
            Step::Char(char) => Some(*char),
            _ => None,
        };
        // Alternatives begin with a split and end with a jump over the others.
        let end = program.iter().rposition(|step| plain(step).is_none());
        let landing = program.iter().filter_map(|step| match step {
            Step::Jump(to) => Some(*to),
            Step::Split(one, other) => Some(*one.max(other)),
            _ => None,
        });
        let end = landing.chain(end.map(|at| at + 1)).max().unwrap_or_default();
        let prefix = program.iter().map_while(plain).collect();
        let suffix = program[end.min(program.len())..].iter().filter_map(plain).collect();
        Ok(Self { program, prefix, suffix })
    }

    /// Whether it matches the whole path.
    pub(super) fn matches(&self, path: &str) -> bool {
        if !path.starts_with(&self.prefix) || !path.ends_with(&self.suffix) {
            return false;
        }
        let mut active = Active::new(self.program.len() + 1);
        active.add(0, &self.program);
        let mut next = Active::new(self.program.len() + 1);
        for char in path.chars() {
            for at in active.drain() {
                if self.program.get(at).is_some_and(|step| step.takes(char)) {
                    next.add(at + 1, &self.program);
                }
            }
            std::mem::swap(&mut active, &mut next);
            if active.list.is_empty() {
                return false;
            }
        }
        active.has[self.program.len()]
    }
}

impl Step {
    fn takes(&self, char: char) -> bool {
        match self {
            Self::Char(expected) => char == *expected,
            Self::NotSlash => char != '/',
            Self::Any => true,
            Self::Class { negated, ranges } => {
                let is_in = ranges.iter().any(|(first, last)| (*first..=*last).contains(&char));
                char != '/' && is_in != *negated
            }
            Self::Split(..) | Self::Jump(_) => false,
        }
    }
}

/// The steps at which a match can stand, each once.
struct Active {
    list: Vec<usize>,
    has: Vec<bool>,
}

impl Active {
    fn new(steps: usize) -> Self {
        Self { list: Vec::new(), has: vec![false; steps] }
    }

    /// Adds a step, and where it leads without a character.
    fn add(&mut self, step: usize, program: &[Step]) {
        let mut open = vec![step];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut self.has[at], true) {
                continue;
            }
            match program.get(at) {
                Some(Step::Split(one, other)) => open.extend([*one, *other]),
                Some(Step::Jump(to)) => open.push(*to),
                _ => self.list.push(at),
            }
        }
    }

    fn drain(&mut self) -> Vec<usize> {
        self.has.fill(false);
        std::mem::take(&mut self.list)
    }
}

#[cfg(test)]
mod tests;
