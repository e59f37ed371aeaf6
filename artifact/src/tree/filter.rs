use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The most globs in one list.
pub const MAX_GLOBS: usize = 256;
/// The longest glob, in bytes.
pub const MAX_GLOB_BYTES: usize = 1024;

/// A selection of paths: those that match one of `include` and none of `exclude`.
///
/// `*` and `?` stay within one part of a path, `**` crosses parts (`docs/**`, `**/*.md`), `{a,b}` is
/// either, `[a-z]` one of; a backslash takes the next character as it is. An empty `include` matches
/// nothing, `**` everything.
#[derive(Debug, Clone)]
pub struct Globs {
    include: Matcher,
    exclude: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Nothing,
    Everything,
    Some(GlobSet),
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
        why: String,
    },
    /// Longer than [`MAX_GLOB_BYTES`].
    #[error("glob `{0}…` is longer than {MAX_GLOB_BYTES} bytes")]
    TooLong(String),
    /// More than [`MAX_GLOBS`].
    #[error("there are {0} globs: the limit is {MAX_GLOBS}")]
    TooMany(usize),
    /// The globs together are too complex to compile.
    #[error("the globs cannot be compiled: {0}")]
    TooComplex(String),
}

impl Globs {
    /// Compiles the globs.
    pub fn new<T: AsRef<str>>(include: &[T], exclude: &[T]) -> Result<Self, InvalidGlob> {
        Ok(Self {
            include: Matcher::new(include)?,
            exclude: Matcher::new(exclude)?,
        })
    }

    /// Whether the path is selected.
    pub fn matches(&self, path: &str) -> bool {
        self.include.matches(path) && !self.exclude.matches(path)
    }

    /// Whether every path is selected.
    pub fn match_all(&self) -> bool {
        matches!(
            (&self.include, &self.exclude),
            (Matcher::Everything, Matcher::Nothing)
        )
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
        // The others are compiled all the same, so that a malformed one is always told.
        let mut set = GlobSetBuilder::new();
        let mut everything = false;
        let mut some = false;
        for glob in globs.iter().map(AsRef::as_ref) {
            if glob == "**" {
                everything = true;
                continue;
            }
            if glob.len() > MAX_GLOB_BYTES {
                return Err(InvalidGlob::TooLong(glob.chars().take(60).collect()));
            }
            let compiled = GlobBuilder::new(glob)
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map_err(|error| InvalidGlob::Malformed {
                    glob: glob.to_owned(),
                    why: error.kind().to_string(),
                })?;
            set.add(compiled);
            some = true;
        }
        if everything || !some {
            return Ok(Self::Everything);
        }
        set.build()
            .map(Self::Some)
            .map_err(|error| InvalidGlob::TooComplex(error.kind().to_string()))
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Some(set) => set.is_match(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(include: &[&str], exclude: &[&str], expected: &[&str]) {
        let paths = [
            "README.md",
            "docs/a.md",
            "docs/b/c.md",
            "docs/b/x.png",
            "src/[a].js",
        ];
        let globs = Globs::new(include, exclude).unwrap();
        let found: Vec<_> = paths
            .into_iter()
            .filter(|path| globs.matches(path))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn selects() {
        check(&[], &[], &[]);
        check(&["**"], &["**/*.md", "docs/**"], &["src/[a].js"]);
        check(&["*.md"], &[], &["README.md"]);
        check(
            &["**/*.md"],
            &[],
            &["README.md", "docs/a.md", "docs/b/c.md"],
        );
        check(&["docs/*"], &[], &["docs/a.md"]);
        check(
            &["docs/**"],
            &["**/*.{png,jpg}"],
            &["docs/a.md", "docs/b/c.md"],
        );
        check(
            &["src/\\[a\\].js", "README.?d"],
            &[],
            &["README.md", "src/[a].js"],
        );
        check(&["**"], &["**"], &[]);
        check(
            &["**"],
            &[],
            &[
                "README.md",
                "docs/a.md",
                "docs/b/c.md",
                "docs/b/x.png",
                "src/[a].js",
            ],
        );
    }

    #[track_caller]
    fn check_refused(include: &[&str], expected: &str) {
        assert_eq!(Globs::new(include, &[]).unwrap_err().to_string(), expected);
    }

    #[test]
    fn malformed_globs_are_named() {
        check_refused(
            &["**", "a/[z-a]"],
            "glob `a/[z-a]` is malformed: invalid range; 'z' > 'a'",
        );
        check_refused(
            &["{a"],
            "glob `{a` is malformed: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)",
        );
        check_refused(&["*"; 257], "there are 257 globs: the limit is 256");
        let long = "x".repeat(1025);
        check_refused(
            &[&long],
            &format!("glob `{}…` is longer than 1024 bytes", "x".repeat(60)),
        );
    }
}
