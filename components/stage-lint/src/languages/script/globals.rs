//! Which names are defined outside of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::ScriptKind;

/// What a script is taken to run in where nothing says what it does. Other environments must be named.
const USUAL: &[&str] = &["browser", "node", "worker", "serviceworker"];

/// What the files of tests run in besides.
const TESTS: &[&str] = &["mocha", "jest", "vitest", "jasmine", "qunit"];

/// Runtimes beside Node, and names that TypeScript and bundlers put in place.
const OTHERS: &[&str] = &["Deno", "Bun", "__webpack_require__", "__webpack_public_path__", "__DEV__"];

/// The names of each environment.
static NAMES: LazyLock<BTreeMap<&'static str, BTreeSet<&'static str>>> = LazyLock::new(|| {
    let mut environments: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut current = "";
    for line in include_str!("globals.txt").lines().filter(|line| !line.starts_with('#')) {
        let names = match line.split_once(':') {
            Some((environment, names)) if !line.starts_with(' ') => {
                current = environment;
                names
            }
            _ => line,
        };
        environments.entry(current).or_default().extend(names.split_whitespace());
    }
    environments
});

/// Which globals a file has.
#[derive(Debug, Clone, Default)]
pub(super) struct Globals {
    /// Environments that the project or the file names.
    pub(super) environments: BTreeSet<String>,
    /// Whether the project has chosen them: otherwise, the usual ones count besides.
    pub(super) chosen: bool,
    /// Single names, and whether they are there.
    pub(super) names: BTreeMap<String, bool>,
}

impl Globals {
    /// Whether a name is defined in a file of this path and kind.
    pub(super) fn has(&self, name: &str, path: &str, kind: ScriptKind) -> bool {
        if let Some(there) = self.names.get(name) {
            return *there;
        }
        let within = |environment: &str| NAMES.get(environment).is_some_and(|names| names.contains(name));
        let usual = || {
            let tests = is_test(path) && TESTS.iter().any(|environment| within(environment));
            tests || OTHERS.contains(&name) || USUAL.iter().any(|environment| within(environment))
        };
        within("builtin")
            || name == "arguments"
            || self.environments.iter().any(|environment| within(known_as(environment)))
            || (!self.chosen && usual())
            || (kind == ScriptKind::CommonJs && within("commonjs"))
    }
}

/// Whether an environment is but a version of the language, which says nothing of where a script runs.
pub(super) fn is_version(environment: &str) -> bool {
    environment.strip_prefix("es").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a file belongs to the tests of a project, by its path.
fn is_test(path: &str) -> bool {
    let mut folders = path.split('/');
    let name = folders.next_back().unwrap_or_default();
    let marked = [".test.", ".spec.", "-test.", "-spec.", "_test."].iter().any(|mark| name.contains(mark));
    marked
        || name.starts_with("test.")
        || folders.any(|folder| matches!(folder, "test" | "tests" | "__tests__" | "spec" | "specs" | "e2e"))
}

/// Some environments have another name in old configurations.
fn known_as(environment: &str) -> &str {
    match environment {
        "shared-node-browser" => "browser",
        "vitest-globals" => "vitest",
        other => other.rsplit_once('/').map_or(other, |(_, name)| name),
    }
}
