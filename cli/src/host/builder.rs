//! From a manifest to a running host.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use super::admission::Admission;
use super::app::App;
use super::cache::Cache;
use super::component::Executor;
use super::engines::Engines;
use super::event::{Event, Nobody, Observer};
use super::keyvalue::{KeyValue, RedisStore};
use super::limits::{DRAIN_LIMIT, Limits, Profile};
use super::load::Loader;
use super::log::Log;
use super::outbound::Hourly;
use super::router::Router;
use super::running::RunningHost;
use super::state::State;
use super::tick::{self, Tick};
use super::ticker::Ticker;
use super::{HostError, server, variables};
use crate::manifest::Manifest;

/// Where a host listens if it is not told.
const DEFAULT_PORT: u16 = 3000;

/// The embedded host.
pub struct Host;

impl Host {
    /// A host for an application. It needs a [state folder](HostBuilder::state_dir) at least.
    pub fn builder(manifest: Manifest) -> HostBuilder {
        HostBuilder {
            manifest,
            state_dir: None,
            cache_dir: None,
            redis: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            variables: BTreeMap::new(),
            variables_file: None,
            generate: Vec::new(),
            profile: None,
            tick: None,
            observer: Arc::new(Nobody),
            drain_limit: DRAIN_LIMIT,
        }
    }
}

/// What a host is told before it starts.
pub struct HostBuilder {
    manifest: Manifest,
    state_dir: Option<PathBuf>,
    cache_dir: Option<PathBuf>,
    redis: Option<RedisStore>,
    listen: SocketAddr,
    variables: BTreeMap<String, String>,
    variables_file: Option<PathBuf>,
    generate: Vec<String>,
    profile: Option<Profile>,
    tick: Option<Tick>,
    observer: Arc<dyn Observer>,
    drain_limit: Duration,
}

impl HostBuilder {
    /// Where store, log and secrets are kept. Created if it is not there; used by one host at a time.
    ///
    /// With a [store of many hosts](Self::redis) only the log is.
    #[must_use]
    pub fn state_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(path.into());
        self
    }

    /// Where compiled components are kept; `cache` in the state folder if this is not called. Many hosts may share it.
    #[must_use]
    pub fn cache_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(path.into());
        self
    }

    /// Keeps the store in a Redis, which other hosts may share. They must have the same values of the variables named in
    /// [`Self::generate`], which are not generated then.
    #[must_use]
    pub fn redis(mut self, store: RedisStore) -> Self {
        self.redis = Some(store);
        self
    }

    /// Where to listen; port 0 takes any free one. 127.0.0.1:3000 if this is not called.
    #[must_use]
    pub fn listen(mut self, addr: SocketAddr) -> Self {
        self.listen = addr;
        self
    }

    /// Sets an application variable. It goes before the environment (`SPIN_VARIABLE_…`), which goes before the file,
    /// which goes before the default in the manifest.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// A file of application variables: one TOML table of strings.
    #[must_use]
    pub fn variables_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.variables_file = Some(path.into());
        self
    }

    /// Variables that get a secret of 32 random bytes, hexadecimal, if they are empty otherwise. It is kept in the state
    /// folder and the same at each start. Names that the manifest does not have are passed over.
    #[must_use]
    pub fn generate(mut self, names: &[&str]) -> Self {
        self.generate = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Holds the application to the limits of a platform.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Sends the application a request again and again.
    #[must_use]
    pub fn tick(mut self, tick: Tick) -> Self {
        self.tick = Some(tick);
        self
    }

    /// Who is told what happens.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// How long [`RunningHost::stop`] waits for requests that are worked on.
    #[must_use]
    pub fn drain_limit(mut self, limit: Duration) -> Self {
        self.drain_limit = limit;
        self
    }

    /// Starts the host. Components that are not in the cache are compiled first, which blocks the calling thread.
    pub async fn start(self) -> Result<RunningHost, HostError> {
        let folder = self.state_dir.as_ref().ok_or(HostError::NoState)?;
        let state = State::open(folder)?;
        // Bound early, so that a port in use is told before minutes of compilation; served when all is ready.
        let listener = server::bind(self.listen)?;
        let file = match &self.variables_file {
            Some(path) => variables::read_file(path)?,
            None => BTreeMap::new(),
        };
        let mut values = variables::resolve(&self.manifest, &self.variables, &file)?;
        let (store, generated) = match &self.redis {
            None => {
                let generated = state.generate(&self.generate, &mut values)?;
                (KeyValue::open(&state.folder, &self.limits())?, generated)
            }
            Some(redis) => {
                variables::demand(&self.generate, &values)?;
                let store = KeyValue::connect(redis, &self.limits(), self.observer.clone()).await?;
                (store, Vec::new())
            }
        };
        let app = self.load(&state, store, &values)?;
        let addr = listener.local_addr().map_err(|cause| HostError::Listen { addr: self.listen, cause })?;
        // Nobody else has set it.
        let _ = app.addr.set(addr);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(app.clone(), listener, stopped.clone()));
        let ticking = self.tick.map(|tick| {
            let token = values.get(&tick.token_variable).cloned().unwrap_or_default();
            tokio::spawn(tick::run(app.clone(), tick, token, stopped))
        });
        app.observer.event(&Event::Listening { addr });
        Ok(RunningHost {
            app,
            addr,
            values,
            generated,
            stop,
            server,
            ticking,
            drain_limit: self.drain_limit,
            _state: state,
        })
    }

    fn limits(&self) -> Limits {
        Limits::new(self.profile)
    }

    fn load(
        &self,
        state: &State,
        store: KeyValue,
        values: &BTreeMap<String, String>,
    ) -> Result<Arc<App>, HostError> {
        let engines = Arc::new(Engines::new()?);
        let limits = self.limits();
        let cache_dir = self.cache_dir.clone().unwrap_or_else(|| state.folder.join("cache"));
        let log_dir = state.folder.join("log");
        let log = Log::open(&log_dir, self.observer.clone())
            .map_err(|cause| HostError::State { path: log_dir, cause })?;
        let loader = Loader {
            engines: &engines,
            cache: Cache::open(&cache_dir)?,
            limits,
            observer: self.observer.as_ref(),
        };
        let components = loader.load(&self.manifest, values)?;
        let app = Arc::new(App {
            ticker: Ticker::start(engines.clone())?,
            engines,
            limits,
            store,
            log: Arc::new(log),
            observer: self.observer.clone(),
            router: Router::new(&self.manifest),
            components,
            admission: Admission::new(),
            calls: App::calls(),
            addr: OnceLock::new(),
            outbound: Hourly::default(),
        });
        for component in app.components.values() {
            if let Executor::Reused(handler) = &component.executor {
                handler.state().belongs_to(&app, component);
            }
        }
        Ok(app)
    }
}
