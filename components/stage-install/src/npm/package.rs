//! One entry of `packages` in a lock file of npm.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What npm wrote of a package. Members that do not matter here are passed over.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "they are npm's")]
pub(super) struct Package {
    /// The package's own name, where its folder has another: an alias.
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) resolved: Option<String>,
    pub(super) integrity: Option<String>,
    pub(super) link: bool,
    pub(super) dev: bool,
    pub(super) dev_optional: bool,
    pub(super) optional: bool,
    pub(super) peer: bool,
    /// It is in the archive of the package above it.
    pub(super) in_bundle: bool,
    pub(super) has_install_script: bool,
    pub(super) os: Names,
    pub(super) cpu: Names,
    pub(super) libc: Names,
    pub(super) dependencies: BTreeMap<String, String>,
    pub(super) dev_dependencies: BTreeMap<String, String>,
    pub(super) optional_dependencies: BTreeMap<String, String>,
    pub(super) peer_dependencies: BTreeMap<String, String>,
}

/// One name, or a list of names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    /// None.
    #[default]
    None,
    /// One.
    One(String),
    /// Some.
    Some(Vec<String>),
}

impl Names {
    pub(super) fn list(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(name) => std::slice::from_ref(name),
            Self::Some(names) => names,
        }
    }

    /// Whether the list has room for one who is called so: named, or not excluded by `!name`.
    fn allow(&self, name: &str) -> bool {
        let list = self.list();
        let mut excluding = 0;
        let mut named = list.is_empty() || list == ["any"];
        for item in list {
            match item.strip_prefix('!') {
                Some(excluded) if excluded == name => return false,
                Some(_) => excluding += 1,
                None => named |= item == name,
            }
        }
        named || excluding == list.len()
    }
}

impl Package {
    /// What the package is made for, if that isn't the sandbox: `wasm32`, of no operating system that Node knows.
    pub(super) fn foreign(&self) -> Option<String> {
        let fits = self.os.allow("wasi") && self.cpu.allow("wasm32") && self.libc.list().is_empty();
        if fits {
            return None;
        }
        let wanted = [self.os.list(), self.cpu.list(), self.libc.list()].concat();
        Some(wanted.join(" "))
    }

    /// The names of what it depends on.
    pub(super) fn needs(&self) -> impl Iterator<Item = &str> {
        let all = self.dependencies.keys().chain(self.dev_dependencies.keys());
        all.chain(self.optional_dependencies.keys()).chain(self.peer_dependencies.keys()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(package: &str, foreign: Option<&str>) {
        let package: Package = serde_json::from_str(package).unwrap();
        assert_eq!(package.foreign().as_deref(), foreign);
    }

    #[test]
    fn packages_of_other_machines_are_told_apart() {
        check("{}", None);
        check(r#"{ "os": ["darwin"] }"#, Some("darwin"));
        check(r#"{ "os": "darwin" }"#, Some("darwin"));
        check(r#"{ "os": ["!win32"] }"#, None);
        check(r#"{ "cpu": ["x64"], "os": ["linux"], "libc": ["glibc"] }"#, Some("linux x64 glibc"));
        check(r#"{ "cpu": ["wasm32"] }"#, None);
        check(r#"{ "cpu": ["any"] }"#, None);
        check(r#"{ "cpu": ["!wasm32"] }"#, Some("!wasm32"));
    }
}
