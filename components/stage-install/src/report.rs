//! What later states of the workflow read.

use serde::Serialize;

use crate::limits::MAX_LISTED_BYTES;

/// What was installed. Its lists have room for 192 KiB together; what is beyond is counted.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// From npm's lock file: artifact `node_modules`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npm: Option<Installed>,
    /// From Python's: artifact `site-packages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<Installed>,
    /// How many entries the lists would have beyond.
    pub unlisted: usize,
}

/// What was installed from one lock file.
#[derive(Debug, Default, Serialize)]
pub struct Installed {
    /// The lock file.
    pub lock_file: String,
    /// How many packages are installed, those in several places counted as often.
    pub count: usize,
    /// Files.
    pub files: usize,
    /// Their bytes together.
    pub bytes: u64,
    /// Which packages.
    pub packages: Vec<Package>,
    /// Packages that other packages bring along in their own archives.
    pub bundled: usize,
    /// Packages of kinds that `omit` names, or of groups and extras that aren't wanted.
    pub omitted: usize,
    /// Packages that are left out for other reasons.
    pub skipped: Vec<Skipped>,
    /// Packages that wanted to run a script when they are installed. None was run.
    pub scripts_not_run: Vec<Package>,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A package that is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Why.
    pub reason: String,
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

impl Report {
    /// Shortens the lists to what there is room for.
    pub(crate) fn bounded(mut self) -> Self {
        let mut room = Room { bytes: MAX_LISTED_BYTES, unlisted: 0 };
        for installed in self.npm.iter_mut().chain(&mut self.python) {
            room.keep(&mut installed.scripts_not_run);
            room.keep(&mut installed.skipped);
            room.keep(&mut installed.packages);
        }
        self.unlisted = room.unlisted;
        self
    }
}

struct Room {
    bytes: usize,
    unlisted: usize,
}

impl Room {
    fn keep<T: Serialize>(&mut self, list: &mut Vec<T>) {
        let mut kept = 0;
        for item in &*list {
            let bytes = serde_json::to_string(item).map_or(usize::MAX, |json| json.len() + 1);
            let Some(left) = self.bytes.checked_sub(bytes) else { break };
            self.bytes = left;
            kept += 1;
        }
        self.unlisted += list.len() - kept;
        list.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_an_end() {
        let package = |number: usize| Package { name: format!("p{number}"), version: "x".repeat(200) };
        let packages: Vec<_> = (0..5_000).map(package).collect();
        let npm = Installed { count: 5_000, packages, ..Installed::default() };
        let report = Report { npm: Some(npm), ..Report::default() }.bounded();
        let npm = report.npm.as_ref().unwrap();
        assert_eq!(npm.packages.len() + report.unlisted, npm.count);
        assert!(report.unlisted > 0);
        assert!(serde_json::to_string(&report).unwrap().len() < 256 << 10);
    }
}
