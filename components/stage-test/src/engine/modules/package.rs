//! `package.json`.

use crate::engine::disk::{self, Disk, Kind};
use crate::engine::modules::ModuleError;
use crate::engine::modules::ordered::Ordered;
use crate::engine::modules::resolve::Mode;

/// A package, by its `package.json`.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its folder.
    pub(crate) folder: String,
    fields: Ordered,
}

/// Deeper conditions than this are no package's.
const MAX_DEPTH: usize = 32;

impl Package {
    /// That in a folder, if there is one.
    pub(crate) fn read(disk: &Disk, folder: &str) -> Result<Option<Self>, ModuleError> {
        let path = disk::join(folder, "package.json");
        if disk.kind(&path) != Some(Kind::File) {
            return Ok(None);
        }
        let refuse = |why: String| ModuleError::Package { package: path.clone(), why };
        let text = disk.read_text(&path).map_err(|error| refuse(error.to_string()))?;
        match serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))? {
            fields @ Ordered::Object(_) => Ok(Some(Self { folder: folder.to_owned(), fields })),
            _ => Err(refuse("it must be an object".to_owned())),
        }
    }

    /// That which a file is part of.
    pub(crate) fn around(disk: &Disk, file: &str) -> Result<Option<Self>, ModuleError> {
        let mut folder = disk::folder(file);
        loop {
            if let Some(package) = Self::read(disk, folder)? {
                return Ok(Some(package));
            }
            if folder == "/" || folder.ends_with("/node_modules") {
                return Ok(None);
            }
            folder = disk::folder(folder);
        }
    }

    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// Whether it is among what the package depends on, in whatever way.
    pub(crate) fn depends_on(&self, name: &str) -> bool {
        ["dependencies", "devDependencies", "peerDependencies"]
            .iter()
            .any(|field| self.fields.get(field).is_some_and(|list| list.get(name).is_some()))
    }

    /// Whether its modules don't run in Node as they are: what loads them completes the paths of their imports.
    pub(crate) fn is_bundled(&self) -> bool {
        ["vitest", "jest", "esm", "tsx", "ts-node", "@babel/register", "esbuild-register"]
            .iter()
            .any(|loader| self.depends_on(loader))
    }

    /// Whether one of its scripts begins a program.
    pub(crate) fn runs(&self, program: &str) -> bool {
        let words = |script: &str| script.split([' ', '&', ';', '|']).any(|word| word == program);
        match self.fields.get("scripts") {
            Some(Ordered::Object(scripts)) => {
                scripts.iter().filter_map(|(_, script)| script.as_str()).any(words)
            }
            _ => false,
        }
    }

    pub(crate) fn has_exports(&self) -> bool {
        self.fields.get("exports").is_some_and(|exports| *exports != Ordered::Null)
    }

    /// What `exports` has for a subpath (`.` or `./…`): a path relative to the folder.
    pub(crate) fn export(&self, subpath: &str, mode: Mode) -> Result<String, ModuleError> {
        let exports = self.fields.get("exports").unwrap_or(&Ordered::Null);
        let whole = match exports {
            Ordered::Object(map) => !map.iter().any(|(key, _)| key.starts_with('.')),
            _ => true,
        };
        let found = match exports {
            exports if whole => (subpath == ".").then(|| target(exports, None, mode, 0)).flatten(),
            Ordered::Object(map) => lookup(map, subpath, mode),
            _ => None,
        };
        found.ok_or_else(|| ModuleError::NotExported {
            subpath: subpath.to_owned(),
            package: disk::join(&self.folder, "package.json"),
        })
    }

    /// What `imports` has for `#…`: a path relative to the folder, or a specifier.
    pub(crate) fn import(&self, specifier: &str, mode: Mode) -> Option<String> {
        match self.fields.get("imports")? {
            Ordered::Object(map) => lookup(map, specifier, mode),
            _ => None,
        }
    }
}

/// The entry of a key, or of the longest pattern with `*` that fits.
fn lookup(map: &[(String, Ordered)], key: &str, mode: Mode) -> Option<String> {
    if let Some((_, value)) = map.iter().find(|(known, _)| known == key).filter(|_| !key.contains('*')) {
        return target(value, None, mode, 0);
    }
    let (value, part) = map
        .iter()
        .filter_map(|(pattern, value)| {
            let (before, after) = pattern.split_once('*')?;
            let part = key.strip_prefix(before)?.strip_suffix(after)?;
            (!part.is_empty()).then_some((before.len(), value, part))
        })
        .max_by_key(|(length, _, _)| *length)
        .map(|(_, value, part)| (value, part))?;
    target(value, Some(part), mode, 0)
}

fn target(value: &Ordered, part: Option<&str>, mode: Mode, depth: usize) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    match value {
        Ordered::Text(target) => Some(part.map_or_else(|| target.clone(), |part| target.replace('*', part))),
        Ordered::List(choices) => choices.iter().find_map(|choice| target(choice, part, mode, depth + 1)),
        // The first condition that holds, in the order in which they are written.
        Ordered::Object(conditions) => conditions
            .iter()
            .filter(|(condition, _)| mode.holds(condition))
            .find_map(|(_, value)| target(value, part, mode, depth + 1)),
        _ => None,
    }
}
