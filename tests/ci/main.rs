//! What runners of continuous integration ask for: what `fourply affected` lists beside the digests of real builds, what a user sees of it, and what a build tells.
#![allow(missing_docs, clippy::unwrap_used)]

mod hidden;
mod history;
mod packages;
mod seen;
mod told;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fourply_testing::program::{fourply, run};

/// A repository with a workspace, and a store of its own.
struct Repository {
    dir: tempfile::TempDir,
    root: PathBuf,
}

impl Repository {
    fn new() -> Repository {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("workspace");
        std::fs::create_dir(&root).unwrap();
        let repository = Repository { dir, root };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.root, args)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "a change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn fourply(&self, args: &[&str]) -> Command {
        fourply(&self.root, args)
    }

    /// What `affected` prints, and what it tells.
    fn affected(&self, args: &[&str]) -> (String, String) {
        said(&run(self.fourply(&["affected"]).args(args)))
    }
}

fn said(output: &Output) -> (String, String) {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success(), "{told}");
    (String::from_utf8(output.stdout.clone()).unwrap(), told)
}

/// A command of git, with nothing of the tester's own configuration.
fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(folder);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.com"),
    ] {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
