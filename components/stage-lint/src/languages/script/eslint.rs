//! A project's configuration of eslint, where it is JSON: levels of rules, environments and globals.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use serde_json::Value;

use super::globals::{Globals, is_version};
use crate::languages::json;
use crate::parameters::Level;
use crate::project::{Project, child};

/// Files that may configure eslint, the first of a folder counts.
const FILES: &[&str] = &[".eslintrc.json", ".eslintrc", "package.json"];

/// Configurations that are programs, which are not run.
const PROGRAMS: &[&str] = &[
    "eslint.config.js",
    "eslint.config.mjs",
    "eslint.config.cjs",
    "eslint.config.ts",
    "eslint.config.mts",
    "eslint.config.cts",
    ".eslintrc.js",
    ".eslintrc.cjs",
    ".eslintrc.yml",
    ".eslintrc.yaml",
];

/// The configurations of a project that were needed so far, by folder.
#[derive(Debug, Default)]
pub(crate) struct EslintConfigs {
    by_folder: RefCell<BTreeMap<String, Rc<Vec<Config>>>>,
}

/// What holds for one file.
#[derive(Debug, Default)]
pub(super) struct Effective {
    pub(super) levels: BTreeMap<String, Level>,
    pub(super) globals: Globals,
    /// Whether the project doesn't want this file checked.
    pub(super) ignored: bool,
}

/// One file that configures, in its folder.
#[derive(Debug)]
struct Config {
    folder: String,
    contents: Contents,
    ignored: GlobSet,
    /// For each override, the files that it is for, and those that it isn't for.
    overridden: Vec<(GlobSet, GlobSet)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Contents {
    root: bool,
    #[serde(flatten)]
    settings: Settings,
    overrides: Vec<Override>,
    ignore_patterns: OneOrMany,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    rules: BTreeMap<String, Value>,
    env: BTreeMap<String, bool>,
    globals: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Override {
    files: OneOrMany,
    excluded_files: OneOrMany,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// What the log says of configurations that are not read.
pub(crate) fn notes(project: &Project) -> Vec<String> {
    let name = |path: &&str| PROGRAMS.contains(&path.rsplit('/').next().unwrap_or(path));
    let programs = project.files().filter(name).filter(|path| !path.contains("node_modules/"));
    programs
        .map(|path| format!("`{path}` is not read: a configuration of eslint counts where it is JSON"))
        .collect()
}

impl EslintConfigs {
    /// What holds for a file. Configurations that can't be read are left out here.
    pub(super) fn of(&self, project: &Project, file: &str) -> Effective {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut effective = Effective::default();
        for config in self.of_folder(project, folder).iter() {
            let path = file.strip_prefix(config.folder.as_str()).unwrap_or(file).trim_start_matches('/');
            effective.ignored |= config.ignored.is_match(path);
            effective.apply(&config.contents.settings);
            for (overriding, (files, excluded)) in config.contents.overrides.iter().zip(&config.overridden) {
                if files.is_match(path) && !excluded.is_match(path) {
                    effective.apply(&overriding.settings);
                }
            }
        }
        effective
    }

    /// The configurations for a folder, the outermost first.
    fn of_folder(&self, project: &Project, folder: &str) -> Rc<Vec<Config>> {
        if let Some(known) = self.by_folder.borrow().get(folder) {
            return Rc::clone(known);
        }
        let mut configs = Vec::new();
        let mut current = folder;
        loop {
            if let Some(Ok(config)) = own(project, current) {
                let root = config.contents.root;
                configs.push(config);
                if root {
                    break;
                }
            }
            match current.rsplit_once('/') {
                Some((above, _)) => current = above,
                None if current.is_empty() => break,
                None => current = "",
            }
        }
        configs.reverse();
        let configs = Rc::new(configs);
        self.by_folder.borrow_mut().insert(folder.to_owned(), Rc::clone(&configs));
        configs
    }
}

impl Effective {
    fn apply(&mut self, settings: &Settings) {
        for (rule, value) in &settings.rules {
            let value = value.as_array().and_then(|parts| parts.first()).unwrap_or(value);
            if let Some(level) = level(value) {
                self.levels.insert(rule.clone(), level);
            }
        }
        for (environment, on) in &settings.env {
            self.globals.chosen |= *on && !is_version(environment);
            if *on {
                self.globals.environments.insert(environment.clone());
            } else {
                self.globals.environments.remove(environment);
            }
        }
        for (name, value) in &settings.globals {
            self.globals.names.insert(name.clone(), value.as_str() != Some("off"));
        }
    }
}

fn level(value: &Value) -> Option<Level> {
    match (value.as_u64(), value.as_str()) {
        (Some(0), _) | (_, Some("off")) => Some(Level::Off),
        (Some(1), _) | (_, Some("warn")) => Some(Level::Warning),
        (Some(2), _) | (_, Some("error")) => Some(Level::Error),
        _ => None,
    }
}

/// What a folder itself configures.
fn own(project: &Project, folder: &str) -> Option<Result<Config, String>> {
    let path = FILES.iter().map(|name| child(folder, name)).find(|path| project.has_file(path))?;
    let text = project.read(&path)?;
    if path.ends_with("package.json") && !text.contains("\"eslintConfig\"") {
        return None;
    }
    read(folder, &path, &text)
}

/// Reads a file that may configure eslint; none when it does not.
fn read(folder: &str, path: &str, text: &str) -> Option<Result<Config, String>> {
    let mut value: Value = match serde_json::from_str(&json::strict(text)) {
        Ok(value) => value,
        // What is wrong with the JSON is reported where that is checked. `.eslintrc` may be YAML.
        Err(_) => return None,
    };
    if path.ends_with("package.json") {
        value = value.get_mut("eslintConfig")?.take();
    }
    Some(config(folder, value))
}

fn config(folder: &str, value: Value) -> Result<Config, String> {
    let contents: Contents = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let overridden = contents
        .overrides
        .iter()
        .map(|overriding| Ok((globs(&overriding.files)?, globs(&overriding.excluded_files)?)))
        .collect::<Result<_, String>>()?;
    Ok(Config { folder: folder.to_owned(), ignored: globs(&contents.ignore_patterns)?, overridden, contents })
}

/// Globs without `/` are about names in whichever folder.
fn globs(patterns: &OneOrMany) -> Result<GlobSet, String> {
    let patterns = match patterns {
        OneOrMany::One(pattern) => std::slice::from_ref(pattern),
        OneOrMany::Many(patterns) => patterns,
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let plain = pattern.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
        let anywhere = if pattern.contains('/') { plain.to_owned() } else { format!("**/{plain}") };
        for pattern in [format!("{anywhere}/**"), anywhere] {
            let glob = GlobBuilder::new(&pattern)
                .literal_separator(true)
                .build()
                .map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))?;
            set.add(glob);
        }
    }
    set.build().map_err(|error| format!("the globs are too large: {error}"))
}

/// What is wrong with a file that configures eslint, if it is one.
pub(crate) fn problem(path: &str, text: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if !FILES.contains(&name) || (name == "package.json" && !text.contains("\"eslintConfig\"")) {
        return None;
    }
    read("", path, text)?.err()
}
