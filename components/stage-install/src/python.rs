//! Installs the pure wheels that a lock file of Python names, as `pip install --require-hashes --only-binary :all:`
//! would: without compiling, and without the programs that entry points stand for.

mod index;
mod pinned;
mod poetry;
mod pylock;
mod requirements;
mod uv;
mod wheel;

use std::path::Path;

use url::Url;

use crate::download::{Downloads, Wanted};
use crate::error::{Error, listed};
use crate::folder::{Folder, Written, read};
use crate::limits::{MAX_LOCK_BYTES, MAX_NAMED, MAX_PACKAGES};
use crate::parameters::{Native, Parameters};
use crate::report::{Installed, Package, Skipped};
use pinned::{Chosen, Locked, Wants};

/// The lock files that are looked for.
pub(crate) const LOCK_FILES: [&str; 4] = ["pylock.toml", "uv.lock", "poetry.lock", "requirements.txt"];
/// Where packages are unless a lock file says otherwise.
pub(crate) const INDEX: &str = "https://pypi.org/simple/";
/// The artifact. It belongs on `sys.path`.
const OUTPUT: &str = "site-packages";

/// Installs from a lock file of the folder `root` into `out/site-packages`.
pub(crate) fn install(
    root: &Path,
    file: &str,
    parameters: &Parameters,
    index: &Url,
    downloads: &mut Downloads<'_>,
) -> Result<Installed, Error> {
    let wants = Wants {
        environment: parameters.environment()?,
        extras: pinned::extras(&parameters.extras)?,
        groups: parameters.wanted_groups(),
    };
    let mut locked = lock(root, file, &wants)?;
    if locked.packages.len() > MAX_PACKAGES {
        let what = format!("`{file}` has {} packages: that", locked.packages.len());
        return Err(Error::too_large(what, "MAX_PACKAGES", MAX_PACKAGES.to_string()));
    }
    index::look_up(&mut locked.packages, index, downloads)?;
    let mut chosen = Vec::new();
    let mut refused = Vec::new();
    for package in &locked.packages {
        match package.choose(wants.python_minor()) {
            Ok(one) => chosen.push(one),
            Err(reason) => refused.push((package, reason)),
        }
    }
    if parameters.native == Native::Fail && !refused.is_empty() {
        let name = |(package, reason): &(&pinned::Pinned, String)| format!("{} {reason}", package.what());
        let names: Vec<String> = refused.iter().map(name).collect();
        return Err(Error::Native { file: file.to_owned(), packages: listed(&names, MAX_NAMED) });
    }
    let left_out = refused.into_iter().map(|(package, reason)| Skipped {
        name: package.name.to_string(),
        version: package.version.to_string(),
        reason: format!("it {reason}"),
    });
    locked.skipped.extend(left_out);
    let mut folder = Folder::create(root.join("out").join(OUTPUT))?;
    unpack_all(&chosen, &mut folder, downloads)?;
    let mut packages: Vec<Package> = chosen.iter().map(Chosen::package).collect();
    packages.sort();
    locked.skipped.sort();
    for skipped in &locked.skipped {
        (downloads.log)(&format!("left out: {} {}: {}", skipped.name, skipped.version, skipped.reason));
    }
    Ok(Installed {
        lock_file: file.to_owned(),
        count: packages.len(),
        files: folder.files,
        bytes: folder.bytes,
        packages,
        omitted: locked.omitted,
        skipped: locked.skipped,
        ..Installed::default()
    })
}

/// Whether a name is one of Python's lock files.
pub(crate) fn knows(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let is_named = |prefix: &str, end: &str| name.starts_with(prefix) && name.ends_with(end);
    LOCK_FILES.contains(&name) || is_named("pylock.", ".toml") || name.ends_with(".txt")
}

fn lock(root: &Path, file: &str, wants: &Wants) -> Result<Locked, Error> {
    let name = file.rsplit('/').next().unwrap_or(file);
    if name.ends_with(".txt") {
        return requirements::read(root, file, wants);
    }
    let text = text(root, file)?;
    match name {
        "uv.lock" => uv::read(file, &text, wants),
        "poetry.lock" => poetry::read(file, &text, wants),
        _ => pylock::read(file, &text, wants),
    }
}

/// The text of a lock file.
fn text(root: &Path, file: &str) -> Result<String, Error> {
    let bytes = read(&root.join(file), MAX_LOCK_BYTES, "MAX_LOCK_BYTES")?;
    let bytes = bytes.ok_or_else(|| Error::NoFile(file.to_owned()))?;
    String::from_utf8(bytes).map_err(|_| Error::lock(file, "it is not UTF-8"))
}

fn unpack_all(
    chosen: &[Chosen<'_>],
    folder: &mut Folder,
    downloads: &mut Downloads<'_>,
) -> Result<(), Error> {
    let wanted: Vec<Wanted> = chosen.iter().map(Chosen::wanted).collect();
    let mut warnings = Vec::new();
    downloads.each(&wanted, &mut |at, bytes| {
        let what = &wanted[at].what;
        let unpacked = wheel::unpack(chosen[at].pinned, what, bytes)?;
        if !unpacked.left_out.is_empty() {
            let files = listed(&unpacked.left_out, MAX_NAMED);
            warnings.push(format!("{what} has files for elsewhere than `site-packages`: {files}"));
        }
        for file in unpacked.files {
            if folder.write(&file.path, &file.contents)? == Written::Other {
                warnings.push(format!(
                    "{what} has another `{}` than a package before it, which stays",
                    file.path
                ));
            }
        }
        Ok(())
    })?;
    for warning in &warnings {
        (downloads.log)(&format!("warning: {warning}"));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::wheel::tests::wheel;
}
