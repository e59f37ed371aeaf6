//! The embedded host: runs the application of a `spin.toml` with nothing else installed, on wasmtime, with the grants of
//! the manifest enforced.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cli::host::{Host, Tick};
//! use cli::manifest::Manifest;
//!
//! let manifest = Manifest::load("spin.toml".as_ref())?;
//! let host = Host::builder(manifest).state_dir(".ropewalk").tick(Tick::default()).start().await?;
//! println!("{}", host.url());
//! host.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! How a request goes: [`server`] accepts it, [`dispatch`] finds its component by [`router`] and gives it a turn, and
//! [`fresh`] or [`reused`] runs an instance, whose view of the host is [`guest`]. What the instance sends goes through
//! [`outbound`], back to [`dispatch`] or out to the world.

mod admission;
mod allow;
mod answer;
mod app;
#[allow(missing_docs, unreachable_pub, clippy::pedantic)] // Generated.
mod bindings;
mod body;
mod builder;
mod cache;
mod component;
mod dispatch;
mod ended;
mod engines;
mod error;
mod event;
mod fresh;
mod guest;
mod headers;
mod keyvalue;
pub mod limits;
mod linker;
mod load;
mod log;
mod outbound;
mod reused;
mod router;
mod running;
mod server;
mod state;
mod tick;
mod ticker;
mod variables;
mod world;

pub use allow::AllowedHost;
pub use builder::{Host, HostBuilder};
pub use ended::ENDED_HEADER;
pub use error::HostError;
pub use event::{Event, Observer};
pub use keyvalue::{KeyValue, Keys, RedisStore, RedisUrl, StoreError};
pub use limits::Profile;
pub use log::Stream;
pub use running::RunningHost;
pub use tick::Tick;

#[cfg(test)]
mod tests;
