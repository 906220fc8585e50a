//! The workspaces of `tests/workspaces`, locked and installed by real pnpm: made once, kept in cargo's folder for temporary files.
//!
//! In: a workspace's name and a major version. Out: its files with pnpm's lockfile, and a listing of what pnpm installed. Any number of
//! processes may ask at once. What was made from other sources or packages is not used.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::npm_registry::{self, Registry};
use crate::{fixtures, program, real_pnpm};

/// Each workspace with the service that is installed of it.
pub const WORKSPACES: [(&str, &str); 6] = [
    ("shop", "services/orders"),
    ("origins", "services/front"),
    ("depths", "app"),
    ("tools", "svc"),
    ("hooks", "svc"),
    ("peers", "app"),
];

/// A workspace with the lockfile that a version of pnpm wrote.
pub struct Made {
    folder: PathBuf,
    service: &'static str,
    major: u32,
}

impl Made {
    /// Makes it, unless that was done before.
    ///
    /// # Panics
    /// If there is no such workspace, or if pnpm fails.
    pub fn new(name: &str, major: u32) -> Made {
        let (_, service) = WORKSPACES.into_iter().find(|(known, _)| *known == name).unwrap();
        let folder = made().join(format!("{name}-v{major}"));
        let made = Made { folder, service, major };
        once(&made.root(), |root| {
            let registry = Registry::start();
            write(&sources().join(name), root, major, &registry.url());
            std::fs::write(root.join(".npmrc"), registry.npmrc()).unwrap();
            real_pnpm::lock(major, root).unwrap();
        });
        made
    }

    /// The workspace, without what is installed. Its `.npmrc` names a registry that is gone.
    pub fn root(&self) -> PathBuf {
        self.folder.join("workspace")
    }

    /// The text of its lockfile, the same whichever process made it.
    pub fn lockfile(&self) -> String {
        let text = std::fs::read_to_string(self.root().join("pnpm-lock.yaml")).unwrap();
        text.replace(&self.address(), "127.0.0.1:1")
    }

    /// Copies the workspace for use with the registry of this process.
    pub fn copy_to(&self, root: &Path) {
        copy(&self.root(), root);
        let (before, registry) = (self.address(), Registry::start());
        for file in [".npmrc", "pnpm-lock.yaml", &format!("{}/package.json", self.service)] {
            let path = root.join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.replace(&before, &registry.address())).unwrap();
        }
    }

    /// The paths that pnpm installed for the service, in production and without scripts: path, kind, mode, digest or target.
    pub fn listing(&self) -> String {
        let folder = self.folder.join("listing");
        once(&folder, |folder| {
            let root = self.folder.join("installed");
            let _ = std::fs::remove_dir_all(&root);
            std::fs::create_dir_all(&root).unwrap();
            self.copy_to(&root);
            let filter = format!("{{./{}}}...", self.service);
            real_pnpm::install(self.major, &root, Some(&filter), false).unwrap();
            let (here, before) =
                (Registry::start().address().replace(':', "+"), self.address().replace(':', "+"));
            let mut text = String::new();
            for (path, row) in real_pnpm::rows(&root) {
                writeln!(text, "{}\t{row}", path.replace(&here, &before)).unwrap();
            }
            std::fs::write(folder.join("rows.tsv"), text).unwrap();
            std::fs::remove_dir_all(&root).unwrap();
        });
        std::fs::read_to_string(folder.join("rows.tsv")).unwrap()
    }

    /// The address of the registry that it was made with, such as `127.0.0.1:4000`.
    fn address(&self) -> String {
        let npmrc = std::fs::read_to_string(self.root().join(".npmrc")).unwrap();
        npmrc.trim().trim_start_matches("registry=http://").trim_end_matches('/').to_owned()
    }
}

/// Copies what is in a folder.
pub fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(format!("{}/.", from.display())).arg(to).status().unwrap();
    assert!(status.success());
}

fn sources() -> PathBuf {
    fixtures::project().join("tests/workspaces")
}

/// Fills `folder` once, whoever comes first: it appears whole or not at all.
fn once(folder: &Path, fill: impl FnOnce(&Path)) {
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if folder.is_dir() {
        return;
    }
    let new = folder.with_extension("new");
    let _ = std::fs::remove_dir_all(&new);
    std::fs::create_dir_all(&new).unwrap();
    fill(&new);
    std::fs::rename(new, folder).unwrap();
}

/// Where everything is made that comes from this state of packages and sources.
fn made() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let name = || {
        let mut hasher = Sha256::new();
        hasher.update(npm_registry::fingerprint());
        for (path, bytes) in files(&sources()) {
            hasher.update(path.as_os_str().as_encoded_bytes());
            hasher.update(bytes);
        }
        let digest: String = hasher.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        program::target_tmp().join("made").join(digest)
    };
    MADE.get_or_init(name).clone()
}

/// Every file below a folder with its bytes, sorted.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// Writes a workspace for one version: with the addresses filled in, and settings where this version reads them.
fn write(from: &Path, root: &Path, major: u32, registry: &str) {
    copy(from, root);
    if root.join("vendor/folder").is_dir() {
        archive(root);
    }
    let (repository, commit) = repository();
    for (path, _) in files(root) {
        if path.file_name().is_some_and(|name| name == "package.json") {
            let text = std::fs::read_to_string(&path).unwrap().replace("{registry}", registry);
            let text =
                text.replace("{repository}", repository.to_str().unwrap()).replace("{commit}", &commit);
            // pnpm 8 cannot name a repository of this machine in its lockfile, and does not write down that setting.
            let new = ["git+file:", "ignoredOptionalDependencies"];
            let known = |line: &&str| major > 8 || !new.iter().any(|word| line.contains(word));
            let mut text: String = text.split_inclusive('\n').filter(known).collect();
            // Nor has it catalogs.
            if major == 8 {
                text = text.replace("catalog:newer", "^2.0.0").replace("catalog:", "^1.0.0");
            }
            std::fs::write(path, text).unwrap();
        }
    }
    if major >= 11 {
        move_settings(root);
    }
}

/// From 11 on, pnpm reads its settings in `pnpm-workspace.yaml` alone.
fn move_settings(root: &Path) {
    let path = root.join("package.json");
    let mut manifest: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let settings = manifest.as_object_mut().unwrap().remove("pnpm");
    std::fs::write(&path, manifest.to_string()).unwrap();
    let path = root.join("pnpm-workspace.yaml");
    let mut yaml = std::fs::read_to_string(&path).unwrap();
    for (name, value) in settings.as_ref().and_then(Value::as_object).into_iter().flatten() {
        writeln!(yaml, "{name}: {value}").unwrap();
    }
    // A dependency of an injected package may come from git.
    yaml.push_str("blockExoticSubdeps: false\n");
    std::fs::write(path, yaml).unwrap();
}

/// The archive that a workspace depends on, beside the folder that it depends on.
fn archive(root: &Path) {
    let manifest =
        r#"{"name": "archive", "version": "1.0.0", "bin": "tool.js", "dependencies": {"plain-b": "2.0.0"}}"#;
    let entries =
        [(b'0', "package/package.json", manifest), (b'0', "package/tool.js", "#!/usr/bin/env node\n")];
    std::fs::write(root.join("vendor/archive.tgz"), crate::tiny::tarball(&entries)).unwrap();
}

/// A git repository with a package and one in a folder of it, and its only commit.
fn repository() -> (PathBuf, String) {
    let folder = made().join("repository");
    once(&folder, |folder| {
        std::fs::create_dir(folder.join("sub")).unwrap();
        let text = r#"{"name": "from-git", "version": "1.0.0", "dependencies": {"plain-b": "1.0.0"}}"#;
        std::fs::write(folder.join("package.json"), text).unwrap();
        std::fs::write(folder.join("index.js"), "module.exports = 'from git'\n").unwrap();
        let text = r#"{"name": "from-git-folder", "version": "1.0.0"}"#;
        std::fs::write(folder.join("sub/package.json"), text).unwrap();
        git(folder, &["init", "--quiet"]);
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "--message", "A package"]);
    });
    let commit = git(&folder, &["rev-parse", "HEAD"]);
    (folder, commit)
}

fn git(folder: &Path, args: &[&str]) -> String {
    let date = "2020-01-01T00:00:00Z";
    let mut command = Command::new("git");
    command.args(["-c", "user.name=test", "-c", "user.email=test@localhost"]).args(args).current_dir(folder);
    let output = command.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
