//! Which rules of ruff a project has chosen, folder by folder.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ruff_linter::fs::normalize_path;
use ruff_linter::settings::LinterSettings;
use ruff_workspace::Settings as Ruff;
use ruff_workspace::configuration::Configuration;
use ruff_workspace::pyproject::{find_fallback_target_version, settings_toml};
use ruff_workspace::resolver::{
    ConfigurationOrigin, ConfigurationTransformer, match_any_exclusion, match_any_inclusion,
    resolve_root_settings,
};

use crate::project::Project;

/// Files that may configure ruff. One folder's first that does counts for all below it that have none.
const FILES: &[&str] = &[".ruff.toml", "ruff.toml", "pyproject.toml"];

/// The configurations of a project that were needed so far, by folder.
#[derive(Debug, Default)]
pub(crate) struct Configurations {
    by_folder: RefCell<BTreeMap<String, Outcome>>,
    /// What was said of configurations that can't be read.
    reported: RefCell<BTreeSet<String>>,
}

type Outcome = Result<Rc<Settings>, String>;

/// One configuration.
#[derive(Debug)]
pub(super) struct Settings {
    ruff: Ruff,
    /// Whether the project has chosen it.
    pub(super) chosen: bool,
}

/// No command line changes a configuration.
struct Unchanged;

impl ConfigurationTransformer for Unchanged {
    fn transform(&self, configuration: Configuration) -> Configuration {
        configuration
    }
}

impl Configurations {
    /// What holds for a file. Fails with what is wrong with the configuration.
    pub(super) fn settings(&self, project: &Project, file: &str) -> Outcome {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.of_folder(project, folder)
    }

    /// Whether it is the first time that this is said: one configuration is that of many files.
    pub(super) fn is_news(&self, error: &str) -> bool {
        self.reported.borrow_mut().insert(error.to_owned())
    }

    fn of_folder(&self, project: &Project, folder: &str) -> Outcome {
        if let Some(known) = self.by_folder.borrow().get(folder) {
            return known.clone();
        }
        let outcome = match own(project, folder) {
            Some(outcome) => outcome,
            None => match folder.rsplit_once('/') {
                Some((above, _)) => self.of_folder(project, above),
                None if folder.is_empty() => defaults(&project.path_of("")),
                None => self.of_folder(project, ""),
            },
        };
        self.by_folder.borrow_mut().insert(folder.to_owned(), outcome.clone());
        outcome
    }
}

/// What a file of the folder itself configures.
fn own(project: &Project, folder: &str) -> Option<Outcome> {
    let has = |name: &&&str| project.has_file(&crate::project::child(folder, name));
    FILES.iter().find(has)?;
    let failed = |error: anyhow::Error| shown(&error, &project.path_of(""));
    match settings_toml(normalize_path(project.path_of(folder))) {
        Err(error) => Some(Err(failed(error))),
        Ok(None) => None,
        Ok(Some(file)) => {
            let ruff = resolve_root_settings(&file, &Unchanged, ConfigurationOrigin::Ancestor);
            Some(ruff.map(|ruff| Rc::new(Settings { ruff, chosen: true })).map_err(failed))
        }
    }
}

/// What holds where nothing is configured.
fn defaults(root: &Path) -> Outcome {
    let root = normalize_path(root);
    let target_version = find_fallback_target_version(&root).map(Into::into);
    let configuration = Configuration { target_version, ..Configuration::default() };
    let ruff = configuration.into_settings(&root).map_err(|error| shown(&error, &root))?;
    Ok(Rc::new(Settings { ruff, chosen: false }))
}

/// The causes of an error in one line. Paths are relative to the project.
fn shown(error: &anyhow::Error, root: &Path) -> String {
    let root = format!("{}/", normalize_path(root).display());
    let causes: Vec<String> = error
        .chain()
        .map(|cause| {
            let lines = cause.to_string();
            let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
            lines.collect::<Vec<_>>().join(", ").replace(&root, "")
        })
        .collect();
    causes.join(": ")
}

impl Settings {
    pub(super) fn linter(&self) -> &LinterSettings {
        &self.ruff.linter
    }

    /// A path as ruff's globs want it.
    pub(super) fn absolute(&self, path: &Path) -> PathBuf {
        normalize_path(path)
    }

    /// Whether a file is one to check.
    pub(super) fn includes(&self, path: &Path) -> bool {
        let files = &self.ruff.file_resolver;
        match_any_inclusion(path, files).is_some()
            && match_any_exclusion(path, files, Some(&self.ruff.linter.exclude), None).is_none()
    }
}
