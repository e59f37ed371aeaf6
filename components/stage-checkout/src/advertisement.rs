//! What a server says of itself when a repository is asked for: protocol version 2 lists capabilities,
//! versions 0 and 1 list the references at once.

use gix_hash::ObjectId;

use crate::error::{Error, quoted};
use crate::packets::{Packets, Problem};
use crate::url::RepositoryUrl;

/// What a server says of itself.
#[derive(Debug)]
pub(crate) enum Advertisement {
    /// Protocol version 2.
    V2(Capabilities),
    /// Protocol version 0 or 1.
    V0(Capabilities, Vec<Ref>),
}

/// What a server can do: names, some with `=` and a value.
#[derive(Debug, Default)]
pub(crate) struct Capabilities(Vec<String>);

/// A reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ref {
    /// `HEAD`, `refs/heads/main`.
    pub name: String,
    /// What it points at: a commit, or an annotated tag. `None` where a branch has no commit yet.
    pub id: Option<ObjectId>,
    /// The reference that a symbolic one stands for.
    pub target: Option<String>,
}

impl Advertisement {
    /// Reads the answer to `info/refs`.
    pub(crate) fn parse(body: &[u8], url: &RepositoryUrl) -> Result<Self, Error> {
        let advertisement = Self::read(body).map_err(|problem| told(problem, url))?;
        let (Self::V2(capabilities) | Self::V0(capabilities, _)) = &advertisement;
        match capabilities.value("object-format") {
            None | Some("sha1") => Ok(advertisement),
            Some(format) => Err(Error::Unsupported {
                url: url.to_string(),
                what: format!(
                    "is a {} repository, and only SHA-1 ones can be read",
                    quoted(format.as_bytes())
                ),
            }),
        }
    }

    fn read(body: &[u8]) -> Result<Self, Problem> {
        let mut packets = Packets::new(body);
        let mut line = packets.next_text()?;
        // An HTTP server puts the service's name before everything, except some before version 2.
        if line.is_some_and(|line| line.starts_with("# service=")) {
            while line.is_some() {
                line = packets.next_text()?;
            }
            line = packets.next_text()?;
        }
        match line {
            Some("version 2") => {
                let mut capabilities = Vec::new();
                while let Some(line) = packets.next_text()? {
                    capabilities.push(line.to_owned());
                }
                Ok(Self::V2(Capabilities(capabilities)))
            }
            Some("version 1") => references(packets.next_text()?, &mut packets),
            Some(line) if line.starts_with("version ") => {
                Err(Problem::Malformed(format!("protocol `{}`", quoted(line.as_bytes()))))
            }
            line => references(line, &mut packets),
        }
    }
}

impl Capabilities {
    /// Whether the server names this capability, with a value or without.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|capability| capability.split('=').next() == Some(name))
    }

    /// The value of a capability.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|capability| capability.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether a capability of version 2 has a feature: `shallow` of `fetch`.
    pub(crate) fn has_feature(&self, name: &str, feature: &str) -> bool {
        self.value(name).is_some_and(|features| features.split(' ').any(|one| one == feature))
    }

    /// Where symbolic references point, as versions 0 and 1 say it.
    fn symbolic_target(&self, reference: &str) -> Option<String> {
        let targets =
            self.0.iter().filter_map(|capability| capability.strip_prefix("symref=")?.split_once(':'));
        targets.into_iter().find(|(name, _)| *name == reference).map(|(_, target)| target.to_owned())
    }
}

/// The list of versions 0 and 1. The first line has the capabilities behind a NUL.
fn references(first: Option<&str>, packets: &mut Packets<'_>) -> Result<Advertisement, Problem> {
    let Some((first, capabilities)) = first.and_then(|line| line.split_once('\0')) else {
        return Err(Problem::Malformed("a list of references without capabilities".to_owned()));
    };
    let capabilities =
        Capabilities(capabilities.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect());
    let mut refs = Vec::new();
    let mut line = Some(first);
    while let Some(text) = line {
        // What an annotated tag points at (`^{}`) is found in the pack, an empty repository's is nothing.
        if !text.starts_with("shallow ") && !text.ends_with("^{}") {
            let (id, name) = text.split_once(' ').ok_or_else(|| bad_reference(text))?;
            if id.len() == 64 {
                return Ok(Advertisement::V0(
                    Capabilities(vec!["object-format=sha256".to_owned()]),
                    Vec::new(),
                ));
            }
            refs.push(Ref {
                name: name.to_owned(),
                id: Some(ObjectId::from_hex(id.as_bytes()).map_err(|_| bad_reference(text))?),
                target: capabilities.symbolic_target(name),
            });
        }
        line = packets.next_text()?;
    }
    Ok(Advertisement::V0(capabilities, refs))
}

impl Ref {
    /// A line of the answer to `ls-refs` of version 2.
    pub(crate) fn parse(line: &str) -> Result<Self, Problem> {
        let mut words = line.split(' ');
        let (id, name) = words.next().zip(words.next()).ok_or_else(|| bad_reference(line))?;
        let id = match id {
            "unborn" => None,
            id => Some(ObjectId::from_hex(id.as_bytes()).map_err(|_| bad_reference(line))?),
        };
        let target = words.find_map(|word| word.strip_prefix("symref-target:")).map(str::to_owned);
        Ok(Self { name: name.to_owned(), id, target })
    }
}

fn bad_reference(line: &str) -> Problem {
    Problem::Malformed(format!("`{}` where a reference should be", quoted(line.as_bytes())))
}

/// What is wrong with an answer of this repository.
pub(crate) fn told(problem: Problem, url: &RepositoryUrl) -> Error {
    let url = url.to_string();
    match problem {
        Problem::Malformed(cause) => Error::BadAnswer { url, cause },
        Problem::Truncated => {
            Error::Unreachable { url, cause: "the answer ends before it is complete".to_owned() }
        }
        Problem::Refused(message) => Error::Refused { url, message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    fn packets(lines: &[&str]) -> Vec<u8> {
        let mut body = Vec::new();
        for line in lines {
            match *line {
                "" => body.extend_from_slice(b"0000"),
                line => {
                    body.extend_from_slice(format!("{:04x}{line}\n", line.len() + 5).as_bytes());
                }
            }
        }
        body
    }

    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        let url = RepositoryUrl::parse("https://git.example/x").unwrap();
        let actual = match Advertisement::parse(&packets(lines), &url) {
            Ok(Advertisement::V2(capabilities)) => format!("2: {}", capabilities.0.join(", ")),
            Ok(Advertisement::V0(capabilities, refs)) => {
                let names: Vec<_> = refs.iter().map(|one| format!("{} {:?}", one.name, one.target)).collect();
                format!("0: {}; {}", capabilities.0.join(", "), names.join(", "))
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(actual, expected);
    }

    #[test]
    fn every_protocol_version_is_read() {
        let v2 = ["version 2", "agent=git/2", "fetch=shallow filter", "object-format=sha1", ""];
        check(&v2, "2: agent=git/2, fetch=shallow filter, object-format=sha1");
        let behind_service: Vec<_> = ["# service=git-upload-pack", ""].into_iter().chain(v2).collect();
        check(&behind_service, "2: agent=git/2, fetch=shallow filter, object-format=sha1");
        let head = format!("{ID} HEAD\0side-band-64k shallow symref=HEAD:refs/heads/main");
        let branch = format!("{ID} refs/heads/main");
        let peeled = format!("{ID} refs/tags/v1^{{}}");
        let v0 = "0: side-band-64k, shallow, symref=HEAD:refs/heads/main; HEAD Some(\"refs/heads/main\"), refs/heads/main None";
        check(&["# service=git-upload-pack", "", &head, &branch, &peeled, ""], v0);
        check(&["# service=git-upload-pack", "", "version 1", &head, &branch, ""], v0);
        let nothing = format!("{} capabilities^{{}}\0shallow", "0".repeat(40));
        check(&["# service=git-upload-pack", "", &nothing, ""], "0: shallow; ");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let sha256 = "`https://git.example/x` is a sha256 repository, and only SHA-1 ones can be read";
        check(&["version 2", "object-format=sha256", ""], sha256);
        check(&[&format!("{} HEAD\0shallow", "0".repeat(64)), ""], sha256);
        check(
            &["version 3", ""],
            "`https://git.example/x` answers what is not git's protocol: protocol `version 3`",
        );
        check(&["ERR no such thing"], "`https://git.example/x` refuses: no such thing");
        check(
            &["version 2"],
            "no answer from `https://git.example/x`: the answer ends before it is complete",
        );
        check(
            &["hello", ""],
            "`https://git.example/x` answers what is not git's protocol: a list of references without capabilities",
        );
    }

    #[test]
    fn references_have_targets_and_may_be_unborn() {
        let head = Ref::parse(&format!("{ID} HEAD symref-target:refs/heads/main")).unwrap();
        assert_eq!((head.name.as_str(), head.target.as_deref()), ("HEAD", Some("refs/heads/main")));
        let unborn = Ref::parse("unborn HEAD symref-target:refs/heads/main").unwrap();
        assert_eq!(unborn.id, None);
        assert!(Ref::parse("xyz HEAD").is_err());
    }
}
