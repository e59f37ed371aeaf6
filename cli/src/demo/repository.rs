//! The demo's git repository: a bare one that is served, and a clone in which its user works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The page that the demo changes.
const PAGE: &str = "src/glossary.md";

/// A bare repository and a working clone of it.
pub(super) struct Repository {
    bare: PathBuf,
    work: PathBuf,
}

/// Demands that git is there.
pub(super) fn demand_git() -> Result<()> {
    Command::new("git")
        .arg("--version")
        .output()
        .context("git is not there; hint: install git and try again")?;
    Ok(())
}

impl Repository {
    /// Makes both anew, with the files of `example` committed.
    pub(super) fn create(example: &Path, folder: &Path) -> Result<Self> {
        let repository = Self { bare: folder.join("git/site.git"), work: folder.join("site") };
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("failed to remove `{}`", folder.display()))?;
        }
        fs::create_dir_all(&repository.bare)
            .with_context(|| format!("failed to create `{}`", repository.bare.display()))?;
        copy(example, &repository.work)?;
        git(&repository.bare, &["init", "--quiet", "--bare", "--initial-branch=main"])?;
        git(&repository.bare, &["config", "http.receivepack", "true"])?;
        git(&repository.work, &["init", "--quiet", "--initial-branch=main"])?;
        repository.commit("Begin the site")?;
        Ok(repository)
    }

    /// Folder of the bare repository.
    pub(super) fn bare(&self) -> &Path {
        &self.bare
    }

    /// The pipeline that the repository holds.
    pub(super) fn pipeline(&self) -> Result<Value> {
        crate::commands::project::read_pipeline(&self.work.join("pipeline.asl.json"))
    }

    /// Adds a paragraph to a page, and commits it. Gives the page's path.
    pub(super) fn edit_page(&self, paragraph: &str) -> Result<String> {
        let path = self.work.join(PAGE);
        let text =
            fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
        fs::write(&path, format!("{}\n\n{paragraph}\n", text.trim_end()))
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        self.commit("Change a page")?;
        Ok(PAGE.to_owned())
    }

    /// Pushes the branch, and gives the commit.
    pub(super) fn push(&self, url: &str) -> Result<String> {
        git(&self.work, &["push", "--quiet", url, "main"])?;
        Ok(git(&self.work, &["rev-parse", "HEAD"])?.trim().to_owned())
    }

    fn commit(&self, message: &str) -> Result<()> {
        git(&self.work, &["add", "--all"])?;
        git(&self.work, &["commit", "--quiet", "--message", message])?;
        Ok(())
    }
}

/// Runs git as nobody in particular: no configuration of the user's, no prompt.
fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Demo", "-c", "user.email=demo@ropewalk.invalid"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .context("failed to run git")?;
    if !output.status.success() {
        bail!("`git {}` failed: {}", arguments[0], String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("failed to copy `{}`", from.display());
    fs::create_dir_all(to).with_context(failed)?;
    for entry in fs::read_dir(from).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let target = to.join(entry.file_name());
        if entry.file_type().with_context(failed)?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(failed)?;
        }
    }
    Ok(())
}
