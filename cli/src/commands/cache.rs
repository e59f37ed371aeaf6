//! `ropewalk cache`

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::Value;

use super::Verdict;
use super::remote::Remote;
use crate::client::Client;
use crate::printer::Printer;

/// How often it is asked whether a collection is done.
const POLL: Duration = Duration::from_millis(500);
/// So long a collection is waited for.
const PATIENCE: Duration = Duration::from_mins(10);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What the store holds, as the last collection saw it
    Stats {
        #[command(flatten)]
        remote: Remote,
    },
    /// List cached results, newest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        remote: Remote,
    },
    /// Forget cached results: stages run again
    Clear {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        remote: Remote,
    },
    /// Say why a stage of a run was not answered from the cache
    Explain {
        run: String,
        /// Name of the state that called it
        stage: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Collect what nobody needs, now: evict results past the store's budget, and remove artifacts that nothing names
    ///
    /// What is found needless waits in a trash first, for the application's `store_grace_s`: the collection after that
    /// removes it for good.
    Gc {
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(clap::Args)]
struct Filter {
    /// Only those of this project
    #[arg(long)]
    project: Option<String>,
    /// Only those of this state
    #[arg(long, value_name = "STATE")]
    stage: Option<String>,
}

impl Filter {
    fn query(&self) -> String {
        let members = [("project", &self.project), ("state", &self.stage)];
        let given = members.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(given);
        query.finish()
    }
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    match &args.command {
        Command::Stats { remote } => {
            let shown = remote.client()?.json("GET", "/api/cache", None)?;
            if !remote.print_json(&shown, printer) {
                stats(&shown, printer);
            }
        }
        Command::List { filter, limit, remote } => {
            let path = format!("/api/cache/entries?limit={limit}&{}", filter.query());
            let listed = remote.client()?.json("GET", &path, None)?;
            if !remote.print_json(&listed, printer) {
                for entry in listed["entries"].as_array().into_iter().flatten() {
                    let text = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
                    let (run, project) = (text("run"), text("project"));
                    let (state, component) = (text("state"), text("component"));
                    printer
                        .data(&format!("{run}  {project:<20} {state:<20} {component:<16} {}", text("key")));
                }
            }
        }
        Command::Clear { filter, remote } => {
            let path = format!("/api/cache/entries?{}", filter.query());
            let cleared = remote.client()?.json("DELETE", &path, None)?;
            if !remote.print_json(&cleared, printer) {
                printer.line(&format!("forgot {} cached results", cleared["cleared"]));
            }
        }
        Command::Explain { run, stage, remote } => explain(run, stage, remote, printer)?,
        Command::Gc { remote } => {
            let shown = collect(&remote.client()?)?;
            if !remote.print_json(&shown, printer) {
                stats(&shown, printer);
            }
        }
    }
    Ok(Verdict::Passed)
}

fn explain(run: &str, state: &str, remote: &Remote, printer: &Printer) -> Result<()> {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    let shown = remote.client()?.json("GET", &format!("/api/runs/{run}/explain?{query}"), None)?;
    if remote.print_json(&shown, printer) {
        return Ok(());
    }
    let verdict =
        if shown["cached"] == true { "answered from the cache" } else { "not answered from the cache" };
    printer.data(&format!("{state}: {verdict}: {}", shown["reason"].as_str().unwrap_or_default()));
    for change in shown["changes"].as_array().into_iter().flatten() {
        let text = |name: &str| change[name].as_str().unwrap_or("-");
        let (kind, name) = (text("kind"), text("name"));
        printer.data(&format!("  {kind:<9} {name}  {} → {}", text("before"), text("after")));
    }
    Ok(())
}

/// Collects, and gives what is known once that is done.
fn collect(client: &Client) -> Result<Value> {
    let begun = client.json("POST", "/api/cache/collect", None)?;
    let begun_ms = begun["begun_at_ms"].as_u64().context("the application told no time")?;
    let since = Instant::now();
    loop {
        let shown = client.json("GET", "/api/cache", None)?;
        if shown["last"]["at_ms"].as_u64().is_some_and(|at_ms| at_ms >= begun_ms) {
            return Ok(shown);
        }
        if since.elapsed() > PATIENCE {
            bail!("the collection is not done yet; hint: the application's log says why");
        }
        std::thread::sleep(POLL);
    }
}

fn stats(shown: &Value, printer: &Printer) {
    let last = &shown["last"];
    if last.is_null() {
        printer.line("nothing was collected yet; hint: `ropewalk cache gc` does");
        return;
    }
    let number = |name: &str| last[name].as_u64().unwrap_or_default();
    let limit = shown["limit_bytes"].as_u64().map_or("unlimited".to_owned(), bytes);
    printer.data(&format!(
        "cached results  {} ({} of runs that are kept)",
        number("entries"),
        number("pinned")
    ));
    printer.data(&format!("hits, misses    {}, {} in runs that are kept", number("hits"), number("misses")));
    printer.data(&format!("artifacts       {}", number("artifacts")));
    printer.data(&format!("needed by runs  {}, releases and tags included", bytes(number("held_bytes"))));
    printer.data(&format!("for the cache   {}", bytes(number("cache_bytes"))));
    printer.data(&format!("budget          {limit}"));
    printer.data(&format!(
        "last collection {} evicted, {} put into the trash, {} put back, {} removed",
        number("evicted"),
        number("trashed"),
        number("restored"),
        number("removed")
    ));
}

/// A size, for people.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(size: u64, expected: &str) {
        assert_eq!(bytes(size), expected);
    }

    #[test]
    fn sizes_have_units() {
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.0 KiB");
        check(10 << 30, "10.0 GiB");
        check(1_500_000, "1.4 MiB");
        check(u64::MAX, "16777215.9 TiB");
    }
}
