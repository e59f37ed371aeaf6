//! Requests that components send: to each other without a socket, to the world by a connection, and only where
//! `allowed_outbound_hosts` says so.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::uri::{Authority, Scheme, Uri};
use http::{Request, Response};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::allow::{CHAINING_SUFFIX, SELF_HOST};
use super::app::App;
use super::component::Component;
use super::event::Event;
use super::guest::Depth;
use super::limits::Limits;
use super::{AllowedHost, dispatch, world};

/// An answer must begin within this time where the component does not say.
const FIRST_BYTE: Duration = Duration::from_mins(10);
/// In which outbound requests are counted.
const HOUR: Duration = Duration::from_hours(1);

/// How one instance sends requests.
pub(super) struct Outbound {
    app: Arc<App>,
    component: Arc<Component>,
    depth: Depth,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// A component of the application.
    Component(String),
    /// The application itself, by its routes.
    Own,
    World,
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(Response<WasiBody>, Io), Error>;

impl Outbound {
    pub(super) fn new(app: Arc<App>, component: Arc<Component>, depth: Depth) -> Self {
        Self { app, component, depth }
    }

    fn check(&self, uri: &Uri, target: &Target) -> Result<(), Error> {
        let hosts = &self.component.allowed_hosts;
        let scheme = uri.scheme_str().unwrap_or("http");
        let allowed = match target {
            Target::Own => hosts.iter().any(AllowedHost::allows_own),
            Target::Component(_) | Target::World => {
                let host = uri.host().unwrap_or_default();
                hosts.iter().any(|allowed| allowed.allows(scheme, host, uri.port_u16()))
            }
        };
        if allowed {
            return Ok(());
        }
        let host = match target {
            Target::Own => format!("{scheme}://self"),
            Target::Component(_) | Target::World => {
                format!("{scheme}://{}", uri.authority().map_or("", Authority::as_str))
            }
        };
        let id = &self.component.id;
        let hint = format!("add \"{host}\" to `allowed_outbound_hosts` of `[component.{id}]` in spin.toml");
        self.app.observer.event(&Event::Denied { component: id, host: &host, hint: &hint });
        Err(Error::HttpRequestDenied)
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let target = target(request.uri());
        if let Err(error) = self.check(request.uri(), &target) {
            return Box::new(std::future::ready(Err(error)));
        }
        let app = self.app.clone();
        if target == Target::World {
            if let Err(reason) = app.outbound.count(&app.limits) {
                app.observer.event(&Event::Denied {
                    component: &self.component.id,
                    host: request.uri().host().unwrap_or_default(),
                    hint: &reason,
                });
                return Box::new(std::future::ready(Err(Error::ConnectionLimitReached)));
            }
            return Box::new(async move {
                let response = world::send(request, options).await?;
                Ok((response, Box::new(std::future::ready(Ok(()))) as Io))
            });
        }
        let depth = self.depth.deepest() + 1;
        let first_byte = options.and_then(|options| options.first_byte_timeout).unwrap_or(FIRST_BYTE);
        Box::new(async move {
            let answered = async {
                match target {
                    Target::Component(id) => dispatch::inside(&app, &id, request, depth).await,
                    Target::Own | Target::World => dispatch::own(&app, request, depth).await,
                }
            };
            match tokio::time::timeout(first_byte, answered).await {
                Ok(answered) => {
                    answered.map(|response| (response, Box::new(std::future::ready(Ok(()))) as Io))
                }
                Err(_) => Err(Error::ConnectionReadTimeout),
            }
        })
    }

    fn is_supported_scheme(&mut self, scheme: &Scheme) -> bool {
        *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS
    }
}

fn target(uri: &Uri) -> Target {
    let host = uri.host().unwrap_or_default();
    if host.is_empty() || host == SELF_HOST {
        return Target::Own;
    }
    match host.strip_suffix(CHAINING_SUFFIX) {
        Some(id) if !id.contains('.') => Target::Component(id.to_owned()),
        _ => Target::World,
    }
}

/// Counts requests that leave the application, by the hour.
#[derive(Default)]
pub(super) struct Hourly(Mutex<Option<(Instant, u32)>>);

impl Hourly {
    fn count(&self, limits: &Limits) -> Result<(), String> {
        let Some(most) = limits.outbound_per_hour else {
            return Ok(());
        };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (since, count) = match *state {
            Some((since, count)) if now.duration_since(since) < HOUR => (since, count),
            _ => (now, 0),
        };
        if count >= most {
            return Err(format!("{most} outbound requests an hour are the limit{}", limits.whose()));
        }
        *state = Some((since, count + 1));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, target};

    #[track_caller]
    fn check(url: &str, expected: Target) {
        assert_eq!(target(&url.parse().expect("url")), expected, "{url}");
    }

    #[test]
    fn targets() {
        check("http://site.spin.internal/x", Target::Component("site".to_owned()));
        check("http://site.spin.internal:80/x", Target::Component("site".to_owned()));
        check("http://self.alt/x", Target::Own);
        check("/x", Target::Own);
        check("http://a.site.spin.internal/", Target::World);
        check("https://spin.internal.example.com/", Target::World);
    }
}
