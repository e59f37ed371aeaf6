//! What secrets are for.

/// The header by which a secret authenticates, name and value: `Name: value` is a header as it is, `Basic …` and
/// `Bearer …` are a value of `authorization`, and anything else is a bearer token.
pub fn authentication(secret: &str) -> (String, String) {
    let secret = secret.trim();
    let token = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if let Some((name, value)) = secret.split_once(": ")
        && !name.is_empty()
        && name.chars().all(token)
    {
        return (name.to_owned(), value.trim().to_owned());
    }
    let scheme = secret.starts_with("Basic ") || secret.starts_with("Bearer ");
    let value = if scheme { secret.to_owned() } else { format!("Bearer {secret}") };
    ("authorization".to_owned(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(secret: &str, name: &str, value: &str) {
        assert_eq!(authentication(secret), (name.to_owned(), value.to_owned()));
    }

    #[test]
    fn a_secret_is_a_token_or_a_header() {
        check("s3cret", "authorization", "Bearer s3cret");
        check("X-Api-Key: k v\n", "X-Api-Key", "k v");
        check("Basic dTpw", "authorization", "Basic dTpw");
        check("a b: c", "authorization", "Bearer a b: c");
    }
}
