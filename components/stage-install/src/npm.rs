//! Installs what a lock file of npm names, as `npm ci --ignore-scripts` would in the sandbox: for the processor
//! `wasm32`, without `node_modules/.bin`, since artifacts have no links.

mod links;
mod lock;
mod package;
mod select;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use url::Url;

use crate::archive::tarball;
use crate::download::{Downloads, Wanted};
use crate::error::{Error, listed};
use crate::folder::{Folder, Written, read};
use crate::limits::{MAX_ARCHIVE_BYTES, MAX_NAMED};
use crate::parameters::{Links, Parameters};
use crate::report::{Installed, Package};
use lock::Lock;
use select::{Planned, Selection, Source};

/// The lock files that are looked for.
pub(crate) const LOCK_FILES: [&str; 2] = ["npm-shrinkwrap.json", "package-lock.json"];
/// Where packages are unless a lock file says otherwise.
pub(crate) const REGISTRY: &str = "https://registry.npmjs.org/";
/// The artifact. Mounted at the path `node_modules` it is what it is named after.
const OUTPUT: &str = "node_modules";

/// Installs from a lock file of the folder `root` into `out/node_modules`.
pub(crate) fn install(
    root: &Path,
    file: &str,
    parameters: &Parameters,
    registry: &Url,
    downloads: &mut Downloads<'_>,
) -> Result<Installed, Error> {
    let lock = Lock::read(root, file)?;
    let selection = select::select(&lock, parameters, registry)?;
    let linked = match parameters.links {
        Links::Copy => links::collect(root, file, &selection.links)?,
        Links::Skip => Vec::new(),
    };
    let mut folder = Folder::create(root.join("out").join(OUTPUT))?;
    unpack_all(root, file, &selection.planned, &mut folder, downloads)?;
    for (path, contents) in linked {
        write(&mut folder, "a linked folder", &path, &contents)?;
    }
    let installed = report(file, selection, &folder);
    tell(&installed, downloads.log);
    Ok(installed)
}

/// Downloads each archive once, and unpacks it wherever the lock file has it.
fn unpack_all(
    root: &Path,
    file: &str,
    planned: &[Planned],
    folder: &mut Folder,
    downloads: &mut Downloads<'_>,
) -> Result<(), Error> {
    let mut places: BTreeMap<&Url, Vec<&Planned>> = BTreeMap::new();
    for package in planned {
        match &package.source {
            Source::Url(url) => places.entry(url).or_default().push(package),
            Source::File(path) => unpack_local(root, file, package, path, folder)?,
        }
    }
    let archives: Vec<Vec<&Planned>> = places.into_values().collect();
    let mut wanted = Vec::with_capacity(archives.len());
    for packages in &archives {
        let Some(first) = packages.first() else { continue };
        let Source::Url(url) = &first.source else { continue };
        if packages.iter().any(|package| !package.integrity.agrees_with(&first.integrity)) {
            let problem = format!("{} has different hashes in different places", first.what());
            return Err(Error::lock(file, problem));
        }
        let integrity = first.integrity.clone();
        wanted.push(Wanted { what: first.what(), url: url.clone(), integrity });
    }
    downloads.each(&wanted, &mut |at, bytes| unpack(&archives[at], bytes, folder))
}

fn unpack_local(
    root: &Path,
    file: &str,
    package: &Planned,
    path: &str,
    folder: &mut Folder,
) -> Result<(), Error> {
    let place: PathBuf = root.join(path);
    let Some(bytes) = read(&place, MAX_ARCHIVE_BYTES, "MAX_ARCHIVE_BYTES")? else {
        let problem = format!("{} is the file `{path}`, which is not among the inputs", package.what());
        return Err(Error::lock(file, problem));
    };
    package.integrity.check(&bytes).map_err(|mismatch| Error::WrongHash {
        what: package.what(),
        url: path.to_owned(),
        expected: mismatch.expected,
        actual: mismatch.actual,
    })?;
    unpack(&[package], &bytes, folder)
}

fn unpack(packages: &[&Planned], bytes: &[u8], folder: &mut Folder) -> Result<(), Error> {
    let Some(first) = packages.first() else { return Ok(()) };
    let files = tarball::unpack(&first.what(), bytes)?;
    for package in packages {
        for file in &files {
            let path = format!("{}/{}", package.place, file.path);
            write(folder, &package.what(), &path, &file.contents)?;
        }
    }
    Ok(())
}

fn write(folder: &mut Folder, what: &str, path: &str, contents: &[u8]) -> Result<(), Error> {
    match folder.write(path, contents)? {
        Written::New | Written::Same => Ok(()),
        Written::Other => Err(Error::UnsafePath {
            what: what.to_owned(),
            path: path.to_owned(),
            problem: "another package has a file there".to_owned(),
        }),
    }
}

fn report(file: &str, selection: Selection, folder: &Folder) -> Installed {
    let package =
        |planned: &Planned| Package { name: planned.name.clone(), version: planned.version.clone() };
    let mut packages: Vec<Package> = selection.planned.iter().map(package).collect();
    let with_script = selection.planned.iter().filter(|planned| planned.wants_script);
    let mut scripts_not_run: Vec<Package> = with_script.map(package).collect();
    for list in [&mut packages, &mut scripts_not_run] {
        list.sort();
        list.dedup();
    }
    let mut skipped = selection.skipped;
    skipped.sort();
    skipped.dedup();
    Installed {
        lock_file: file.to_owned(),
        count: selection.planned.len(),
        files: folder.files,
        bytes: folder.bytes,
        packages,
        bundled: selection.bundled,
        omitted: selection.omitted,
        skipped,
        scripts_not_run,
    }
}

fn tell(installed: &Installed, log: &mut dyn FnMut(&str)) {
    for skipped in &installed.skipped {
        log(&format!("left out: {}@{}: {}", skipped.name, skipped.version, skipped.reason));
    }
    if !installed.scripts_not_run.is_empty() {
        let names = listed(&installed.scripts_not_run, MAX_NAMED);
        log(&format!("warning: install scripts are not run; these packages wanted one: {names}"));
    }
}
