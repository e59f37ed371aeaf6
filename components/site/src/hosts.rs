//! Host names under which sites are served.

use artifact::Store;
use serde::{Deserialize, Serialize};

use crate::pointer::Pointer;
use crate::{Error, change, decode, encode};

/// The most host names of a site and environment.
pub const MAX_HOSTS: usize = 20;

/// Whose a host name is. It counts as long as the pointer of that site names the host: a claim that a
/// publisher left behind when it died holds nobody off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The site.
    pub site: String,
    /// Its environment.
    pub environment: String,
}

impl Claim {
    /// A claim for this site and environment.
    pub fn new((site, environment): (&str, &str)) -> Self {
        Self { site: site.to_owned(), environment: environment.to_owned() }
    }

    fn holds<S: Store + ?Sized>(&self, store: &S, host: &str) -> Result<bool, Error> {
        let pointer = Pointer::load(store, &self.site, &self.environment)?;
        Ok(pointer.is_some_and(|pointer| pointer.hosts.iter().any(|one| one == host)))
    }
}

/// The site that is served under this host name.
pub fn find<S: Store + ?Sized>(store: &S, host: &str) -> Result<Option<(Claim, Pointer)>, Error> {
    let key = key(host);
    let Some(value) = store.get(&key)? else {
        return Ok(None);
    };
    let claim: Claim = decode(&key, &value)?;
    let pointer = Pointer::load(store, &claim.site, &claim.environment)?;
    let served = pointer.filter(|pointer| pointer.hosts.iter().any(|one| one == host));
    Ok(served.map(|pointer| (claim, pointer)))
}

/// Claims a host name, unless another site is served under it: that one is returned.
pub fn claim<S: Store + ?Sized>(store: &S, host: &str, claim: &Claim) -> Result<Result<(), Claim>, Error> {
    let key = key(host);
    change(store, &key, |now| {
        let Some(value) = now else {
            return Ok((Ok(()), Some(encode(&key, claim)?)));
        };
        let held: Claim = decode(&key, value)?;
        if held == *claim {
            return Ok((Ok(()), None));
        }
        if held.holds(store, host)? {
            return Ok((Err(held), None));
        }
        Ok((Ok(()), Some(encode(&key, claim)?)))
    })
}

/// Gives up host names, as far as they are this site's.
pub fn release<S: Store + ?Sized>(store: &S, hosts: &[String], claim: &Claim) -> Result<(), Error> {
    for host in hosts {
        let key = key(host);
        let held = store.get(&key)?.map(|value| decode::<Claim>(&key, &value)).transpose()?;
        if held.as_ref() == Some(claim) {
            store.delete(&key)?;
        }
    }
    Ok(())
}

fn key(host: &str) -> String {
    format!("host/{host}")
}
