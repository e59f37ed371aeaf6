/// How a file's contents are encoded for the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

impl Encoding {
    /// As `Content-Encoding` names it.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

/// The best encoding that there is and that the client takes: by its weights, and at equal ones by size.
/// Without a word from the client, or if it takes none that there is, the contents go as they are.
pub(super) fn choose<'a>(accepted: impl IntoIterator<Item = &'a str>, brotli: bool, gzip: bool) -> Encoding {
    let listed: Vec<_> =
        accepted.into_iter().flat_map(|value| value.split(',')).filter_map(weighted).collect();
    let weight = |name: &str| {
        let named = listed.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(name));
        let any = || listed.iter().find(|(listed, _)| *listed == "*");
        named.or_else(any).map_or(0, |(_, weight)| *weight)
    };
    // Unless the client says how much it likes it, nothing is worse than the contents as they are.
    let identity = listed.iter().find(|(name, _)| name.eq_ignore_ascii_case("identity"));
    let candidates = [
        (Encoding::Identity, true, identity.map_or(0, |(_, weight)| *weight)),
        (Encoding::Gzip, gzip, weight("gzip").max(weight_of_alias(&listed))),
        (Encoding::Brotli, brotli, weight("br")),
    ];
    let best = candidates
        .into_iter()
        .filter(|(encoding, there, weight)| *there && (*weight > 0 || *encoding == Encoding::Identity))
        .max_by_key(|(encoding, _, weight)| (*weight, *encoding));
    best.map_or(Encoding::Identity, |(encoding, ..)| encoding)
}

/// `x-gzip` is an old name of `gzip`.
fn weight_of_alias(listed: &[(&str, u16)]) -> u16 {
    listed.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-gzip")).map_or(0, |(_, weight)| *weight)
}

/// A name and its weight in thousandths. What is malformed is not listed.
fn weighted(item: &str) -> Option<(&str, u16)> {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let mut weight = 1000;
    for part in parts {
        let (key, value) = part.split_once('=')?;
        if key.trim().eq_ignore_ascii_case("q") {
            weight = thousandths(value.trim())?;
        }
    }
    Some((name, weight))
}

/// `0`, `1`, `0.5`, `0.123`, `1.000`.
fn thousandths(value: &str) -> Option<u16> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accepted: &[&str], expected: Encoding) {
        assert_eq!(choose(accepted.iter().copied(), true, true), expected, "{accepted:?}");
    }

    #[test]
    fn weights_decide_then_size() {
        use Encoding::{Brotli, Gzip, Identity};
        check(&[], Identity);
        check(&[""], Identity);
        check(&["gzip, deflate, br"], Brotli);
        check(&["gzip, deflate"], Gzip);
        check(&["gzip", "br"], Brotli);
        check(&["GZIP"], Gzip);
        check(&["x-gzip"], Gzip);
        check(&["br;q=0.5, gzip;q=0.8"], Gzip);
        check(&["br;q=0, gzip"], Gzip);
        check(&["br;q=0, gzip;q=0"], Identity);
        check(&["*"], Brotli);
        check(&["*;q=0.1, br;q=0"], Gzip);
        check(&["*;q=0"], Identity);
        check(&["identity"], Identity);
        check(&["identity, gzip;q=0.5"], Identity);
        check(&["identity;q=0.5, gzip;q=0.5"], Gzip);
        check(&["identity;q=0"], Identity);
        check(&["br ; q=0.001"], Brotli);
        check(&["zstd, deflate"], Identity);
    }

    #[test]
    fn what_is_malformed_is_not_listed() {
        check(&["br;q=2, gzip;q=0.5"], Encoding::Gzip);
        check(&["br;q=, gzip;q=x"], Encoding::Identity);
        check(&["br;q=0.1234"], Encoding::Identity);
        check(&["br;q=-1"], Encoding::Identity);
        check(&[",,;,"], Encoding::Identity);
    }

    #[test]
    fn only_what_there_is_is_chosen() {
        assert_eq!(choose(["br, gzip"], false, true), Encoding::Gzip);
        assert_eq!(choose(["br"], false, true), Encoding::Identity);
    }
}
