use super::glob::{Glob, MAX_GLOB_BYTES};

/// The most globs in one list.
pub const MAX_GLOBS: usize = 256;

/// A selection of paths: those that match one of `include` and none of `exclude`.
///
/// A glob matches the whole path. `*` and `?` stay within one part of it; `**` as a whole part stands for
/// any number of parts (`docs/**`, `**/*.md`); `{a,b}` is either, `[a-z]` one of and `[!a-z]` none of; a
/// backslash takes the next character as it is. An empty `include` matches nothing, `**` everything.
#[derive(Debug, Clone)]
pub struct Globs {
    include: Matcher,
    exclude: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Nothing,
    Everything,
    Some(Vec<Glob>),
}

/// A glob is malformed, or there are too many.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGlob {
    /// Malformed.
    #[error("glob `{glob}` is malformed: {why}")]
    Malformed {
        /// Which one.
        glob: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Longer than [`MAX_GLOB_BYTES`].
    #[error("glob `{0}…` is longer than {MAX_GLOB_BYTES} bytes")]
    TooLong(String),
    /// More than [`MAX_GLOBS`].
    #[error("there are {0} globs: the limit is {MAX_GLOBS}")]
    TooMany(usize),
}

impl Globs {
    /// Compiles the globs.
    pub fn new<T: AsRef<str>>(include: &[T], exclude: &[T]) -> Result<Self, InvalidGlob> {
        Ok(Self { include: Matcher::new(include)?, exclude: Matcher::new(exclude)? })
    }

    /// Whether the path is selected.
    pub fn matches(&self, path: &str) -> bool {
        self.include.matches(path) && !self.exclude.matches(path)
    }

    /// Whether every path is selected.
    pub fn match_all(&self) -> bool {
        matches!((&self.include, &self.exclude), (Matcher::Everything, Matcher::Nothing))
    }
}

impl Matcher {
    fn new<T: AsRef<str>>(globs: &[T]) -> Result<Self, InvalidGlob> {
        if globs.is_empty() {
            return Ok(Self::Nothing);
        }
        if globs.len() > MAX_GLOBS {
            return Err(InvalidGlob::TooMany(globs.len()));
        }
        let mut compiled = Vec::with_capacity(globs.len());
        for glob in globs.iter().map(AsRef::as_ref) {
            if glob.len() > MAX_GLOB_BYTES {
                return Err(InvalidGlob::TooLong(glob.chars().take(60).collect()));
            }
            compiled
                .push(Glob::new(glob).map_err(|why| InvalidGlob::Malformed { glob: glob.to_owned(), why })?);
        }
        if globs.iter().any(|glob| glob.as_ref() == "**") {
            return Ok(Self::Everything);
        }
        Ok(Self::Some(compiled))
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Some(globs) => globs.iter().any(|glob| glob.matches(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(include: &[&str], exclude: &[&str], expected: &[&str]) {
        let paths = ["README.md", "docs/a.md", "docs/b/c.md", "docs/b/x.png", "src/[a].js"];
        let globs = Globs::new(include, exclude).unwrap();
        let found: Vec<_> = paths.into_iter().filter(|path| globs.matches(path)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn selects() {
        check(&[], &[], &[]);
        check(&["**"], &["**/*.md", "docs/**"], &["src/[a].js"]);
        check(&["*.md"], &[], &["README.md"]);
        check(&["**/*.md"], &[], &["README.md", "docs/a.md", "docs/b/c.md"]);
        check(&["docs/*"], &[], &["docs/a.md"]);
        check(&["docs/**"], &["**/*.{png,jpg}"], &["docs/a.md", "docs/b/c.md"]);
        check(&["src/\\[a\\].js", "README.?d"], &[], &["README.md", "src/[a].js"]);
        check(&["**"], &["**"], &[]);
        check(&["**"], &[], &["README.md", "docs/a.md", "docs/b/c.md", "docs/b/x.png", "src/[a].js"]);
    }

    #[track_caller]
    fn check_refused(include: &[&str], expected: &str) {
        assert_eq!(Globs::new(include, &[]).unwrap_err().to_string(), expected);
    }

    #[test]
    fn malformed_globs_are_named() {
        check_refused(&["**", "a/[z-a]"], "glob `a/[z-a]` is malformed: a range in `[…]` goes backwards");
        check_refused(&["{a"], "glob `{a` is malformed: a `{` is not closed");
        check_refused(&["*"; 257], "there are 257 globs: the limit is 256");
        let long = "x".repeat(1025);
        check_refused(&[&long], &format!("glob `{}…` is longer than 1024 bytes", "x".repeat(60)));
    }
}
