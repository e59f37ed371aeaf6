//! A token, as HTTP wants it, kept out of everything that is printed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What stands where a token stood.
const MASK: &str = "***";

/// A user's name and a token. Shows neither when it is printed.
#[derive(Clone)]
pub struct Credentials {
    token: String,
    header: String,
}

impl Credentials {
    /// The token of a user. Space around it, such as a line's end, isn't part of it.
    pub fn new(username: &str, token: &str) -> Result<Self, &'static str> {
        let token = token.trim();
        if token.is_empty() {
            return Err("is empty");
        }
        if token.contains(char::is_control) {
            return Err("has more than one line, or a control character");
        }
        let header = format!("Basic {}", STANDARD.encode(format!("{username}:{token}")));
        Ok(Self { token: token.to_owned(), header })
    }

    /// The value of the header `authorization`.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// A text without the token, whatever form a server might repeat it in.
    pub fn mask(&self, text: &str) -> String {
        let encoded = self.header.trim_start_matches("Basic ");
        text.replace(encoded, MASK).replace(&self.token, MASK)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_the_token() {
        let credentials = Credentials::new("me", "s3cret").unwrap();
        assert_eq!(format!("{credentials:?}"), "Credentials(***)");
        assert_eq!(credentials.mask("no s3cret, no bWU6czNjcmV0"), "no ***, no ***");
    }
}
