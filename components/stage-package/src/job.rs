//! The parameters, with what follows from the project itself.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::moment::Moment;
use crate::parameters::{Parameters, check_name};

/// What is to be made.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// As they were given.
    pub(crate) parameters: &'a Parameters,
    /// The package's name.
    pub(crate) name: String,
    /// The package's version.
    pub(crate) version: String,
    /// When it was made.
    pub(crate) created: Option<Moment>,
}

impl<'a> Job<'a> {
    /// Name and version as given, or as a manifest in the root has them.
    pub(crate) fn new(root: &Path, parameters: &'a Parameters) -> Result<Self, Error> {
        let told = match (&parameters.name, &parameters.version) {
            (Some(_), Some(_)) => Identity::default(),
            _ => Identity::read(root)?,
        };
        let hint =
            "give it, or let `package.json`, `pyproject.toml` or `Cargo.toml` stand in `root` and tell it";
        let name = parameters.name.clone().or(told.name);
        let name = name.ok_or_else(|| Error::parameter("name", "", hint))?;
        let version = parameters.version.clone().or(told.version);
        let version = version.ok_or_else(|| Error::parameter("version", "", hint))?;
        check_name("name", &name, "._+-@/")?;
        check_name("version", &version, "._+-~")?;
        let created = parameters.created.as_deref().map(Moment::parse).transpose()?;
        Ok(Self { parameters, name, version, created })
    }

    /// The folder within archives, `{name}` and `{version}` put in.
    pub(crate) fn prefix(&self) -> String {
        let prefix = self.parameters.prefix.trim_end_matches('/');
        let (name, version) = (self.file_name(), &self.version);
        prefix.replace("{name}", &name).replace("{version}", version)
    }

    /// How names of files begin.
    pub(crate) fn stem(&self) -> String {
        format!("{}-{}", self.file_name(), self.version)
    }

    /// The name as a part of a file's.
    fn file_name(&self) -> String {
        self.name.trim_start_matches('@').replace('/', "-")
    }
}

/// What a manifest says of the package.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Identity {
    name: Option<String>,
    version: Option<String>,
}

#[derive(Deserialize)]
struct Cargo {
    package: Option<Identity>,
}

#[derive(Deserialize)]
struct Python {
    project: Option<Identity>,
    tool: Option<Tools>,
}

#[derive(Deserialize)]
struct Tools {
    poetry: Option<Identity>,
}

impl Identity {
    /// By the first manifest that stands there.
    fn read(root: &Path) -> Result<Self, Error> {
        if let Some(text) = text(root, "package.json")? {
            return parsed("package.json", serde_json::from_str(&text).map_err(|error| error.to_string()));
        }
        if let Some(text) = text(root, "pyproject.toml")? {
            let manifest: Python = toml("pyproject.toml", &text)?;
            let poetry = manifest.tool.and_then(|tools| tools.poetry);
            return Ok(manifest.project.or(poetry).unwrap_or_default());
        }
        if let Some(text) = text(root, "Cargo.toml")? {
            return Ok(toml::<Cargo>("Cargo.toml", &text)?.package.unwrap_or_default());
        }
        Ok(Self::default())
    }
}

fn text(root: &Path, name: &str) -> Result<Option<String>, Error> {
    let path = root.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    fs::read_to_string(&path).map(Some).map_err(|error| Error::io("read", &path, &error))
}

fn toml<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Error> {
    parsed(name, toml::from_str(text).map_err(|error| error.message().to_owned()))
}

fn parsed<T>(name: &str, read: Result<T, String>) -> Result<T, Error> {
    read.map_err(|why| Error::InvalidManifest { path: name.to_owned(), why })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(manifest: &str, text: &str, parameters: serde_json::Value) -> Result<(String, String), String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(manifest), text).unwrap();
        let parameters = serde_json::from_value(parameters).unwrap();
        let job = Job::new(folder.path(), &parameters).map_err(|error| error.to_string())?;
        Ok((job.name, job.version))
    }

    #[track_caller]
    fn check(manifest: &str, text: &str, name: &str, version: &str) {
        assert_eq!(job(manifest, text, json!({})), Ok((name.to_owned(), version.to_owned())));
    }

    #[track_caller]
    fn check_refused(manifest: &str, text: &str, part: &str) {
        let error = job(manifest, text, json!({})).unwrap_err();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn a_manifest_tells_what_is_not_given() {
        check(
            "package.json",
            r#"{"name": "@rope/knots", "version": "1.2.3", "x": 1}"#,
            "@rope/knots",
            "1.2.3",
        );
        check("pyproject.toml", "[project]\nname = \"knots\"\nversion = \"1\"\n", "knots", "1");
        check("pyproject.toml", "[tool.poetry]\nname = \"knots\"\nversion = \"1\"\n", "knots", "1");
        check("Cargo.toml", "[package]\nname = \"knots\"\nversion = \"0.1.0\"\n", "knots", "0.1.0");
        let given = json!({ "version": "9" });
        assert_eq!(job("package.json", r#"{"name": "a"}"#, given), Ok(("a".to_owned(), "9".to_owned())));
        let given = json!({ "name": "b", "version": "9" });
        assert_eq!(job("package.json", "broken", given), Ok(("b".to_owned(), "9".to_owned())));
        check_refused("package.json", r#"{"name": "a"}"#, "`version` is ``");
        check_refused("README.md", "", "`name` is ``");
        check_refused("package.json", "broken", "`package.json` cannot be read");
        check_refused("package.json", r#"{"name": "../a", "version": "1"}"#, "`name` is `../a`");
        check_refused("Cargo.toml", "[package]\nname = 1\n", "`Cargo.toml` cannot be read");
        // The version of a workspace stands elsewhere.
        check_refused("Cargo.toml", "[package]\nname = \"a\"\nversion.workspace = true\n", "cannot be read");
    }
}
