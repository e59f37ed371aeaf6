//! `requirements.txt`, with every version pinned.

use super::hash::Hash;
use super::python::normalized;
use super::stock::{Component, Stock, purl};

/// Options that name what is not in this file.
const ELSEWHERE: [&str; 6] = ["-r", "--requirement", "-c", "--constraint", "-e", "--editable"];

pub(super) fn read(text: &str, stock: &mut Stock) -> Result<(), String> {
    for (number, line) in logical_lines(text) {
        let refused = |why: &str| format!("line {number}, `{line}`: {why}");
        if line.starts_with('-') {
            let option = line.split([' ', '=']).next().unwrap_or_default();
            if ELSEWHERE.contains(&option) {
                return Err(refused(
                    "it names what is not here: hint: list each file in `sbom`, with every version pinned",
                ));
            }
            continue;
        }
        let requirement = Requirement::read(&line).ok_or_else(|| {
            refused("it is not pinned: hint: `name==1.2.3`, as `pip freeze` and `pip-compile` write it")
        })?;
        let name = normalized(requirement.name);
        let qualifiers: Vec<(&'static str, &str)> =
            requirement.url.into_iter().map(|url| ("download_url", url)).collect();
        let purl = purl("pypi", None, &name, requirement.version, &qualifiers)?;
        let mut component =
            Component { name, version: requirement.version.map(str::to_owned), ..Component::default() };
        for hash in requirement.hashes {
            component.hashes.extend(Hash::from_pair(hash).map_err(|why| refused(&why))?);
        }
        if let Some(url) = requirement.url {
            component.distributions.insert(url.to_owned(), component.hashes.clone());
        }
        stock.roots.insert(purl.clone());
        stock.add(purl, component);
    }
    Ok(())
}

/// One pinned requirement.
struct Requirement<'a> {
    name: &'a str,
    version: Option<&'a str>,
    url: Option<&'a str>,
    hashes: Vec<&'a str>,
}

impl<'a> Requirement<'a> {
    /// Reads `name[extras] == version ; marker --hash=…` and `name @ url`. `None` if no version is pinned.
    fn read(line: &'a str) -> Option<Self> {
        let (requirement, options) = line.split_at(line.find(" --").unwrap_or(line.len()));
        let hashes =
            options.split_ascii_whitespace().filter_map(|option| option.strip_prefix("--hash=")).collect();
        let name_end = requirement
            .find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c))
            .unwrap_or(requirement.len());
        let (name, rest) = requirement.split_at(name_end);
        let mut rest = rest.trim_start();
        if let Some(extras) = rest.strip_prefix('[') {
            rest = extras.split_once(']')?.1.trim_start();
        }
        if name.is_empty() {
            return None;
        }
        if let Some(url) = rest.strip_prefix('@') {
            let url = url.split_ascii_whitespace().next()?;
            return Some(Self { name, version: None, url: Some(url), hashes });
        }
        let version = rest.strip_prefix("===").or_else(|| rest.strip_prefix("=="))?;
        let version = version.split(';').next().unwrap_or_default().trim();
        let pinned = !version.is_empty() && !version.contains(['*', ',', ' ', '<', '>', '=', '!', '~']);
        pinned.then_some(Self { name, version: Some(version), url: None, hashes })
    }
}

/// Lines without comments, those that a backslash continues put together, with the number of the first.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let comment = if line.trim_start().starts_with('#') { Some(0) } else { line.find(" #") };
        let line = line[..comment.unwrap_or(line.len())].trim();
        let (line, continues) = match line.strip_suffix('\\') {
            Some(line) => (line.trim_end(), true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some((_, last)) if open => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push((index + 1, line.to_owned())),
        }
        open = continues;
    }
    lines.retain(|(_, line)| !line.trim().is_empty());
    lines
}
