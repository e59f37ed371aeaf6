//! The two commands of a checkout: list references, and give a pack.

use gix_hash::ObjectId;

use crate::advertisement::{Advertisement, Capabilities, Ref, told};
use crate::error::{Error, quoted};
use crate::packets::{Lines, Packet, Packets, Problem, without_sideband};
use crate::reference::{Reference, branches};
use crate::remote::{Expected, Remote};

const AGENT: &str = concat!("agent=ropewalk/", env!("CARGO_PKG_VERSION"));
/// So many branches are named to someone who misspelt one.
const SUGGESTED_BRANCHES: usize = 10;

/// A reference that was found, and what it points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tip {
    /// Its full name; of `HEAD`, that of the branch, unless it is detached.
    pub name: Option<String>,
    /// A commit, or an annotated tag.
    pub id: ObjectId,
}

/// What of a commit is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything.
    All,
    /// The commit and its folders.
    AllButFiles,
}

/// A repository, and what its server can do.
pub(crate) struct Session<'a> {
    remote: Remote<'a>,
    advertisement: Advertisement,
}

impl<'a> Session<'a> {
    /// Commands go to this repository, in the protocol that was agreed on.
    pub(crate) fn new(remote: Remote<'a>, advertisement: Advertisement) -> Self {
        Self { remote, advertisement }
    }

    /// What a reference points at.
    pub(crate) fn find(&mut self, reference: &Reference, log: &mut dyn FnMut(&str)) -> Result<Tip, Error> {
        let candidates = reference.candidates();
        let refs = self.refs(&candidates)?;
        let found: Vec<&Ref> = candidates
            .iter()
            .filter_map(|name| refs.iter().find(|one| one.name == *name && one.id.is_some()))
            .collect();
        let Some(first) = found.first() else {
            return Err(self.unknown(reference)?);
        };
        if let [first, second, ..] = found[..] {
            log(&format!("warning: there is `{}` beside `{}`, which is taken", second.name, first.name));
        }
        let name = first.target.clone().or_else(|| Some(first.name.clone()).filter(|name| name != "HEAD"));
        Ok(Tip { name, id: first.id.ok_or_else(|| self.remote.bad_answer("a reference to nothing"))? })
    }

    /// Whether the server can leave the files of a commit out, and give some of them by their ids.
    pub(crate) fn can_leave_files_out(&self) -> bool {
        match &self.advertisement {
            Advertisement::V2(capabilities) => capabilities.has_feature("fetch", "filter"),
            Advertisement::V0(..) => false,
        }
    }

    /// Files by their ids, as a pack. Only of servers that can leave them out.
    pub(crate) fn files(&mut self, ids: &[ObjectId]) -> Result<Vec<u8>, Error> {
        let Advertisement::V2(capabilities) = &self.advertisement else {
            let what = "gives no single files".to_owned();
            return Err(Error::Unsupported { url: self.remote.url().to_string(), what });
        };
        let request = files_v2(capabilities, ids);
        self.fetched(&request)
    }

    /// The objects of one commit, or of the `depth` newest ones from it on, as a pack.
    pub(crate) fn pack(&mut self, id: ObjectId, depth: u32, wanted: Wanted) -> Result<Vec<u8>, Error> {
        let request = match &self.advertisement {
            Advertisement::V2(capabilities) => fetch_v2(capabilities, id, depth, wanted),
            Advertisement::V0(capabilities, _) => {
                if !capabilities.has("side-band-64k") {
                    let what = "speaks a git protocol from before 2006, without `side-band-64k`".to_owned();
                    return Err(Error::Unsupported { url: self.remote.url().to_string(), what });
                }
                fetch_v0(capabilities, id, depth)
            }
        };
        self.fetched(&request)
    }

    /// The pack that a command is answered with.
    fn fetched(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let answer = self.remote.command(request, Expected::Pack)?;
        let found = match &self.advertisement {
            Advertisement::V2(_) => pack_start_v2(&answer),
            Advertisement::V0(..) => pack_start_v0(&answer),
        };
        found
            .and_then(|start| without_sideband(answer, start))
            .map_err(|problem| told(problem, self.remote.url()))
    }

    /// The repository.
    pub(crate) fn remote(&self) -> &Remote<'a> {
        &self.remote
    }

    /// References whose names begin so.
    fn refs(&mut self, prefixes: &[String]) -> Result<Vec<Ref>, Error> {
        let request = match &self.advertisement {
            Advertisement::V0(_, refs) => {
                let wanted = |one: &&Ref| prefixes.iter().any(|prefix| one.name.starts_with(prefix.as_str()));
                return Ok(refs.iter().filter(wanted).cloned().collect());
            }
            Advertisement::V2(capabilities) => ls_refs(capabilities, prefixes),
        };
        let answer = self.remote.command(&request, Expected::References)?;
        let read = || {
            let mut packets = Packets::new(&answer);
            let mut refs = Vec::new();
            while let Some(line) = packets.next_text()? {
                refs.push(Ref::parse(line)?);
            }
            Ok(refs)
        };
        read().map_err(|problem| told(problem, self.remote.url()))
    }

    /// The error of a reference that isn't there; it names branches that are.
    fn unknown(&mut self, reference: &Reference) -> Result<Error, Error> {
        let branches = self.refs(&[branches().to_owned()])?;
        let known: Vec<String> = branches
            .iter()
            .filter_map(|one| crate::reference::branch_of(&one.name))
            .take(SUGGESTED_BRANCHES)
            .map(|name| quoted(name.as_bytes()))
            .collect();
        let wanted = match reference {
            Reference::Head if known.is_empty() => "commit yet".to_owned(),
            other => other.describe(),
        };
        Ok(Error::UnknownRef { url: self.remote.url().to_string(), wanted, known })
    }
}

/// What goes before the arguments of a command of version 2.
fn command_v2(name: &str, capabilities: &Capabilities) -> Lines {
    let format = capabilities.has("object-format").then_some("object-format=sha1");
    let agent = capabilities.has("agent").then_some(AGENT);
    Lines::default().line(&format!("command={name}")).lines(agent).lines(format).delimiter()
}

fn ls_refs(capabilities: &Capabilities, prefixes: &[String]) -> Vec<u8> {
    command_v2("ls-refs", capabilities)
        .line("symrefs")
        .lines(prefixes.iter().map(|prefix| format!("ref-prefix {prefix}")))
        .flush()
        .into_bytes()
}

fn fetch_v2(capabilities: &Capabilities, id: ObjectId, depth: u32, wanted: Wanted) -> Vec<u8> {
    let shallow = capabilities.has_feature("fetch", "shallow").then(|| format!("deepen {depth}"));
    command_v2("fetch", capabilities)
        .lines(["ofs-delta", "no-progress"])
        .lines(shallow)
        .lines((wanted == Wanted::AllButFiles).then_some("filter blob:none"))
        .line(&format!("want {id}"))
        .line("done")
        .flush()
        .into_bytes()
}

fn files_v2(capabilities: &Capabilities, ids: &[ObjectId]) -> Vec<u8> {
    command_v2("fetch", capabilities)
        .lines(["ofs-delta", "no-progress"])
        .lines(ids.iter().map(|id| format!("want {id}")))
        .line("done")
        .flush()
        .into_bytes()
}

fn fetch_v0(capabilities: &Capabilities, id: ObjectId, depth: u32) -> Vec<u8> {
    let mut asked = vec!["side-band-64k"];
    asked.extend(
        ["multi_ack_detailed", "ofs-delta", "no-progress", "shallow"]
            .iter()
            .filter(|name| capabilities.has(name)),
    );
    asked.extend(capabilities.has("agent").then_some(AGENT));
    let shallow = capabilities.has("shallow").then(|| format!("deepen {depth}"));
    Lines::default()
        .line(&format!("want {id} {}", asked.join(" ")))
        .lines(shallow)
        .flush()
        .line("done")
        .into_bytes()
}

/// Where the sideband of the pack begins in an answer of version 2: behind the section's name.
fn pack_start_v2(answer: &[u8]) -> Result<usize, Problem> {
    let mut packets = Packets::new(answer);
    loop {
        match packets.next_text()? {
            Some("packfile") => return Ok(packets.position()),
            Some("acknowledgments" | "shallow-info" | "wanted-refs") => {
                while packets.next_text()?.is_some() {}
            }
            Some(other) => {
                return Err(Problem::Malformed(format!("a section `{}`", quoted(other.as_bytes()))));
            }
            None => return Err(Problem::Malformed("no pack".to_owned())),
        }
    }
}

/// The same of versions 0 and 1: behind the list of where history is cut off, and one `NAK`.
fn pack_start_v0(answer: &[u8]) -> Result<usize, Problem> {
    let mut packets = Packets::new(answer);
    loop {
        match packets.read()? {
            Packet::Data(line) if line.starts_with(b"shallow ") || line.starts_with(b"unshallow ") => {}
            Packet::Data(b"NAK\n" | b"NAK") => return Ok(packets.position()),
            Packet::Data(other) => {
                return Err(Problem::Malformed(format!("`{}` before a pack", quoted(other))));
            }
            Packet::Flush | Packet::Delimiter => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(start: Result<usize, Problem>, expected: Result<usize, &str>) {
        let actual = start.map_err(|problem| match problem {
            Problem::Malformed(text) | Problem::Refused(text) => text,
            Problem::Truncated => "truncated".to_owned(),
        });
        assert_eq!(actual, expected.map_err(str::to_owned));
    }

    #[test]
    fn the_pack_stands_behind_other_sections() {
        let shallow = format!("0010shallow-info0034shallow {}0001", "a".repeat(40));
        check(pack_start_v2(format!("{shallow}000dpackfile\n").as_bytes()), Ok(shallow.len() + 13));
        check(pack_start_v2(b"000dpackfile\n"), Ok(13));
        check(pack_start_v2(b"0000"), Err("no pack"));
        check(pack_start_v2(b"0011packfile-uris0000"), Err("a section `packfile-uris`"));
        check(pack_start_v2(&shallow.as_bytes()[..20]), Err("truncated"));
        check(pack_start_v2(b"0022ERR upload-pack: not our ref 1"), Err("upload-pack: not our ref 1"));
    }

    #[test]
    fn older_servers_say_nak_before_a_pack() {
        let shallow = format!("0035shallow {}\n0000", "a".repeat(40));
        check(pack_start_v0(format!("{shallow}0008NAK\n").as_bytes()), Ok(shallow.len() + 8));
        check(pack_start_v0(b"0008NAK\n"), Ok(8));
        check(pack_start_v0(b"0008ACK\n"), Err("`ACK` before a pack"));
    }

    #[test]
    fn requests_ask_for_what_the_server_can_do() {
        let id = ObjectId::null(gix_hash::Kind::Sha1);
        let text = |request: Vec<u8>| String::from_utf8(request).unwrap();
        assert!(
            text(fetch_v2(&Capabilities::default(), id, 1, Wanted::All))
                .starts_with("0012command=fetch\n0001000eofs-delta\n")
        );
        assert!(!text(fetch_v2(&Capabilities::default(), id, 1, Wanted::All)).contains("deepen"));
        assert!(
            text(fetch_v0(&Capabilities::default(), id, 1)).contains(&format!("want {id} side-band-64k\n"))
        );
    }
}
