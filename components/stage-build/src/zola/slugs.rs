//! Names as URLs and anchors show them.

use serde::Deserialize;

/// How names become parts of URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Strategy {
    /// ASCII letters, digits and hyphens.
    #[default]
    On,
    /// What file systems or URLs can't have is left out.
    Safe,
    /// As they are.
    Off,
}

/// What is done to paths, taxonomies and anchors.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Slugify {
    pub(crate) paths: Strategy,
    pub(crate) paths_keep_dates: bool,
    pub(crate) taxonomies: Strategy,
    pub(crate) anchors: Strategy,
}

/// A part of a path.
pub(crate) fn path(name: &str, strategy: Strategy) -> String {
    match strategy {
        Strategy::On => slug::slugify(name),
        Strategy::Safe => {
            name.trim_end_matches([' ', '.']).chars().filter(|&c| !"<>:\"/\\|?*".contains(c)).collect()
        }
        Strategy::Off => name.to_owned(),
    }
}

/// A heading's anchor.
pub(crate) fn anchor(heading: &str, strategy: Strategy) -> String {
    match strategy {
        Strategy::On => slug::slugify(heading),
        Strategy::Safe | Strategy::Off => heading.replace(|c: char| c.is_ascii_whitespace(), "_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, on: &str, safe: &str, heading: &str) {
        assert_eq!(path(name, Strategy::On), on);
        assert_eq!(path(name, Strategy::Safe), safe);
        assert_eq!(path(name, Strategy::Off), name);
        assert_eq!(anchor(name, Strategy::Safe), heading);
    }

    #[test]
    fn names_become_slugs() {
        check("Hello World!", "hello-world", "Hello World!", "Hello_World!");
        check("a/b: c?.", "a-b-c", "ab c", "a/b:_c?.");
        check("Größe", "grosse", "Größe", "Größe");
    }
}
