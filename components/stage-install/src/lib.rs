//! Installs what a lock file pins: pure-JavaScript packages of npm into the artifact `node_modules`, pure Python
//! wheels into the artifact `site-packages`.
//!
//! Whatever is downloaded is held against the lock file's hash, so that the result depends on the lock file and the
//! parameters alone, and is cached by them. No script of a package is run. Artifacts have no links, and the sandbox
//! knows no permissions, so there is no `node_modules/.bin`, and no file is executable. Everything but the way out of the
//! sandbox is ordinary code over [`WayOut`], and is tested natively.

mod archive;
mod download;
mod error;
mod folder;
mod integrity;
pub mod limits;
mod npm;
mod parameters;
mod python;
mod report;

use std::path::Path;

use ropewalk_stage::outbound::{Outside, WayOut};
use ropewalk_stage::{Call, Failure, Secret, Stage, secret};
use url::Url;

use download::{Downloads, Token};
pub use error::Error;
pub use parameters::{Kind, Links, Native, Parameters};
pub use report::{Installed, Package, Report, Skipped};

/// The stage.
#[derive(Debug)]
pub struct Install;

impl Stage for Install {
    type Parameters = Parameters;
    type Output = Report;

    const NAME: &'static str = "install";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = false;
    const PINNED: bool = true;
    // Nothing else decides what is installed, so nothing else makes it be done again.
    const DEFAULT_INCLUDE: &'static [&'static str] = &[
        "npm-shrinkwrap.json",
        "package-lock.json",
        "pylock.toml",
        "pylock.*.toml",
        "uv.lock",
        "poetry.lock",
        "requirements*.txt",
        "requirements/*.txt",
    ];

    fn run(parameters: Parameters, call: Call) -> Result<Report, Failure> {
        let secrets = &call.caller()?.secrets;
        Ok(install(Path::new("."), &parameters, secrets, &mut Outside, &mut print_line)?)
    }
}

/// Installs from the lock files of the folder `root` into `out/node_modules` and `out/site-packages` in it.
pub fn install(
    root: &Path,
    parameters: &Parameters,
    secrets: &[Secret],
    way: &mut dyn WayOut,
    log: &mut dyn FnMut(&str),
) -> Result<Report, Error> {
    parameters.check()?;
    let given =
        |name, url: &Option<String>, default: &str| Parameters::base(name, url.as_deref().unwrap_or(default));
    let registry = given("registry", &parameters.registry, npm::REGISTRY)?;
    let index = given("index", &parameters.index, python::INDEX)?;
    let tokens = [
        token(&registry, parameters.registry_secret.as_deref(), secrets)?,
        token(&index, parameters.index_secret.as_deref(), secrets)?,
    ];
    let (npm_file, python_file) = lock_files(root, parameters)?;
    for token in tokens.iter().flatten() {
        if token.registry.scheme() == "http" {
            log("warning: the token goes to the registry unencrypted: its URL is `http://`");
        }
    }
    let tokens = tokens.into_iter().flatten().collect();
    let mut downloads = Downloads { way, timeout_ms: parameters.timeout_s * 1_000, tokens, log };
    let mut report = Report::default();
    if let Some(file) = npm_file {
        let installed = npm::install(root, &file, parameters, &registry, &mut downloads)?;
        summarize(&installed, downloads.log);
        report.npm = Some(installed);
    }
    if let Some(file) = python_file {
        let installed = python::install(root, &file, parameters, &index, &mut downloads)?;
        summarize(&installed, downloads.log);
        report.python = Some(installed);
    }
    Ok(report.bounded())
}

fn token(registry: &Url, name: Option<&str>, secrets: &[Secret]) -> Result<Option<Token>, Error> {
    let Some(name) = name else { return Ok(None) };
    let found = secrets.iter().find(|secret| secret.name == name);
    let found = found.ok_or_else(|| Error::NoSecret { name: name.to_owned() })?;
    let header = secret::authentication(&found.value);
    Ok(Some(Token { registry: registry.clone(), header }))
}

/// The lock files of npm and of Python that are installed from.
fn lock_files(root: &Path, parameters: &Parameters) -> Result<(Option<String>, Option<String>), Error> {
    let Some(given) = &parameters.lock_files else {
        let first =
            |names: &[&str]| names.iter().find(|name| root.join(name).is_file()).map(ToString::to_string);
        let found = (first(&npm::LOCK_FILES), first(&python::LOCK_FILES));
        if found == (None, None) {
            let names = npm::LOCK_FILES.iter().chain(&python::LOCK_FILES).map(|name| format!("`{name}`"));
            return Err(Error::NoLockFile(format!(
                "there is no lock file: none of {}; hint: `npm install --package-lock-only`, `uv lock` or \
                 `pip-compile --generate-hashes` writes one",
                names.collect::<Vec<_>>().join(", ")
            )));
        }
        return Ok(found);
    };
    let invalid = |problem: String| Error::InvalidParameter { name: "lock_files", problem };
    let mut found: (Option<String>, Option<String>) = (None, None);
    for file in given {
        let clean = archive::clean_path(file).map_err(|problem| invalid(format!("`{file}`: {problem}")))?;
        let name = clean.rsplit('/').next().unwrap_or_default();
        let slot = if npm::LOCK_FILES.contains(&name) {
            &mut found.0
        } else if python::knows(name) {
            &mut found.1
        } else {
            return Err(invalid(format!("`{file}` is not the name of a lock file that can be read")));
        };
        if let Some(other) = slot.replace(clean) {
            return Err(invalid(format!(
                "`{other}` and `{file}` are of the same kind, of which one can be named"
            )));
        }
    }
    Ok(found)
}

fn summarize(installed: &Installed, log: &mut dyn FnMut(&str)) {
    let Installed { lock_file, count, files, bytes, .. } = installed;
    let megabytes = download::megabytes(usize::try_from(*bytes).unwrap_or(usize::MAX));
    log(&format!("`{lock_file}`: {count} packages, {files} files, {megabytes}"));
}

/// What a stage prints is its log.
#[expect(clippy::print_stdout, reason = "the log of a stage is what it prints")]
fn print_line(line: &str) {
    println!("{line}");
}

#[cfg(target_arch = "wasm32")]
ropewalk_stage::export!(Install);

#[cfg(test)]
mod tests;
