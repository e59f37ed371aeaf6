//! Task tokens: by which someone outside ends a task.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

/// How every token begins: the version of its format.
const VERSION: &str = "rt1";
/// The longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 512;

/// The key of one run's task tokens. Whoever knows it can end the run's tasks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenKey(pub [u8; 32]);

/// How the tokens of one run are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The run's id, which each token says.
    pub run: String,
    /// Their key.
    pub key: TokenKey,
}

/// Which task a token is for. As text it is `rt1.<run>.<entry>.<attempt>.<code>`, where the code is HMAC-SHA256, in
/// hexadecimal, of what stands before it, under the run's [`TokenKey`]: it can't be guessed, and says by itself where it
/// belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskToken {
    /// The run's id.
    pub run: String,
    /// The state entry.
    pub entry: u64,
    /// The attempt, from 1.
    pub attempt: u32,
}

impl TaskToken {
    /// The token's text.
    pub fn sign(&self, key: &TokenKey) -> String {
        let claims = self.claims();
        let code = mac(key, &claims).finalize().into_bytes();
        format!("{claims}.{}", hex::encode(code))
    }

    /// Reads which task a text is for. `key_of` gives the key of the run that the text names, before it is known whether the
    /// text is genuine. `None`: it isn't. The code is compared in constant time.
    pub fn verify<E>(
        text: &str,
        key_of: impl FnOnce(&str) -> Result<TokenKey, E>,
    ) -> Result<Option<Self>, E> {
        let Some((token, claims, code)) = Self::parse(text) else { return Ok(None) };
        let key = key_of(&token.run)?;
        let genuine = mac(&key, claims).verify_slice(&code).is_ok();
        Ok(genuine.then_some(token))
    }

    fn parse(text: &str) -> Option<(Self, &str, Vec<u8>)> {
        if text.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (claims, code) = text.rsplit_once('.')?;
        let (rest, attempt) = claims.rsplit_once('.')?;
        let (rest, entry) = rest.rsplit_once('.')?;
        let run = rest.strip_prefix(VERSION)?.strip_prefix('.')?;
        let token = Self { run: run.to_owned(), entry: entry.parse().ok()?, attempt: attempt.parse().ok()? };
        Some((token, claims, hex::decode(code).ok()?))
    }

    fn claims(&self) -> String {
        format!("{VERSION}.{}.{}.{}", self.run, self.entry, self.attempt)
    }
}

fn mac(key: &TokenKey, claims: &str) -> Hmac<Sha256> {
    // A key that is shorter than the hash's block is filled up with zeros (RFC 2104).
    let mut block = [0; 64];
    block[..32].copy_from_slice(&key.0);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(claims.as_bytes());
    mac
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenKey(..)")
    }
}

impl Serialize for TokenKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for TokenKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes)
            .map_err(|_| serde::de::Error::custom("a token key is 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const KEY: TokenKey = TokenKey([7; 32]);

    fn token() -> TaskToken {
        TaskToken { run: "run.1".to_owned(), entry: 12, attempt: 3 }
    }

    #[track_caller]
    fn check(text: &str, key: TokenKey, expected: Option<TaskToken>) {
        let found = TaskToken::verify(text, |_| Ok::<_, Infallible>(key));
        assert_eq!(found, Ok(expected), "{text}");
    }

    #[test]
    fn a_token_says_where_it_belongs() {
        let text = token().sign(&KEY);
        check(&text, KEY, Some(token()));
        check(&text, TokenKey([8; 32]), None);
        check(&text.replacen(".12.", ".13.", 1), KEY, None);
        check(&text.replacen(".12.", ".012.", 1), KEY, None);
        for text in ["", "rt1", "rt1.a.1.1", "rt1.a.1.1.", "rt1.a.1.x.00", "rt2.a.1.1.00", &"x".repeat(600)] {
            check(text, KEY, None);
        }
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let text = token().sign(&KEY);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(changed).unwrap();
            check(&changed, KEY, None);
        }
    }
}
