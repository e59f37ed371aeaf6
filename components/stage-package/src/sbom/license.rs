use spdx::Expression;

/// A licence, as far as SPDX knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum License {
    /// An identifier of SPDX's list.
    Id(String),
    /// Several, or one with an exception.
    Expression(String),
    /// Whatever else somebody wrote there.
    Name(String),
}

impl License {
    /// Reads what a package says of itself. `None`: nothing.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        Some(if spdx::license_id(text).is_some_and(|id| id.name == text) {
            Self::Id(text.to_owned())
        } else if Expression::parse(text).is_ok() {
            Self::Expression(text.to_owned())
        } else {
            Self::Name(text.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_told_apart() {
        let check =
            |text: &str, expected: Option<License>| assert_eq!(License::read(text), expected, "{text}");
        check("MIT", Some(License::Id("MIT".to_owned())));
        check("MIT OR Apache-2.0", Some(License::Expression("MIT OR Apache-2.0".to_owned())));
        check("(BSD-3-Clause AND Zlib)", Some(License::Expression("(BSD-3-Clause AND Zlib)".to_owned())));
        check("SEE LICENSE IN LICENSE.md", Some(License::Name("SEE LICENSE IN LICENSE.md".to_owned())));
        check("mit", Some(License::Name("mit".to_owned())));
        check(" ", None);
    }
}
