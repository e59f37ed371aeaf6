use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Algorithms: as lock files name them, as CycloneDX does, and the bytes of a hash.
const ALGORITHMS: [(&str, &str, usize); 5] = [
    ("md5", "MD5", 16),
    ("sha1", "SHA-1", 20),
    ("sha256", "SHA-256", 32),
    ("sha384", "SHA-384", 48),
    ("sha512", "SHA-512", 64),
];

/// A hash, as CycloneDX has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hash {
    pub(super) algorithm: &'static str,
    /// Lower-case hexadecimal digits.
    pub(super) content: String,
}

impl Hash {
    /// Reads hexadecimal digits. `None`: of an algorithm that bills don't have. `sha256` is an algorithm.
    pub(super) fn from_hex(algorithm: &str, digits: &str) -> Result<Option<Self>, String> {
        let Some((name, bytes)) = known(algorithm) else { return Ok(None) };
        if digits.len() != 2 * bytes || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("`{}` is no {name} hash", shown(digits)));
        }
        Ok(Some(Self { algorithm: name, content: digits.to_ascii_lowercase() }))
    }

    /// Reads `sha256:<hexadecimal digits>`.
    pub(super) fn from_pair(text: &str) -> Result<Option<Self>, String> {
        let (algorithm, digits) =
            text.split_once(':').ok_or_else(|| format!("`{}` is no hash", shown(text)))?;
        Self::from_hex(algorithm, digits)
    }

    /// Reads the hashes of a Subresource Integrity text: `sha512-<base64> sha1-<base64>`.
    pub(super) fn from_integrity(text: &str) -> Result<Vec<Self>, String> {
        let mut hashes = Vec::new();
        for part in text.split_ascii_whitespace() {
            let refused = || format!("`{}` is no integrity hash", shown(part));
            let (algorithm, rest) = part.split_once('-').ok_or_else(refused)?;
            let encoded = rest.split('?').next().unwrap_or(rest);
            let bytes = STANDARD.decode(encoded).map_err(|_| refused())?;
            let Some((name, length)) = known(algorithm) else { continue };
            if bytes.len() != length {
                return Err(refused());
            }
            hashes.push(Self { algorithm: name, content: hex::encode(bytes) });
        }
        Ok(hashes)
    }
}

fn known(algorithm: &str) -> Option<(&'static str, usize)> {
    let found = ALGORITHMS.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(algorithm));
    found.map(|(_, name, bytes)| (*name, *bytes))
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_integrity(text: &str, expected: Result<&[(&str, &str)], &str>) {
        let found = Hash::from_integrity(text);
        let found = found.as_ref().map_err(Clone::clone).map(|hashes| {
            hashes.iter().map(|hash| (hash.algorithm, hash.content.as_str())).collect::<Vec<_>>()
        });
        assert_eq!(found, expected.map(<[_]>::to_vec).map_err(str::to_owned));
    }

    #[test]
    fn integrity_is_read() {
        let empty = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        check_integrity("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", Ok(&[("SHA-1", empty)]));
        check_integrity("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=?x whirlpool-AAAA", Ok(&[("SHA-1", empty)]));
        check_integrity("", Ok(&[]));
        check_integrity("sha1-AAAA", Err("`sha1-AAAA` is no integrity hash"));
        check_integrity("sha512-!", Err("`sha512-!` is no integrity hash"));
        check_integrity("nothing", Err("`nothing` is no integrity hash"));
    }

    #[test]
    fn pairs_are_read() {
        assert!(
            Hash::from_pair(&format!("sha256:{}", "A".repeat(64)))
                .unwrap()
                .is_some_and(|hash| hash.content == "a".repeat(64))
        );
        assert_eq!(Hash::from_pair("blake2b:00").unwrap(), None);
        assert!(Hash::from_pair("sha256:00").is_err());
        assert!(Hash::from_pair("sha256").is_err());
    }
}
