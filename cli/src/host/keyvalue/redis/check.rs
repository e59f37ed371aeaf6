//! Whether a Redis keeps what it is given: asked each time a connection is made.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult, cmd};

use super::super::StoreError;
use super::scripts::SCRIPTS;
use super::url::RedisStore;

/// Version of how values are laid out. One more whenever an older host could misread them.
const LAYOUT_VERSION: i64 = 1;
const HINT: &str = "hint: set `appendonly yes` and `appendfsync always` in its configuration, or accept the loss with \
                    `--allow-unsynced`";

/// What is known of a server.
#[derive(Debug, Default)]
struct Facts {
    /// What `INFO` says.
    info: BTreeMap<String, String>,
    /// What `CONFIG GET appendfsync` says. `None`: it is not allowed.
    appendfsync: Option<String>,
}

/// Why a connection cannot be used.
pub(super) enum Unfit {
    /// It does not work.
    Broken(RedisError),
    /// The server is not one to use.
    Refused(StoreError),
}

impl From<RedisError> for Unfit {
    fn from(error: RedisError) -> Self {
        Self::Broken(error)
    }
}

/// Makes a server ready for us. Says what is to be said of it, should that be something.
pub(super) async fn prepare(
    connection: &mut MultiplexedConnection,
    store: &RedisStore,
) -> Result<Option<String>, Unfit> {
    let facts = Facts::ask(connection).await?;
    let address = store.url.address();
    let warning = facts
        .judge(store.allow_unsynced)
        .map_err(|cause| Unfit::Refused(StoreError::Unsuitable { address: address.to_owned(), cause }))?;
    // No key of ours is spelled so: they have a colon after the prefix.
    let key = format!("{}.layout", store.url.prefix());
    let set = cmd("SET").arg(&key).arg(LAYOUT_VERSION).arg("NX").arg("GET").query_async(connection).await;
    let found: Option<i64> = match set {
        Ok(found) => found,
        // Before version 7, `NX` and `GET` do not go together.
        Err(error) if is_refusal(&error) => {
            let _: Option<String> =
                cmd("SET").arg(&key).arg(LAYOUT_VERSION).arg("NX").query_async(connection).await?;
            cmd("GET").arg(&key).query_async(connection).await?
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(found) = found.filter(|found| *found > LAYOUT_VERSION) {
        let place = address.to_owned();
        return Err(Unfit::Refused(StoreError::Newer { place, found, known: LAYOUT_VERSION }));
    }
    SCRIPTS.load(connection).await?;
    Ok(warning.map(|warning| format!("redis at `{address}` {warning}")))
}

impl Facts {
    async fn ask(connection: &mut MultiplexedConnection) -> RedisResult<Self> {
        let info: String = cmd("INFO").query_async(connection).await?;
        let info = info
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let asked: RedisResult<BTreeMap<String, String>> =
            cmd("CONFIG").arg("GET").arg("appendfsync").query_async(connection).await;
        let appendfsync = match asked {
            Ok(mut config) => config.remove("appendfsync"),
            // Many who offer Redis as a service do not allow it.
            Err(error) if is_refusal(&error) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { info, appendfsync })
    }

    /// Nothing to say, a warning, or why it is refused.
    fn judge(&self, allow_unsynced: bool) -> Result<Option<String>, String> {
        let info = |name: &str| self.info.get(name).map_or("", String::as_str);
        if info("redis_mode") == "cluster" || info("cluster_enabled") == "1" {
            return Err(
                "is a cluster, over which one write cannot be spread\nhint: use a single primary".into()
            );
        }
        if info("role") == "slave" {
            return Err("is a replica, which takes no writes\nhint: name its primary".into());
        }
        let policy = info("maxmemory_policy");
        if info("maxmemory") != "0" && policy.starts_with("allkeys-") {
            return Err(format!(
                "throws values away when its memory is full (maxmemory-policy {policy})\nhint: set \
                 `maxmemory-policy noeviction` in its configuration"
            ));
        }
        let lost = match (info("aof_enabled"), self.appendfsync.as_deref()) {
            ("1", Some("always")) => return Ok(None),
            ("1", None) => {
                let known = "does not tell whether it syncs each write to its disk (CONFIG is not allowed): if it \
                             does not, the newest writes are lost when it crashes";
                return Ok(Some(known.into()));
            }
            ("1", Some(how)) => {
                format!("does not sync each write to its disk (appendfsync {how}), and may lose the newest")
            }
            _ => {
                "keeps no log of writes on its disk (appendonly no), and may lose all since its last snapshot"
                    .to_owned()
            }
        };
        if allow_unsynced { Ok(Some(lost)) } else { Err(format!("{lost}\n{HINT}")) }
    }
}

/// Whether the server understood, and does not want to.
fn is_refusal(error: &RedisError) -> bool {
    use redis::{ErrorKind, ServerErrorKind};
    matches!(
        error.kind(),
        ErrorKind::Server(ServerErrorKind::ResponseError | ServerErrorKind::NoPerm) | ErrorKind::Extension
    )
}

#[cfg(test)]
mod tests {
    use super::Facts;

    /// What is said of a server with these facts: `ok`, `warns …` or `refused …`.
    #[track_caller]
    fn check(info: &str, appendfsync: Option<&str>, allow_unsynced: bool, expected: &str) {
        let facts = Facts {
            info: info
                .split_whitespace()
                .filter_map(|fact| fact.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            appendfsync: appendfsync.map(str::to_owned),
        };
        let said = match facts.judge(allow_unsynced) {
            Ok(None) => "ok".to_owned(),
            Ok(Some(warning)) => format!("warns {warning}"),
            Err(cause) => format!("refused {cause}"),
        };
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn servers() {
        let good = "redis_mode:standalone role:master maxmemory:0 maxmemory_policy:noeviction aof_enabled:1";
        check(good, Some("always"), false, "ok");
        check(
            good,
            Some("everysec"),
            false,
            "refused does not sync each write to its disk (appendfsync everysec)",
        );
        check(good, Some("no"), false, "refused does not sync each write");
        check(good, Some("everysec"), true, "warns does not sync each write");
        check(good, None, false, "warns does not tell whether it syncs");
        let off = good.replace("aof_enabled:1", "aof_enabled:0");
        check(&off, Some("always"), false, "refused keeps no log of writes on its disk (appendonly no)");
        check(&off, None, true, "warns keeps no log of writes");
        let evicts = good.replace("noeviction", "allkeys-lru");
        check(&evicts, Some("always"), true, "ok");
        let evicts = evicts.replace("maxmemory:0", "maxmemory:100");
        check(&evicts, Some("always"), true, "refused throws values away when its memory is full");
        let volatile = good.replace("maxmemory:0", "maxmemory:100").replace("noeviction", "volatile-lru");
        check(&volatile, Some("always"), false, "ok");
        check(&good.replace("master", "slave"), Some("always"), false, "refused is a replica");
        check(&good.replace("standalone", "cluster"), Some("always"), false, "refused is a cluster");
    }
}
