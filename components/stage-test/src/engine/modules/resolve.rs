//! Where a specifier leads, by Node's algorithms.

use crate::engine::disk::{self, Disk, Kind};
use crate::engine::host::{is_builtin, is_node};
use crate::engine::modules::ModuleError;
use crate::engine::modules::package::Package;

/// How a module is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By `import`: extensions are written out.
    Import,
    /// By `require`.
    Require,
}

impl Mode {
    /// Whether a condition of `exports` holds.
    pub(super) fn holds(self, condition: &str) -> bool {
        match condition {
            "default" | "node" => true,
            "import" => self == Self::Import,
            "require" => self == Self::Require,
            _ => false,
        }
    }
}

/// What `require` tries in a folder and after a name.
const EXTENSIONS: &[&str] = &[".js", ".json", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx"];

/// Follows a specifier that stands in file `from`. Answers a path, or `node:` and the name of a module of Node.
pub(crate) fn resolve(disk: &Disk, specifier: &str, from: &str, mode: Mode) -> Result<String, ModuleError> {
    if let Some(name) = specifier.strip_prefix("node:") {
        return if is_node(name) {
            Ok(specifier.to_owned())
        } else {
            Err(ModuleError::NoBuiltin(specifier.to_owned()))
        };
    }
    // `test` alone is a package; only `node:test` is Node's.
    if is_builtin(specifier) && specifier != "test" {
        return Ok(format!("node:{specifier}"));
    }
    let request = Request { disk, specifier, from, mode };
    if let Some(url) = specifier.strip_prefix("file://") {
        return request
            .file(&disk::normalize(&percent_decode(url.split(['?', '#']).next().unwrap_or_default())));
    }
    let scheme = specifier.split_once(':').map(|(scheme, _)| scheme);
    if scheme
        .is_some_and(|scheme| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()))
    {
        return Err(ModuleError::Scheme(specifier.to_owned()));
    }
    if specifier.starts_with('/') {
        return request.file(&disk::normalize(specifier));
    }
    if matches!(specifier.split('/').next(), Some("." | "..")) {
        let plain = if mode == Mode::Import {
            specifier.split(['?', '#']).next().unwrap_or_default()
        } else {
            specifier
        };
        return request.file(&disk::join(disk::folder(from), &percent_decode(plain)));
    }
    if specifier.starts_with('#') {
        return request.package_import();
    }
    request.package()
}

struct Request<'a> {
    disk: &'a Disk,
    specifier: &'a str,
    from: &'a str,
    mode: Mode,
}

impl Request<'_> {
    /// A path that is written out, or may be completed.
    fn file(&self, path: &str) -> Result<String, ModuleError> {
        match (self.disk.kind(path), self.mode) {
            (Some(Kind::File), _) => return Ok(path.to_owned()),
            (Some(Kind::Folder), Mode::Import) if !self.is_lenient() => {
                return Err(ModuleError::Folder { path: path.to_owned(), from: self.from.to_owned() });
            }
            _ => {}
        }
        let found = match self.mode {
            Mode::Require => self.complete(path).or_else(|| self.in_folder(path)),
            Mode::Import if self.is_lenient() => self.typescript(path),
            Mode::Import => None,
        };
        found.ok_or_else(|| self.not_found("module", path))
    }

    /// Whether imports are completed, which Node doesn't do, but whatever else runs the file.
    fn is_lenient(&self) -> bool {
        let package = || Package::around(self.disk, self.from).ok().flatten();
        self.is_typescript() || package().is_some_and(|package| package.is_bundled())
    }

    fn is_typescript(&self) -> bool {
        [".ts", ".mts", ".cts", ".jsx", ".tsx"].iter().any(|end| self.from.ends_with(end))
    }

    fn complete(&self, path: &str) -> Option<String> {
        EXTENSIONS.iter().map(|extension| format!("{path}{extension}")).find(|path| self.is_file(path))
    }

    fn in_folder(&self, folder: &str) -> Option<String> {
        if self.disk.kind(folder) != Some(Kind::Folder) {
            return None;
        }
        let main = Package::read(self.disk, folder)
            .ok()
            .flatten()
            .and_then(|package| package.text("main").map(str::to_owned));
        let main = main.map(|main| disk::join(folder, &main)).and_then(|main| {
            if self.is_file(&main) {
                Some(main)
            } else {
                self.complete(&main).or_else(|| self.complete(&format!("{main}/index")))
            }
        });
        main.or_else(|| self.complete(&disk::join(folder, "index")))
    }

    /// As TypeScript's compilers take it: `./a.js` may be `a.ts`, and `./a` as well.
    fn typescript(&self, path: &str) -> Option<String> {
        let swapped = [(".js", ".ts"), (".js", ".tsx"), (".jsx", ".tsx"), (".mjs", ".mts"), (".cjs", ".cts")]
            .iter()
            .filter_map(|(written, meant)| Some(format!("{}{meant}", path.strip_suffix(written)?)));
        let completed =
            [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".json", "/index.ts", "/index.tsx", "/index.js"]
                .iter()
                .map(|end| format!("{path}{end}"));
        swapped.chain(completed).find(|path| self.is_file(path))
    }

    fn is_file(&self, path: &str) -> bool {
        self.disk.kind(path) == Some(Kind::File)
    }

    fn package_import(&self) -> Result<String, ModuleError> {
        let undefined =
            || ModuleError::NotImported { specifier: self.specifier.to_owned(), from: self.from.to_owned() };
        let package = Package::around(self.disk, self.from)?.ok_or_else(undefined)?;
        let target = package.import(self.specifier, self.mode).ok_or_else(undefined)?;
        if target.starts_with("./") {
            return self.exactly(&disk::join(&package.folder, &target));
        }
        resolve(self.disk, &target, &disk::join(&package.folder, "package.json"), self.mode)
    }

    fn package(&self) -> Result<String, ModuleError> {
        let names = if self.specifier.starts_with('@') { 2 } else { 1 };
        let end = self.specifier.match_indices('/').nth(names - 1).map_or(self.specifier.len(), |(at, _)| at);
        let (name, rest) = self.specifier.split_at(end);
        let own = Package::around(self.disk, self.from)?;
        if let Some(own) = own.filter(|own| own.text("name") == Some(name) && own.has_exports()) {
            return self.exported(&own, rest);
        }
        let mut folder = disk::folder(self.from);
        loop {
            let candidate = disk::join(folder, &format!("node_modules/{name}"));
            if !folder.ends_with("/node_modules") && self.disk.kind(&candidate) == Some(Kind::Folder) {
                return self.in_package(&candidate, rest);
            }
            if folder == "/" {
                return Err(self.not_found("package", self.specifier));
            }
            folder = disk::folder(folder);
        }
    }

    fn in_package(&self, folder: &str, rest: &str) -> Result<String, ModuleError> {
        match Package::read(self.disk, folder)? {
            Some(package) if package.has_exports() => self.exported(&package, rest),
            package if rest.is_empty() => {
                let found = match (self.mode, package.as_ref().and_then(|package| package.text("main"))) {
                    (Mode::Import, Some(main)) => {
                        let main = disk::join(folder, main);
                        if self.is_file(&main) { Some(main) } else { self.complete(&main) }
                    }
                    _ => None,
                };
                found.or_else(|| self.in_folder(folder)).ok_or_else(|| self.not_found("package", folder))
            }
            _ => {
                let path = disk::join(folder, rest);
                if self.is_file(&path) {
                    return Ok(path);
                }
                let found = if self.mode == Mode::Require {
                    self.complete(&path).or_else(|| self.in_folder(&path))
                } else {
                    None
                };
                found.ok_or_else(|| self.not_found("module", &path))
            }
        }
    }

    fn exported(&self, package: &Package, rest: &str) -> Result<String, ModuleError> {
        let target = package.export(&format!(".{rest}"), self.mode)?;
        self.exactly(&disk::join(&package.folder, &target))
    }

    fn exactly(&self, path: &str) -> Result<String, ModuleError> {
        if self.is_file(path) { Ok(path.to_owned()) } else { Err(self.not_found("module", path)) }
    }

    fn not_found(&self, what: &'static str, path: &str) -> ModuleError {
        let from = self.from.to_owned();
        match self.mode {
            Mode::Require => ModuleError::NotRequired { specifier: self.specifier.to_owned(), from },
            Mode::Import => {
                ModuleError::NotFound { what, specifier: path.to_owned(), from, code: "ERR_MODULE_NOT_FOUND" }
            }
        }
    }
}

fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = hex.filter(|_| bytes[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
