//! Where a Redis is, and which keys of it are ours.

use std::fmt;
use std::str::FromStr;

use redis::io::tcp::TcpSettings;
use redis::{ConnectionInfo, IntoConnectionInfo};

use super::super::StoreError;

/// What our keys begin with if the URL names nothing else.
const DEFAULT_PREFIX: &str = "ropewalk";
/// Bytes of a prefix.
const MAX_PREFIX_BYTES: usize = 64;
const DEFAULT_PORT: u16 = 6379;

/// A shared store, and what it may be like.
#[derive(Clone, Debug)]
pub struct RedisStore {
    /// Where it is.
    pub url: RedisUrl,
    /// Whether it may lose what it acknowledged when it crashes, because it does not sync each write to its disk.
    pub allow_unsynced: bool,
}

/// `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE][?prefix=NAME]`, or `rediss://…` with TLS. Shown without user and
/// password.
#[derive(Clone)]
pub struct RedisUrl {
    pub(super) info: ConnectionInfo,
    address: String,
    prefix: String,
}

impl RedisUrl {
    /// Host, port and database.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What the keys of this application begin with, before a colon. Applications with different ones share a database.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for RedisUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let invalid = |why: &str| StoreError::Url(why.to_owned());
        let mut url = redis::parse_redis_url(text)
            .filter(|url| ["redis", "rediss", "valkey", "valkeys"].contains(&url.scheme()))
            .ok_or_else(|| invalid("its scheme is none of `redis` and `rediss`"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("it has no host"))?;
        let port = url.port().unwrap_or(DEFAULT_PORT);
        let database = match url.path().trim_matches('/') {
            "" => 0,
            path => path.parse::<u16>().map_err(|_| invalid("its path is not the number of a database"))?,
        };
        let address = format!("{host}:{port}/{database}");
        let mut prefix = DEFAULT_PREFIX.to_owned();
        for (name, value) in url.query_pairs() {
            match &*name {
                "prefix" => prefix = value.into_owned(),
                _ => return Err(invalid("its query knows `prefix` only")),
            }
        }
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        if prefix.is_empty() || prefix.len() > MAX_PREFIX_BYTES || !prefix.bytes().all(is_plain) {
            let why = format!(
                "its prefix is not 1 to {MAX_PREFIX_BYTES} letters, digits, `-`, `_` and `.` of ASCII"
            );
            return Err(StoreError::Url(why));
        }
        if url.fragment().is_some() {
            return Err(invalid("it ends with `#…`"));
        }
        url.set_query(None);
        // The library's words may repeat the URL, and with it the password.
        let info = url.into_connection_info().map_err(|_| invalid("user or password is no UTF-8"))?;
        let info = info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        Ok(Self { info, address, prefix })
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({}, {})", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::RedisUrl;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match text.parse::<RedisUrl>() {
            Ok(url) => format!("{url} {}", url.prefix()),
            Err(error) => {
                let error = error.to_string();
                assert!(!error.contains("hunter2"), "{error}");
                error.lines().next().unwrap_or_default().to_owned()
            }
        };
        assert_eq!(shown.trim_start_matches("the store's URL is not that of a Redis: "), expected);
    }

    #[test]
    fn urls() {
        check("redis://localhost", "localhost:6379/0 ropewalk");
        check("redis://10.0.0.1:7000/3", "10.0.0.1:7000/3 ropewalk");
        check("rediss://user:hunter2@store.example:6380/1?prefix=blue", "store.example:6380/1 blue");
        check("valkey://[::1]:1/", "[::1]:1/0 ropewalk");
        check("http://:hunter2@localhost", "its scheme is none of `redis` and `rediss`");
        check("unix:///run/redis.sock", "its scheme is none of `redis` and `rediss`");
        check(":hunter2@localhost:6379", "its scheme is none of `redis` and `rediss`");
        check("redis://", "it has no host");
        check("redis://:hunter2@localhost/two", "its path is not the number of a database");
        check("redis://localhost/?db=2", "its query knows `prefix` only");
        check("rediss://localhost/#insecure", "it ends with `#…`");
        check("redis://u:hunter2%ff@localhost", "user or password is no UTF-8");
        let wrong = "its prefix is not 1 to 64 letters, digits, `-`, `_` and `.` of ASCII";
        check("redis://localhost/?prefix=", wrong);
        check("redis://localhost/?prefix=a*", wrong);
        check(&format!("redis://localhost/?prefix={}", "a".repeat(65)), wrong);
    }

    #[test]
    fn passwords_are_never_shown() {
        let url: RedisUrl = "redis://user:hunter2@localhost".parse().expect("url");
        assert!(!format!("{url} {url:?}").contains("hunter2"));
    }
}
