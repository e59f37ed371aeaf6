//! The cargo workspace, of which a stage in Rust is a member.

use std::path::Path;

use anyhow::{Context, Result};
use toml_edit::{Array, DocumentMut, RawString};

/// Adds a folder of the application to the members of its workspace, every comment where it was.
pub(super) fn add_member(app: &Path, folder: &str) -> Result<()> {
    let path = app.join("Cargo.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let text = with_member(&text, folder).with_context(|| format!("`{}`", path.display()))?;
    std::fs::write(&path, text).with_context(|| format!("failed to write `{}`", path.display()))
}

fn with_member(text: &str, folder: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let members = document
        .get_mut("workspace")
        .and_then(|workspace| workspace.get_mut("members"))
        .and_then(|members| members.as_array_mut())
        .context("it has no `members` under `[workspace]`")?;
    push_like_the_last(members, folder);
    Ok(document.to_string())
}

/// In a line of its own if the others stand so.
fn push_like_the_last(members: &mut Array, folder: &str) {
    let last = members.iter().last().and_then(|value| value.decor().prefix()).and_then(RawString::as_str);
    let prefix = last.and_then(|prefix| prefix.rfind('\n').map(|at| prefix[at..].to_owned()));
    members.push(folder);
    if let (Some(prefix), Some(value)) = (prefix, members.iter_mut().last()) {
        value.decor_mut().set_prefix(prefix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(with_member(text, "stages/x").unwrap(), expected);
    }

    #[test]
    fn members_are_added_as_the_others_stand() {
        check("[workspace]\nmembers = [\"a\"]\n", "[workspace]\nmembers = [\"a\", \"stages/x\"]\n");
        check(
            "[workspace]\nmembers = [\n    \"a\", # first\n    \"b\",\n] # all\n",
            "[workspace]\nmembers = [\n    \"a\", # first\n    \"b\",\n    \"stages/x\",\n] # all\n",
        );
        check("[workspace]\nmembers = []\n", "[workspace]\nmembers = [\"stages/x\"]\n");
        let error = with_member("[package]\nname = \"x\"\n", "stages/x").unwrap_err();
        assert_eq!(error.to_string(), "it has no `members` under `[workspace]`");
    }
}
