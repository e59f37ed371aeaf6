//! Which release a site serves in an environment.

use artifact::{Digest, Store};
use serde::{Deserialize, Serialize};

use crate::{Error, change, decode, encode};

/// So many releases are kept, the one that is served among them.
pub const MAX_RELEASES: usize = 10;

/// The pointer of a site and environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The id of the release that is served.
    pub current: String,
    /// The releases that are kept, the newest first. After a rollback the first is not the current one.
    pub releases: Vec<Kept>,
    /// Host names under which the site is served.
    pub hosts: Vec<String>,
}

/// A release that is kept, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// What it was made of.
    pub artifact: Digest,
    /// The run that published it.
    pub run: String,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub at_s: u64,
    /// How many files it has.
    pub files: u64,
    /// The size of all files together, in bytes, uncompressed.
    pub bytes: u64,
}

/// What a switch to a new release left behind.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Releases that are not kept any more.
    pub releases: Vec<String>,
    /// Host names under which the site is not served any more.
    pub hosts: Vec<String>,
}

/// What a rollback did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switched {
    /// The release that is served now.
    pub now: Kept,
    /// The id of the one before.
    pub before: String,
}

/// Why there is nothing to go back to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWayBack {
    /// Nothing was ever published there.
    #[error("there is no site `{0}`")]
    NoSite(String),
    /// The named one is not kept.
    #[error("release `{0}` is not among those kept")]
    Unknown(String),
    /// None was named, and the one that is served is the oldest.
    #[error("there is no earlier release")]
    NoEarlier,
}

impl Pointer {
    /// The pointer of this site and environment, if anything was ever published there.
    pub fn load<S: Store + ?Sized>(store: &S, site: &str, environment: &str) -> Result<Option<Self>, Error> {
        let key = key(site, environment);
        store.get(&key)?.map(|value| decode(&key, &value)).transpose()
    }

    /// The kept release of this id.
    pub fn kept(&self, id: &str) -> Option<&Kept> {
        self.releases.iter().find(|kept| kept.id == id)
    }

    /// The release before the one that is served.
    fn earlier(&self) -> Option<&Kept> {
        let current = self.releases.iter().position(|kept| kept.id == self.current)?;
        self.releases.get(current + 1)
    }

    /// Puts a release first and makes it the current one.
    fn publish(&mut self, release: &Kept, hosts: Option<&[String]>) -> Left {
        self.current.clone_from(&release.id);
        self.releases.insert(0, release.clone());
        let mut left = Left::default();
        if self.releases.len() > MAX_RELEASES {
            left.releases = self.releases.drain(MAX_RELEASES..).map(|kept| kept.id).collect();
        }
        if let Some(hosts) = hosts {
            let before = std::mem::replace(&mut self.hosts, hosts.to_vec());
            left.hosts = before.into_iter().filter(|host| !hosts.contains(host)).collect();
        }
        left
    }
}

/// Makes a release the current one, by one write. One that is kept already is left as it is, also when
/// another is served by now: its repetition must not undo what came after it.
pub fn publish<S: Store + ?Sized>(
    store: &S,
    (site, environment): (&str, &str),
    release: &Kept,
    hosts: Option<&[String]>,
) -> Result<Left, Error> {
    let key = key(site, environment);
    change(store, &key, |now| {
        let mut pointer: Pointer = match now {
            Some(value) => decode(&key, value)?,
            None => Pointer { current: String::new(), releases: Vec::new(), hosts: Vec::new() },
        };
        if pointer.kept(&release.id).is_some() {
            return Ok((Left::default(), None));
        }
        let left = pointer.publish(release, hosts);
        Ok((left, Some(encode(&key, &pointer)?)))
    })
}

/// Makes a kept release the current one, by one write: the named one, or the one before the current one.
pub fn roll_back<S: Store + ?Sized>(
    store: &S,
    (site, environment): (&str, &str),
    release: Option<&str>,
) -> Result<Result<Switched, NoWayBack>, Error> {
    let key = key(site, environment);
    change(store, &key, |now| {
        let Some(value) = now else {
            return Ok((Err(NoWayBack::NoSite(format!("{site}@{environment}"))), None));
        };
        let mut pointer: Pointer = decode(&key, value)?;
        let target = match release {
            Some(id) => pointer.kept(id).ok_or_else(|| NoWayBack::Unknown(id.to_owned())),
            None => pointer.earlier().ok_or(NoWayBack::NoEarlier),
        };
        let target = match target {
            Ok(target) => target.clone(),
            Err(none) => return Ok((Err(none), None)),
        };
        let before = std::mem::replace(&mut pointer.current, target.id.clone());
        Ok((Ok(Switched { now: target, before }), Some(encode(&key, &pointer)?)))
    })
}

/// The pointer's key.
pub fn key(site: &str, environment: &str) -> String {
    format!("site/{site}@{environment}")
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;

    use super::*;

    const AT: (&str, &str) = ("docs", "production");

    fn kept(id: &str) -> Kept {
        Kept {
            id: id.to_owned(),
            artifact: Digest::of(id.as_bytes()),
            run: id.to_owned(),
            at_s: 1,
            files: 1,
            bytes: 1,
        }
    }

    fn ids(store: &MemoryStore) -> (String, Vec<String>) {
        let pointer = Pointer::load(store, AT.0, AT.1).unwrap().unwrap();
        (pointer.current, pointer.releases.into_iter().map(|kept| kept.id).collect())
    }

    #[test]
    fn the_last_ten_are_kept() {
        let store = MemoryStore::new();
        for number in 0..12 {
            let left = publish(&store, AT, &kept(&number.to_string()), None).unwrap();
            let expected: Vec<String> = if number < 10 { vec![] } else { vec![(number - 10).to_string()] };
            assert_eq!(left.releases, expected, "{number}");
        }
        let (current, releases) = ids(&store);
        assert_eq!(current, "11");
        assert_eq!(releases.len(), MAX_RELEASES);
        assert_eq!(releases[9], "2");
    }

    #[test]
    fn a_repetition_changes_nothing() {
        let store = MemoryStore::new();
        publish(&store, AT, &kept("a"), None).unwrap();
        publish(&store, AT, &kept("b"), None).unwrap();
        let before = store.writes();
        assert_eq!(publish(&store, AT, &kept("a"), None).unwrap(), Left::default());
        assert_eq!(store.writes(), before);
        assert_eq!(ids(&store).0, "b");
    }

    #[test]
    fn going_back_is_one_write() {
        let store = MemoryStore::new();
        for id in ["a", "b", "c"] {
            publish(&store, AT, &kept(id), None).unwrap();
        }
        let before = store.writes();
        let switched = |now: &str, before: &str| Ok(Switched { now: kept(now), before: before.to_owned() });
        let back = |release: Option<&str>| roll_back(&store, AT, release).unwrap();
        assert_eq!(back(None), switched("b", "c"));
        assert_eq!(store.writes(), before + 1);
        assert_eq!(back(None), switched("a", "b"));
        assert_eq!(back(None), Err(NoWayBack::NoEarlier));
        assert_eq!(back(Some("c")), switched("c", "a"));
        assert_eq!(back(Some("x")), Err(NoWayBack::Unknown("x".to_owned())));
        assert_eq!(
            roll_back(&store, ("other", "production"), None).unwrap(),
            Err(NoWayBack::NoSite("other@production".to_owned()))
        );
        // What is served stays among the ten.
        back(Some("a")).unwrap();
        publish(&store, AT, &kept("d"), None).unwrap();
        assert_eq!(ids(&store), ("d".to_owned(), ["d", "c", "b", "a"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn hosts_are_replaced_when_some_are_named() {
        let store = MemoryStore::new();
        let hosts = ["a.b".to_owned(), "c.d".to_owned()];
        publish(&store, AT, &kept("a"), Some(&hosts)).unwrap();
        publish(&store, AT, &kept("b"), None).unwrap();
        assert_eq!(Pointer::load(&store, AT.0, AT.1).unwrap().unwrap().hosts, hosts);
        let left = publish(&store, AT, &kept("c"), Some(&hosts[1..])).unwrap();
        assert_eq!(left.hosts, ["a.b"]);
    }
}
