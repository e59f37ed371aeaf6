//! Names of branches, tags and other references.

use gix_object::bstr::ByteSlice;

use crate::error::{Error, quoted};
use crate::limits::MAX_REFERENCE_BYTES;

const BRANCHES: &str = "refs/heads/";
const TAGS: &str = "refs/tags/";

/// A reference, as a parameter names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// What the repository's `HEAD` points at.
    Head,
    /// `refs/heads/main`.
    Full(String),
    /// `main`: a branch, else a tag, else anything else below `refs/`.
    Short(String),
}

impl Reference {
    /// What the parameters `ref`, `branch` and `tag` name together. They may name the
    /// same thing twice.
    pub fn from_parameters(
        reference: Option<&str>,
        branch: Option<&str>,
        tag: Option<&str>,
    ) -> Result<Self, Error> {
        let reference = reference.map(|name| Self::parse("ref", name)).transpose()?;
        let branch = branch.map(|name| below("branch", BRANCHES, name)).transpose()?;
        let tag = tag.map(|name| below("tag", TAGS, name)).transpose()?;
        let mut named = None;
        for other in [branch, tag].into_iter().flatten() {
            if let Some(named) = &named {
                return Err(contradiction(named, &other));
            }
            named = Some(other);
        }
        match (reference, named) {
            (None, None) => Ok(Self::Head),
            (Some(reference), None) => Ok(reference),
            (None, Some(named)) => Ok(named),
            (Some(reference), Some(named)) if reference.agrees_with(&named) => {
                Ok(if matches!(reference, Self::Full(_)) { reference } else { named })
            }
            (Some(reference), Some(named)) => Err(contradiction(&reference, &named)),
        }
    }

    fn parse(parameter: &'static str, name: &str) -> Result<Self, Error> {
        if name == "HEAD" {
            return Ok(Self::Head);
        }
        valid(parameter, name)?;
        Ok(if name.starts_with("refs/") { Self::Full(name.to_owned()) } else { Self::Short(name.to_owned()) })
    }

    /// Full names that it may stand for, the likeliest first.
    pub fn candidates(&self) -> Vec<String> {
        match self {
            Self::Head => vec!["HEAD".to_owned()],
            Self::Full(name) => vec![name.clone()],
            Self::Short(name) => {
                [BRANCHES, TAGS, "refs/"].iter().map(|prefix| format!("{prefix}{name}")).collect()
            }
        }
    }

    /// Its full name, where that is known without asking.
    pub fn full_name(&self) -> Option<&str> {
        match self {
            Self::Full(name) => Some(name),
            Self::Head | Self::Short(_) => None,
        }
    }

    /// It, for a person: "branch `main`".
    pub fn describe(&self) -> String {
        match self {
            Self::Head => "`HEAD`".to_owned(),
            Self::Short(name) => format!("branch or tag `{name}`"),
            Self::Full(name) => match (branch_of(name), tag_of(name)) {
                (Some(branch), _) => format!("branch `{branch}`"),
                (_, Some(tag)) => format!("tag `{tag}`"),
                _ => format!("ref `{name}`"),
            },
        }
    }

    /// Whether both may be meant by one who names the same thing twice. Of two full names, that of the
    /// parameter `ref` decides what the short name in the other one is: callers put a tag's name into
    /// `branch`, too.
    fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Head, _) => false,
            (Self::Short(_), Self::Full(name)) => self.candidates().contains(name),
            (Self::Full(one), Self::Full(other)) => short(one) == short(other),
            _ => self == other,
        }
    }
}

/// A full name less `refs/heads/`, `refs/tags/`.
fn short(full_name: &str) -> &str {
    branch_of(full_name).or_else(|| tag_of(full_name)).unwrap_or(full_name)
}

/// The branch's name of a full name of a reference.
pub(crate) fn branch_of(full_name: &str) -> Option<&str> {
    full_name.strip_prefix(BRANCHES)
}

/// The tag's name of a full name of a reference.
pub(crate) fn tag_of(full_name: &str) -> Option<&str> {
    full_name.strip_prefix(TAGS)
}

/// The prefix of every branch.
pub(crate) fn branches() -> &'static str {
    BRANCHES
}

fn below(parameter: &'static str, prefix: &str, name: &str) -> Result<Reference, Error> {
    let full = if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") };
    if name.is_empty() {
        return Err(Error::InvalidParameter {
            name: parameter,
            problem: "it is empty".to_owned(),
            hint: None,
        });
    }
    valid(parameter, &full)?;
    Ok(Reference::Full(full))
}

fn valid(parameter: &'static str, name: &str) -> Result<(), Error> {
    let invalid = |problem: String| Error::InvalidParameter { name: parameter, problem, hint: None };
    if name.len() > MAX_REFERENCE_BYTES {
        return Err(invalid(format!("it is longer than MAX_REFERENCE_BYTES, {MAX_REFERENCE_BYTES} bytes")));
    }
    match gix_validate::reference::name_partial(name.as_bytes().as_bstr()) {
        Ok(_) => Ok(()),
        Err(error) => Err(invalid(format!("`{}` is no name of a ref: {error}", quoted(name.as_bytes())))),
    }
}

fn contradiction(one: &Reference, other: &Reference) -> Error {
    Error::InvalidParameter {
        name: "ref",
        problem: format!("it is {} by one parameter and {} by another", one.describe(), other.describe()),
        hint: Some("name it once, by `ref`, `branch` or `tag`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parameters: [Option<&str>; 3], expected: &str) {
        let [reference, branch, tag] = parameters;
        let actual = match Reference::from_parameters(reference, branch, tag) {
            Ok(reference) => reference.candidates().join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(actual, expected);
    }

    #[test]
    fn refs_branches_and_tags_name_one_thing() {
        check([None, None, None], "HEAD");
        check([Some("HEAD"), None, None], "HEAD");
        check([Some("refs/heads/main"), Some("main"), None], "refs/heads/main");
        check([Some("main"), None, None], "refs/heads/main refs/tags/main refs/main");
        check([Some("v1"), None, Some("v1")], "refs/tags/v1");
        check([None, Some("feature/x"), None], "refs/heads/feature/x");
        check([Some("refs/tags/v1"), Some("v1"), None], "refs/tags/v1");
        check([None, Some("refs/heads/main"), None], "refs/heads/main");
        check(
            [Some("refs/heads/main"), Some("next"), None],
            "parameter `ref`: it is branch `main` by one parameter and branch `next` by another",
        );
        check(
            [None, Some("main"), Some("v1")],
            "parameter `ref`: it is branch `main` by one parameter and tag `v1` by another",
        );
        check([None, Some(""), None], "parameter `branch`: it is empty");
    }

    #[test]
    fn names_cannot_smuggle_anything() {
        for name in ["a b", "a\nwant 0", "../x", "x..y", "x.lock", "-\u{7f}", "refs/heads/", ""] {
            let error = Reference::from_parameters(Some(name), None, None).unwrap_err();
            assert_eq!(error.name(), "Checkout.InvalidParameter", "{name:?}: {error}");
        }
    }
}
