//! A real git repository, served by real `git http-backend`, with a working clone.

use std::path::{Path, PathBuf};
use std::process::Command;

use cli::git_host::GitHost;
use tempfile::TempDir;

/// A repository and its host.
pub(crate) struct Git {
    folder: TempDir,
    host: GitHost,
    _runtime: tokio::runtime::Runtime,
}

impl Git {
    /// An empty repository, whose pushes are told to `hook`, signed with `secret`.
    pub(crate) fn serve(hook: &str, secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bare = folder.path().join("host/site.git");
        std::fs::create_dir_all(&bare).unwrap();
        git(&bare, &["init", "--quiet", "--bare", "--initial-branch=main"]);
        git(&bare, &["config", "http.receivepack", "true"]);
        let work = folder.path().join("work");
        std::fs::create_dir_all(&work).unwrap();
        git(&work, &["init", "--quiet", "--initial-branch=main"]);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let host = runtime.block_on(GitHost::serve(&bare, hook, secret)).unwrap();
        Self { folder, host, _runtime: runtime }
    }

    /// The repository's URL.
    pub(crate) fn url(&self) -> String {
        self.host.url()
    }

    /// What went wrong with the newest webhook.
    pub(crate) fn hook_problem(&self) -> Option<String> {
        self.host.hook_problem()
    }

    /// The working clone.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes files, commits and pushes them. Gives the commit.
    pub(crate) fn push(&self, files: &[(&str, &str)]) -> String {
        let work = self.work();
        for (path, contents) in files {
            let path = work.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, contents).unwrap();
        }
        git(&work, &["add", "--all"]);
        git(&work, &["commit", "--quiet", "--allow-empty", "--message", "change"]);
        git(&work, &["push", "--quiet", &self.url(), "main"]);
        git(&work, &["rev-parse", "HEAD"]).trim().to_owned()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@ropewalk.invalid"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {problem}");
    String::from_utf8(output.stdout).unwrap()
}
