use artifact::Digest;

use super::Encoding;

/// How entity tags are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// A weak tag equals nothing.
    Strong,
    /// Whether a tag is weak doesn't matter.
    Weak,
}

/// The strong tag of a file's contents in an encoding.
pub(super) fn of(digest: &Digest, encoding: Encoding) -> String {
    let hex = digest.hex();
    let short = hex.get(..32).unwrap_or(&hex);
    match encoding.name() {
        Some(name) => format!("\"{short}-{name}\""),
        None => format!("\"{short}\""),
    }
}

/// Whether one of the listed tags is this one, or is `*`.
pub(super) fn any_is<'a>(
    lists: impl IntoIterator<Item = &'a str>,
    tag: &str,
    comparison: Comparison,
) -> bool {
    // None of our tags has a comma in it.
    lists.into_iter().flat_map(|list| list.split(',')).map(str::trim).any(|listed| {
        let strong = match comparison {
            Comparison::Strong => listed,
            Comparison::Weak => listed.strip_prefix("W/").unwrap_or(listed),
        };
        strong == "*" || strong == tag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, comparison: Comparison, expected: bool) {
        assert_eq!(any_is([list], "\"a\"", comparison), expected, "{list}");
    }

    #[test]
    fn tags_are_compared() {
        check("\"a\"", Comparison::Strong, true);
        check("\"b\", \"a\"", Comparison::Strong, true);
        check("*", Comparison::Strong, true);
        check("W/\"a\"", Comparison::Strong, false);
        check("W/\"a\"", Comparison::Weak, true);
        check("\"b\"", Comparison::Weak, false);
        check("a", Comparison::Weak, false);
        check("", Comparison::Weak, false);
        check("Wed, 21 Oct 2015 07:28:00 GMT", Comparison::Strong, false);
    }

    #[test]
    fn each_encoding_has_its_own() {
        let digest = Digest::of(b"x");
        let tags =
            [Encoding::Identity, Encoding::Gzip, Encoding::Brotli].map(|encoding| of(&digest, encoding));
        assert!(tags[1].ends_with("-gzip\"") && tags[2].ends_with("-br\""));
        assert_ne!(tags[0], tags[1]);
    }
}
