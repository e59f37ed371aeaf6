//! What the stage is asked for, and what that comes to once it is checked.

use gix_hash::ObjectId;
use ropewalk_stage::JsonSchema;
use ropewalk_stage::Secret;
use serde::Deserialize;

use crate::credentials::Credentials;
use crate::error::Error;
use crate::reference::Reference;
use crate::url::RepositoryUrl;

/// The secret that is taken where `token_secret` names none.
pub const DEFAULT_TOKEN_SECRET: &str = "git_token";
/// The user's name that goes with a token where `username` names none. GitHub wants this one, GitLab
/// and Gitea take any.
pub const DEFAULT_USERNAME: &str = "x-access-token";

/// The stage's parameters.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The repository's URL over HTTP or HTTPS, without credentials: `https://github.com/owner/name`.
    pub repository: String,
    /// Full id of the commit, or of an annotated tag. Absent: the tip of the ref, branch or tag.
    pub commit: Option<String>,
    /// `refs/heads/main`, or a branch's or a tag's name. Absent, and neither branch nor tag: `HEAD`.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// A branch's name.
    pub branch: Option<String>,
    /// A tag's name.
    pub tag: Option<String>,
    /// Name of the project's secret that holds an access token. Absent: `git_token`, if there is one.
    pub token_secret: Option<String>,
    /// The user's name that goes with the token. Absent: `x-access-token`.
    pub username: Option<String>,
    /// What becomes of symbolic links, which artifacts don't have.
    #[serde(default)]
    pub symlinks: Policy,
    /// What becomes of submodules, which are not fetched.
    #[serde(default)]
    pub submodules: Policy,
    /// What becomes of Git LFS pointers, whose files are not fetched.
    #[serde(default)]
    pub lfs: Policy,
}

/// What to do with something that can't be checked out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Go on without it, and say so in log and result.
    #[default]
    Report,
    /// The stage fails.
    Fail,
}

/// Parameters that are checked.
#[derive(Debug)]
pub struct Plan {
    /// Where the repository is.
    pub url: RepositoryUrl,
    /// The wanted commit or annotated tag, where it is named by its id.
    pub commit: Option<ObjectId>,
    /// Where the commit is looked for, or came from.
    pub reference: Reference,
    /// What authenticates.
    pub credentials: Option<Credentials>,
    /// What becomes of symbolic links.
    pub symlinks: Policy,
    /// What becomes of submodules.
    pub submodules: Policy,
    /// What becomes of Git LFS pointers.
    pub lfs: Policy,
}

impl Plan {
    /// Checks parameters, and finds the token among the secrets that this call was given.
    pub fn new(parameters: &Parameters, secrets: &[Secret]) -> Result<Self, Error> {
        Ok(Self {
            url: RepositoryUrl::parse(&parameters.repository)?,
            commit: parameters.commit.as_deref().map(commit_id).transpose()?,
            reference: Reference::from_parameters(
                parameters.reference.as_deref(),
                parameters.branch.as_deref(),
                parameters.tag.as_deref(),
            )?,
            credentials: credentials(parameters, secrets)?,
            symlinks: parameters.symlinks,
            submodules: parameters.submodules,
            lfs: parameters.lfs,
        })
    }
}

/// Reads a commit's id.
fn commit_id(text: &str) -> Result<ObjectId, Error> {
    let invalid = |problem: String, hint: &str| Error::InvalidParameter {
        name: "commit",
        problem,
        hint: Some(hint.to_owned()),
    };
    let shown = crate::error::quoted(text.as_bytes());
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let hint = "a branch or a tag goes into `ref`, `branch` or `tag`";
        return Err(invalid(format!("`{shown}` is not a commit's id"), hint));
    }
    match text.len() {
        40 => {}
        64 => {
            return Err(invalid(
                format!("`{shown}` is the id of a SHA-256 repository"),
                "only SHA-1 repositories can be read",
            ));
        }
        digits => {
            let problem = format!("`{shown}` has {digits} digits of 40");
            return Err(invalid(problem, "give the full id: `git rev-parse <short id>` shows it"));
        }
    }
    let id = ObjectId::from_hex(text.to_ascii_lowercase().as_bytes())
        .map_err(|error| invalid(format!("`{shown}` is not a commit's id: {error}"), "give all 40 digits"))?;
    if id.is_null() {
        return Err(invalid(
            "it is all zeros".to_owned(),
            "that is what a push that deletes its ref names: skip such pushes",
        ));
    }
    Ok(id)
}

/// The credentials that the parameters name, or the project's own.
fn credentials(parameters: &Parameters, secrets: &[Secret]) -> Result<Option<Credentials>, Error> {
    let name = parameters.token_secret.as_deref().unwrap_or(DEFAULT_TOKEN_SECRET);
    let Some(secret) = secrets.iter().find(|secret| secret.name == name) else {
        return match parameters.token_secret {
            None => Ok(None),
            Some(_) => Err(Error::UnusableSecret {
                name: name.to_owned(),
                problem: "is not among those this stage is given",
            }),
        };
    };
    let username = parameters.username.as_deref().unwrap_or(DEFAULT_USERNAME);
    if username.is_empty() || username.contains(|c: char| c == ':' || c.is_control()) {
        return Err(Error::InvalidParameter {
            name: "username",
            problem: "it is empty, or has a colon or a control character".to_owned(),
            hint: None,
        });
    }
    Credentials::new(username, &secret.value)
        .map(Some)
        .map_err(|problem| Error::UnusableSecret { name: name.to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Parameters {
        Parameters { repository: "https://git.example/site.git".to_owned(), ..Parameters::default() }
    }

    #[track_caller]
    fn check_commit(commit: &str, expected: &str) {
        let parameters = Parameters { commit: Some(commit.to_owned()), ..parameters() };
        match Plan::new(&parameters, &[]) {
            Ok(plan) => assert_eq!(plan.commit.map(|id| id.to_string()).unwrap_or_default(), expected),
            Err(error) => assert_eq!(error.to_string(), expected),
        }
    }

    #[test]
    fn commits_are_named_in_full() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        check_commit(id, id);
        check_commit(&id.to_uppercase(), id);
        check_commit("0123456", "parameter `commit`: `0123456` has 7 digits of 40");
        check_commit("main", "parameter `commit`: `main` is not a commit's id");
        check_commit("", "parameter `commit`: `` is not a commit's id");
        check_commit(&"0".repeat(40), "parameter `commit`: it is all zeros");
        check_commit(
            &"ab".repeat(32),
            &format!("parameter `commit`: `{}` is the id of a SHA-256 repository", "ab".repeat(32)),
        );
    }

    #[test]
    fn the_token_is_the_named_secret_or_the_usual_one() {
        let secrets = [("git_token", "usual"), ("other", "named\n"), ("empty", " ")]
            .map(|(name, value)| Secret { name: name.to_owned(), value: value.to_owned() });
        let header = |token_secret: Option<&str>, secrets: &[Secret]| {
            let parameters = Parameters { token_secret: token_secret.map(str::to_owned), ..parameters() };
            Plan::new(&parameters, secrets)
                .map(|plan| plan.credentials.map(|credentials| credentials.header().to_owned()))
                .map_err(|error| error.to_string())
        };
        // The halves of `x-access-token:usual` and `x-access-token:named` in base64.
        assert_eq!(header(None, &secrets), Ok(Some("Basic eC1hY2Nlc3MtdG9rZW46dXN1YWw=".to_owned())));
        assert_eq!(
            header(Some("other"), &secrets),
            Ok(Some("Basic eC1hY2Nlc3MtdG9rZW46bmFtZWQ=".to_owned()))
        );
        assert_eq!(header(None, &[]), Ok(None));
        assert_eq!(
            header(Some("missing"), &secrets),
            Err("secret `missing` is not among those this stage is given".to_owned())
        );
        assert_eq!(header(Some("empty"), &secrets), Err("secret `empty` is empty".to_owned()));
    }
}
