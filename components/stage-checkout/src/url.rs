//! Where a repository is: an HTTP URL that can be named in errors and logs, since it has no credentials.

use std::fmt;

use http::Uri;

use crate::error::Error;

/// What follows a repository's URL where its references are asked for.
const ADVERTISEMENT_PATH: &str = "/info/refs";
/// The query of the same.
const ADVERTISEMENT_QUERY: &str = "service=git-upload-pack";

/// An absolute `http` or `https` URL without credentials, query, or slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryUrl(String);

impl RepositoryUrl {
    /// Reads the parameter `repository`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |problem: &str, hint: Option<String>| {
            Err(Error::InvalidParameter { name: "repository", problem: problem.to_owned(), hint })
        };
        let text = text.trim();
        if text.is_empty() {
            return invalid("it is empty", None);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return invalid("it is not a URL", Some(https_instead(text)));
        };
        if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            let problem = format!(
                "scheme `{}` can't be read from inside the sandbox",
                crate::error::quoted(scheme.as_bytes())
            );
            return invalid(&problem, Some(https_instead(rest)));
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return invalid("it is not a URL", None);
        };
        let Some(authority) = uri.authority() else {
            return invalid("it names no host", None);
        };
        if authority.as_str().contains('@') {
            let hint = "put the token into a secret of the project, `git_token`, or name another one in `token_secret`";
            return invalid("it has credentials, which would end up in logs", Some(hint.to_owned()));
        }
        if uri.query().is_some() || text.contains('#') {
            return invalid("it has a query or a fragment, which no repository's URL has", None);
        }
        let path = uri.path().trim_end_matches('/');
        if path.is_empty() {
            return invalid("it names a host, but no repository on it", None);
        }
        Ok(Self(format!(
            "{}://{}{path}",
            scheme.to_ascii_lowercase(),
            authority.as_str().to_ascii_lowercase()
        )))
    }

    /// Where the references are asked for.
    pub(crate) fn advertisement(&self) -> String {
        format!("{}{ADVERTISEMENT_PATH}?{ADVERTISEMENT_QUERY}", self.0)
    }

    /// Where commands are sent.
    pub(crate) fn upload_pack(&self) -> String {
        format!("{}/git-upload-pack", self.0)
    }

    /// The repository to which a redirect of [`Self::advertisement`] points, or what is wrong with it.
    pub(crate) fn redirected(&self, location: &str) -> Result<Self, String> {
        let absolute = if location.starts_with('/') && !location.starts_with("//") {
            format!("{}{location}", self.origin())
        } else {
            location.to_owned()
        };
        let elsewhere =
            || format!("it redirects to `{}`", crate::error::quoted(without_userinfo(&absolute).as_bytes()));
        let (path, query) = absolute.split_once('?').ok_or_else(elsewhere)?;
        let repository = path.strip_suffix(ADVERTISEMENT_PATH).ok_or_else(elsewhere)?;
        if query != ADVERTISEMENT_QUERY {
            return Err(elsewhere());
        }
        Self::parse(repository).map_err(|_| elsewhere())
    }

    /// Whether what may be sent to this one may be sent to that one: the same host, and no less
    /// protected on the way.
    pub(crate) fn trusts(&self, other: &Self) -> bool {
        let upgraded = self.0.starts_with("http://") && other.0.starts_with("https://");
        self.origin() == other.origin() || (upgraded && self.host() == other.host())
    }

    /// Whether everyone on the way can read what is sent.
    pub(crate) fn is_readable_on_the_way(&self) -> bool {
        let host = self.host();
        let local = host == "localhost"
            || host.ends_with(".localhost")
            || host.starts_with("127.")
            || host == "[::1]";
        self.0.starts_with("http://") && !local
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port.
    fn origin(&self) -> &str {
        let authority = self.0.find("://").map_or(0, |at| at + 3);
        let end = self.0[authority..].find('/').map_or(self.0.len(), |at| authority + at);
        &self.0[..end]
    }

    /// The host without its port.
    fn host(&self) -> &str {
        let authority = self.origin().split_once("://").map_or("", |(_, authority)| authority);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The HTTPS URL that an SSH one most likely has beside it.
fn https_instead(address: &str) -> String {
    let address = crate::error::quoted(without_userinfo(address).as_bytes());
    let host_and_path = match address.split_once(':') {
        Some((host, path)) if host.contains('.') && !path.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{host}/{}", path.trim_start_matches('/'))
        }
        _ => address,
    };
    if host_and_path.starts_with(['/', '.']) || !host_and_path.contains('/') {
        return "give an `https://` URL".to_owned();
    }
    format!("give an `https://` URL, perhaps `https://{host_and_path}`")
}

/// An address without what stands before `@`.
fn without_userinfo(address: &str) -> &str {
    address.split_once('@').map_or(address, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<&str, &str>) {
        let actual = RepositoryUrl::parse(url).map_err(|error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        });
        assert_eq!(actual.as_ref().map(RepositoryUrl::as_str).map_err(String::as_str), expected);
    }

    #[test]
    fn urls_are_http_and_have_no_credentials() {
        check("https://github.com/owner/name.git", Ok("https://github.com/owner/name.git"));
        check(" HTTP://Git.Example:3000/a%20b/ ", Ok("http://git.example:3000/a%20b"));
        check("https://[::1]:8080/x", Ok("https://[::1]:8080/x"));
        check("", Err("parameter `repository`: it is empty"));
        check("https://github.com/", Err("parameter `repository`: it names a host, but no repository on it"));
        check(
            "https://me:s3cret@github.com/o/n",
            Err(
                "parameter `repository`: it has credentials, which would end up in logs; put the token into a secret of the \
             project, `git_token`, or name another one in `token_secret`",
            ),
        );
        check(
            "https://git.example/x?private_token=s3cret",
            Err("parameter `repository`: it has a query or a fragment, which no repository's URL has"),
        );
        check(
            "git@github.com:owner/name.git",
            Err(
                "parameter `repository`: it is not a URL; give an `https://` URL, perhaps `https://github.com/owner/name.git`",
            ),
        );
        check(
            "ssh://git@git.example/o/n.git",
            Err(
                "parameter `repository`: scheme `ssh` can't be read from inside the sandbox; give an `https://` URL, perhaps \
             `https://git.example/o/n.git`",
            ),
        );
        check("/srv/git/site", Err("parameter `repository`: it is not a URL; give an `https://` URL"));
        check(
            "file:///srv/git/site",
            Err(
                "parameter `repository`: scheme `file` can't be read from inside the sandbox; give an `https://` URL",
            ),
        );
        check("https://git example/x", Err("parameter `repository`: it is not a URL"));
    }

    #[track_caller]
    fn check_redirect(from: &str, location: &str, expected: Result<(&str, bool), &str>) {
        let from = RepositoryUrl::parse(from).unwrap();
        let to = from.redirected(location);
        let actual = to.as_ref().map(|to| (to.as_str(), from.trusts(to))).map_err(String::as_str);
        assert_eq!(actual, expected);
    }

    #[test]
    fn redirects_lead_to_repositories_and_credentials_stay_with_their_host() {
        let tail = "/info/refs?service=git-upload-pack";
        check_redirect(
            "https://a.example/x",
            &format!("https://a.example/y.git{tail}"),
            Ok(("https://a.example/y.git", true)),
        );
        check_redirect(
            "https://a.example/x",
            &format!("/x.git{tail}"),
            Ok(("https://a.example/x.git", true)),
        );
        check_redirect(
            "http://a.example/x",
            &format!("https://a.example/x{tail}"),
            Ok(("https://a.example/x", true)),
        );
        check_redirect(
            "https://a.example/x",
            &format!("http://a.example/x{tail}"),
            Ok(("http://a.example/x", false)),
        );
        check_redirect(
            "https://a.example/x",
            &format!("https://b.example/x{tail}"),
            Ok(("https://b.example/x", false)),
        );
        check_redirect(
            "https://a.example/x",
            &format!("//b.example/x{tail}"),
            Err(&format!("it redirects to `//b.example/x{tail}`")),
        );
        check_redirect("https://a.example/x", "/login", Err("it redirects to `https://a.example/login`"));
    }
}
