//! Repositories made by the real `git`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Mode, name and object.
pub(crate) type TreeEntry<'a> = (&'a str, &'a [u8], &'a str);

/// A repository with a working directory.
pub(crate) struct Repository {
    folder: TempDir,
}

impl Repository {
    /// An empty repository, whose branch is `main`.
    pub(crate) fn empty() -> Self {
        Self::with_format("sha1")
    }

    /// An empty repository of `sha1` or `sha256`.
    pub(crate) fn with_format(format: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Self { folder };
        fs::create_dir(repository.path()).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main", &format!("--object-format={format}")]);
        repository
    }

    /// A repository with one file and one commit.
    pub(crate) fn small() -> Self {
        let repository = Self::empty();
        repository.write("README.md", b"# A site\n");
        repository.commit("Begin");
        repository
    }

    /// The working directory.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    /// The folder that a server serves: it has the repository as `site`.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the working directory.
    pub(crate) fn write(&self, path: &str, contents: &[u8]) {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, contents).unwrap();
    }

    /// Commits everything, and returns the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git, and returns what it prints.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.git_with(arguments, b"")).unwrap().trim().to_owned()
    }

    /// Runs git with an input.
    #[track_caller]
    pub(crate) fn git_with(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = git()
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is installed");
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Stores a tree without the checks that git makes, and returns its id.
    pub(crate) fn unchecked_tree(&self, entries: &[TreeEntry<'_>]) -> String {
        let mut tree = Vec::new();
        for (mode, name, id) in entries {
            tree.extend_from_slice(format!("{mode} ").as_bytes());
            tree.extend_from_slice(name);
            tree.push(0);
            tree.extend((0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()));
        }
        let id = self.git_with(&["hash-object", "-t", "tree", "--literally", "-w", "--stdin"], &tree);
        String::from_utf8(id).unwrap().trim().to_owned()
    }

    /// Stores a file's contents, and returns their id.
    pub(crate) fn blob(&self, contents: &[u8]) -> String {
        let id = self.git_with(&["hash-object", "-w", "--stdin"], contents);
        String::from_utf8(id).unwrap().trim().to_owned()
    }

    /// Makes `main` a commit of this tree.
    pub(crate) fn commit_tree(&self, tree: &str) -> String {
        let id = self.git(&["commit-tree", "-m", "made by hand", tree]);
        self.git(&["update-ref", "refs/heads/main", &id]);
        id
    }
}

/// Git, untouched by the configuration of whoever runs the tests.
pub(crate) fn git() -> Command {
    let mut command = Command::new("git");
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+02:00")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05+02:00");
    command
}
