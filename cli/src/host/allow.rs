//! `allowed_outbound_hosts`: where a component may send requests.

use std::net::IpAddr;
use std::ops::Range;

/// Requests to `<component>.spin.internal` go to that component of the same application.
pub(super) const CHAINING_SUFFIX: &str = ".spin.internal";
/// The host by which a component names its own application, where a URL without host is not possible.
pub(super) const SELF_HOST: &str = "self.alt";

/// One entry of `allowed_outbound_hosts`: `scheme://host:port`, each with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    /// `None`: any.
    scheme: Option<String>,
    host: HostPattern,
    port: PortPattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    /// `*.example.com`, kept as `.example.com`.
    Below(String),
    /// The application itself.
    Own,
    Name(String),
    /// Addresses that share the first so many bits.
    Network(IpAddr, u8),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PortPattern {
    Any,
    One(u16),
    /// The end is not part of it, as on Spin.
    Between(Range<u16>),
}

impl AllowedHost {
    /// Reads an entry. The error says what is wrong with it.
    pub fn parse(source: &str) -> Result<Self, String> {
        let text = source.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("`{text}` has no scheme"));
        };
        if scheme != "*" && (scheme.is_empty() || !scheme.chars().all(|c| c.is_ascii_alphabetic())) {
            return Err(format!("`{scheme}` is not a scheme: use letters alone, or `*`"));
        }
        let (host, port) = split_port(rest)?;
        let host = HostPattern::parse(host)?;
        let port = match port {
            "" => PortPattern::One(
                default_port(scheme)
                    .ok_or_else(|| format!("`{text}` needs a port: `{scheme}` has no usual one"))?,
            ),
            "*" => PortPattern::Any,
            port => PortPattern::parse(port)?,
        };
        Ok(Self { scheme: (scheme != "*").then(|| scheme.to_ascii_lowercase()), host, port })
    }

    /// Whether a request to this place may be sent.
    pub fn allows(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        self.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
            && self.host.allows(host)
            && port.or_else(|| default_port(scheme)).is_some_and(|port| self.port.allows(port))
    }

    /// Whether it also allows what is no request: connections by sockets.
    pub(super) fn allows_sockets(&self) -> bool {
        self.scheme.is_none()
    }

    /// Whether a request to the application itself may be sent.
    pub fn allows_own(&self) -> bool {
        matches!(self.host, HostPattern::Any | HostPattern::Own)
            && self.scheme.as_deref().is_none_or(|scheme| scheme == "http" || scheme == "https")
    }
}

fn split_port(rest: &str) -> Result<(&str, &str), String> {
    // A network has a slash that is no path: `10.0.0.0/8`.
    let rest = match rest.strip_suffix('/') {
        Some(bare) if !bare.contains('/') => bare,
        _ => rest,
    };
    if rest.starts_with('[') {
        let Some((host, port)) = rest.split_once(']') else {
            return Err(format!("`{rest}` has no `]`"));
        };
        return Ok((&host[1..], port.strip_prefix(':').unwrap_or(port)));
    }
    match rest.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Ok((rest, "")),
        Some((host, port)) => Ok((host, port)),
        None => Ok((rest, "")),
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self, String> {
        if host == "*" {
            return Ok(Self::Any);
        }
        if host == "self" || host == SELF_HOST {
            return Ok(Self::Own);
        }
        if let Some((address, bits)) = host.split_once('/')
            && let Ok(address) = address.parse::<IpAddr>()
        {
            let max = if address.is_ipv4() { 32 } else { 128 };
            return match bits.parse::<u8>() {
                Ok(bits) if bits <= max => Ok(Self::Network(address, bits)),
                _ => Err(format!("`{host}` is not a network: it has from 0 to {max} bits")),
            };
        }
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ', '{', '}']) {
            return Err(format!("`{host}` is not a host: write the host alone, without path"));
        }
        match host.strip_prefix("*.") {
            Some(domain) if !domain.contains('*') && domain.parse::<IpAddr>().is_err() => {
                Ok(Self::Below(format!(".{}", domain.to_ascii_lowercase())))
            }
            None if !host.contains('*') => Ok(Self::Name(host.to_ascii_lowercase())),
            _ => Err(format!(
                "`{host}` is not a host: `*` stands for all of it, or for what is before the first dot"
            )),
        }
    }

    fn allows(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        match self {
            Self::Any => true,
            Self::Own => false,
            Self::Below(suffix) => host.ends_with(suffix.as_str()) && host.len() > suffix.len(),
            Self::Name(name) => match (host.parse::<IpAddr>(), name.parse::<IpAddr>()) {
                (Ok(host), Ok(name)) => host == name,
                _ => host == *name,
            },
            Self::Network(network, bits) => {
                host.parse().is_ok_and(|address| same_network(address, *network, *bits))
            }
        }
    }
}

fn same_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            bits == 0 || (a.to_bits() ^ b.to_bits()) >> (32 - u32::from(bits)) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            bits == 0 || (a.to_bits() ^ b.to_bits()) >> (128 - u32::from(bits)) == 0
        }
        _ => false,
    }
}

impl PortPattern {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a port: write a number, `first..end` or `*`");
        match text.split_once("..") {
            Some((start, end)) => {
                let (start, end) = (start.parse().map_err(|_| wrong())?, end.parse().map_err(|_| wrong())?);
                if start >= end {
                    return Err(format!("no port is in `{text}`: the end is not part of it"));
                }
                Ok(Self::Between(start..end))
            }
            None => text.parse().map(Self::One).map_err(|_| wrong()),
        }
    }

    fn allows(&self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => *one == port,
            Self::Between(range) => range.contains(&port),
        }
    }
}

/// The port of a URL that names none.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        "mysql" => Some(3306),
        "postgres" => Some(5432),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
