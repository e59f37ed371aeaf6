//! `requirements.txt` in pip's hash-checking mode: each requirement pinned by `==`, and with hashes.

use std::path::Path;
use std::str::FromStr;

use pep440_rs::Operator;
use pep508_rs::{Requirement, VerbatimUrl, VersionOrUrl};
use url::Url;

use super::pinned::{Locked, Pinned, PinnedFile, Wants, file_name, file_url, one_line};
use super::text;
use crate::archive::clean_path;
use crate::error::{Error, listed};
use crate::integrity::Integrity;
use crate::limits::{MAX_INCLUDES, MAX_NAMED};
use crate::parameters::Parameters;

/// Options that change nothing here, with and without a value.
const IDLE: [&str; 4] = ["--require-hashes", "--prefer-binary", "--pre", "--use-pep517"];
const IDLE_WITH_VALUE: [&str; 2] = ["--only-binary", "--trusted-host"];

/// Reads a requirements file, and those that it includes.
pub(super) fn read(root: &Path, file: &str, wants: &Wants) -> Result<Locked, Error> {
    let mut reader = Reader {
        root,
        wants,
        locked: Locked::default(),
        unpinned: Vec::new(),
        unhashed: Vec::new(),
        index: None,
        includes: 0,
    };
    reader.file(file)?;
    if !reader.unpinned.is_empty() {
        return Err(Error::InvalidLock {
            file: file.to_owned(),
            problem: format!("no single version of {}", listed(&reader.unpinned, MAX_NAMED)),
            hint: Some(HOW.to_owned()),
        });
    }
    if !reader.unhashed.is_empty() {
        let packages = listed(&reader.unhashed, MAX_NAMED);
        return Err(Error::NoIntegrity { file: file.to_owned(), packages, hint: HOW });
    }
    let Reader { mut locked, index, .. } = reader;
    for package in &mut locked.packages {
        package.index.clone_from(&index);
    }
    Ok(locked)
}

const HOW: &str =
    "`pip-compile --generate-hashes`, or `uv export --format requirements-txt`, pins all packages";

struct Reader<'a> {
    root: &'a Path,
    wants: &'a Wants,
    locked: Locked,
    unpinned: Vec<String>,
    unhashed: Vec<String>,
    index: Option<Url>,
    includes: usize,
}

impl Reader<'_> {
    fn file(&mut self, file: &str) -> Result<(), Error> {
        self.includes += 1;
        if self.includes > MAX_INCLUDES {
            let what = format!("the number of files that `{file}` and others include");
            return Err(Error::too_large(what, "MAX_INCLUDES", MAX_INCLUDES.to_string()));
        }
        let text = text(self.root, file)?;
        for line in logical_lines(&text) {
            if line.starts_with('-') { self.option(file, &line)? } else { self.requirement(file, &line)? }
        }
        Ok(())
    }

    fn option(&mut self, file: &str, line: &str) -> Result<(), Error> {
        let end = line.find(['=', ' ', '\t']).unwrap_or(line.len());
        let (name, value) = (&line[..end], line[end..].trim_start_matches(['=', ' ', '\t']).trim());
        match name {
            "-r" | "--requirement" => {
                let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
                let path = clean_path(&format!("{folder}{value}"))
                    .map_err(|problem| Error::lock(file, format!("`{line}`: {problem}")))?;
                self.file(&path)
            }
            "-i" | "--index-url" => {
                let index = Parameters::base("index", value)
                    .map_err(|error| Error::lock(file, format!("`--index-url`: {error}")))?;
                self.index = Some(index);
                Ok(())
            }
            name if IDLE.contains(&name) || IDLE_WITH_VALUE.contains(&name) => Ok(()),
            _ => Err(Error::InvalidLock {
                file: file.to_owned(),
                problem: format!("option `{name}` cannot be followed"),
                hint: Some("name another index by the parameter `index`".to_owned()),
            }),
        }
    }

    fn requirement(&mut self, file: &str, line: &str) -> Result<(), Error> {
        let (text, options) = match line.find(" --") {
            Some(at) => (line[..at].trim(), &line[at..]),
            None => (line, ""),
        };
        let requirement = Requirement::<VerbatimUrl>::from_str(text)
            .map_err(|error| Error::lock(file, format!("`{text}`: {}", one_line(&error))))?;
        if !requirement.evaluate_markers(&self.wants.environment, &self.wants.extras) {
            self.locked.omitted += 1;
            return Ok(());
        }
        let hashes = hashes(file, options)?;
        let (version, url) = match &requirement.version_or_url {
            Some(VersionOrUrl::Url(url)) => {
                let url = file_url(file, url.to_url().as_ref())?;
                let name = super::wheel::WheelName::parse(&file_name(&url));
                (name.map(|name| name.version), Some(url))
            }
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => match specifiers.iter().as_slice() {
                [one] if matches!(one.operator(), Operator::Equal | Operator::ExactEqual) => {
                    (Some(one.version().clone()), None)
                }
                _ => (None, None),
            },
            None => (None, None),
        };
        let Some(version) = version else {
            self.unpinned.push(format!("`{}`", requirement.name));
            return Ok(());
        };
        if hashes.is_empty() {
            self.unhashed.push(format!("`{}` {version}", requirement.name));
            return Ok(());
        }
        let integrity = Integrity::from_hex(hashes.iter().map(String::as_str))
            .map_err(|problem| Error::lock(file, format!("`{}` {version}: {problem}", requirement.name)))?;
        let mut pinned = Pinned::new(file, requirement.name.as_ref(), &version.to_string())?;
        match url {
            None => pinned.any_of = Some(integrity),
            Some(url) => {
                pinned.files.push(PinnedFile { name: file_name(&url), url: Some(url), integrity });
            }
        }
        self.locked.packages.push(pinned);
        Ok(())
    }
}

fn hashes(file: &str, options: &str) -> Result<Vec<String>, Error> {
    let mut hashes = Vec::new();
    let mut words = options.split_ascii_whitespace();
    while let Some(word) = words.next() {
        match word.strip_prefix("--hash") {
            Some("") => hashes.extend(words.next().map(str::to_owned)),
            Some(value) if value.starts_with('=') => hashes.push(value[1..].to_owned()),
            _ => {
                return Err(Error::lock(
                    file,
                    format!("option `{word}` of a requirement cannot be followed"),
                ));
            }
        }
    }
    Ok(hashes)
}

/// Lines joined where a backslash ends them, without comments and empty ones.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        let is_comment = line.trim_start().starts_with('#');
        match line.strip_suffix('\\') {
            Some(start) if !is_comment => {
                open.push_str(start);
                open.push(' ');
            }
            _ => {
                open.push_str(if is_comment { "" } else { line });
                lines.push(std::mem::take(&mut open));
            }
        }
    }
    lines.push(open);
    let bare = |line: String| {
        let end =
            line.match_indices('#').find(|(at, _)| *at == 0 || line[..*at].ends_with(char::is_whitespace));
        line[..end.map_or(line.len(), |(at, _)| at)].trim().to_owned()
    };
    lines.into_iter().map(bare).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests;
