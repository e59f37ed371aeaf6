//! Which of the programs that run tests a project is written for.

use crate::engine::disk::{self, Disk};
use crate::engine::modules::package::Package;

/// Those that are known. What comes first is asked first.
const FRAMEWORKS: &[&str] = &["vitest", "jest", "mocha", "jasmine"];

/// Whose functions are there without an import in the tests of a file, by the packages around it. What a script
/// starts counts more than what is installed.
pub(crate) fn globals(disk: &Disk, file: &str) -> &'static str {
    let mut folder = disk::folder(file);
    let mut packages = Vec::new();
    loop {
        // What is wrong with a package is told of when it is needed.
        packages.extend(Package::read(disk, folder).ok().flatten());
        if folder == "/" {
            break;
        }
        folder = disk::folder(folder);
    }
    let find = |holds: &dyn Fn(&Package, &str) -> bool| {
        FRAMEWORKS.iter().copied().find(|name| packages.iter().any(|package| holds(package, name)))
    };
    find(&Package::runs).or_else(|| find(&Package::depends_on)).unwrap_or("none")
}
