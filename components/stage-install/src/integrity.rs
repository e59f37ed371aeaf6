//! Hashes that pin what is downloaded.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Hash functions, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// Which contents are accepted: those with one of these hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Integrity {
    algorithm: Algorithm,
    digests: Vec<Vec<u8>>,
}

/// What was expected, and what is there, for a person.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) expected: String,
    pub(crate) actual: String,
}

impl Integrity {
    /// Reads what a `package-lock.json` has: `sha512-<base64>`, perhaps several. The strongest counts.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut found = Vec::new();
        for item in text.split_ascii_whitespace() {
            let (name, rest) = item.split_once('-').ok_or_else(|| format!("`{item}` is not a hash"))?;
            let Some(algorithm) = Algorithm::named(name) else { continue };
            let encoded = rest.split('?').next().unwrap_or_default();
            let digest = STANDARD.decode(encoded).map_err(|_| format!("`{item}` is not in base64"))?;
            found.push((algorithm, digest));
        }
        Self::strongest(found, text)
    }

    /// Reads hashes as Python's tools write them: `sha256:<hexadecimal>`. The strongest counts.
    pub(crate) fn from_hex<'a>(hashes: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut found = Vec::new();
        let mut all = Vec::new();
        for item in hashes {
            all.push(item);
            let (name, digits) = item.split_once(':').ok_or_else(|| format!("`{item}` is not a hash"))?;
            let Some(algorithm) = Algorithm::named(name).filter(|one| *one > Algorithm::Sha1) else {
                continue;
            };
            found.push((algorithm, decode_hex(digits).ok_or_else(|| format!("`{item}` is not a hash"))?));
        }
        Self::strongest(found, &all.join(" "))
    }

    fn strongest(found: Vec<(Algorithm, Vec<u8>)>, text: &str) -> Result<Self, String> {
        let Some(algorithm) = found.iter().map(|(algorithm, _)| *algorithm).max() else {
            return Err(format!("`{text}` has no hash of a kind that can be trusted"));
        };
        let of_it = found.into_iter().filter(|(one, _)| *one == algorithm);
        let digests: Vec<_> = of_it.map(|(_, digest)| digest).collect();
        if digests.iter().any(|digest| digest.len() != algorithm.bytes()) {
            return Err(format!("`{text}` has a hash of a wrong length"));
        }
        Ok(Self { algorithm, digests })
    }

    /// Whether contents are what is wanted.
    pub(crate) fn check(&self, contents: &[u8]) -> Result<(), Mismatch> {
        let actual = self.algorithm.digest(contents);
        if self.digests.contains(&actual) {
            return Ok(());
        }
        let shown = |digest: &Vec<u8>| format!("{}:{}", self.algorithm.name(), encode_hex(digest));
        let expected: Vec<_> = self.digests.iter().map(shown).collect();
        Err(Mismatch { expected: expected.join(" or "), actual: shown(&actual) })
    }

    /// Whether both accept something in common, as far as their kinds can be compared.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.digests.iter().any(|digest| other.digests.contains(digest))
    }
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn digest(self, contents: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(contents).to_vec(),
            Self::Sha256 => Sha256::digest(contents).to_vec(),
            Self::Sha384 => Sha384::digest(contents).to_vec(),
            Self::Sha512 => Sha512::digest(contents).to_vec(),
        }
    }
}

fn decode_hex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let digit = |at: usize| char::from(digits[at]).to_digit(16);
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::try_from(digit(at)? * 16 + digit(at + 1)?).ok()).collect()
}

/// In hexadecimal.
pub(crate) fn encode_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: &str = "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";
    const SHA256: &str = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    const SHA512: &str =
        "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
    const HEX: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[track_caller]
    fn check(text: &str, contents: &str, expected: Result<bool, &str>) {
        let read = Integrity::parse(text).map(|integrity| integrity.check(contents.as_bytes()).is_ok());
        assert_eq!(read, expected.map_err(str::to_owned));
    }

    #[test]
    fn the_strongest_hash_counts() {
        check(SHA1, "abc", Ok(true));
        check(SHA256, "abc", Ok(true));
        check(SHA512, "abc", Ok(true));
        check(SHA512, "abd", Ok(false));
        check(&format!("{SHA512}?opt {SHA1}"), "abc", Ok(true));
        let wrong = STANDARD.encode([0; 64]);
        check(&format!("sha512-{wrong} {SHA1}"), "abc", Ok(false));
        check(&format!("sha512-{wrong} {SHA512}"), "abc", Ok(true));
        check(
            "md5-kAFQmDzST7DWlj99KOF/cg==",
            "abc",
            Err("`md5-kAFQmDzST7DWlj99KOF/cg==` has no hash of a kind that can be trusted"),
        );
        check("sha512-abcd", "abc", Err("`sha512-abcd` has a hash of a wrong length"));
        check("sha512-!", "abc", Err("`sha512-!` is not in base64"));
        check("", "abc", Err("`` has no hash of a kind that can be trusted"));
        check("abc", "abc", Err("`abc` is not a hash"));
    }

    #[test]
    fn python_s_hashes_are_hexadecimal() {
        let zeros = format!("sha256:{}", "0".repeat(64));
        let integrity = Integrity::from_hex([zeros.as_str(), HEX]).unwrap();
        assert_eq!(integrity.check(b"abc"), Ok(()));
        let mismatch = Integrity::from_hex([zeros.as_str()]).unwrap().check(b"abc").unwrap_err();
        assert_eq!(mismatch, Mismatch { expected: zeros.clone(), actual: HEX.to_owned() });
        assert!(Integrity::from_hex(["sha1:a9993e364706816aba3e25717850c26c9cd0d89d"]).is_err());
        assert!(Integrity::from_hex(["sha256:abc"]).is_err());
        assert!(integrity.agrees_with(&Integrity::from_hex([HEX]).unwrap()));
        assert!(
            !integrity.agrees_with(&Integrity::from_hex([&*format!("sha256:{}", "1".repeat(64))]).unwrap())
        );
    }
}
