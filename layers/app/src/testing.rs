//! Helpers for unit tests of several modules. Real workspaces in temporary folders; node and sh of this host.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fourply_pnpm::{ImporterId, Manifest, PnpmSettings, Workspace};

use fourply_scripts::{BuildNode, Event, Report};

pub(crate) fn id(folder: &str) -> ImporterId {
    ImporterId::new(folder).unwrap()
}

pub(crate) fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
}

/// The settings of a workspace without its own.
pub(crate) fn settings() -> PnpmSettings {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("package.json", "{}"), ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n")],
    );
    Workspace::read(folder.path(), None).unwrap().settings
}

pub(crate) fn manifest(text: &str) -> Manifest {
    Manifest::parse(text, "/nowhere").unwrap()
}

/// The manifests of these folders of `root`.
pub(crate) fn manifests(root: &Path, folders: &[&str]) -> BTreeMap<ImporterId, Manifest> {
    let read = |folder: &&str| {
        let dir = root.join(folder);
        let text = fs_err::read_to_string(dir.join("package.json")).unwrap();
        (id(folder), Manifest::parse(&text, dir).unwrap())
    };
    folders.iter().map(read).collect()
}

/// The node of this host: the build's own is fetched only by tests that need a network.
pub(crate) fn node() -> BuildNode {
    let path = std::env::var_os("PATH").unwrap();
    let bin_dir: PathBuf = std::env::split_paths(&path)
        .find(|folder| folder.join("node").is_file())
        .expect("these tests need node");
    BuildNode::of_machine(bin_dir, "20.0.0".to_owned())
}

/// Collects events as text.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Report for Recorder {
    fn event(&self, event: Event<'_>) {
        let text = match event {
            Event::Build { package, reason } => format!("{package} because {reason}"),
            Event::Take { package, reason } => format!("{package} taken because {reason}"),
            Event::Install { packages, .. } => format!("install {packages}"),
            Event::Waiting => "waiting".to_owned(),
            Event::Script { package, script, .. } => format!("{package} {script}"),
            Event::Line { package, line } => format!("{package}: {line}"),
            Event::Dependency { package, script, .. } => format!("{package} {script}"),
            Event::Done { package, script, .. } => format!("{package} {script} done"),
            Event::Sandbox { level, .. } => format!("sandbox {level}"),
            Event::Attempts { owner, attempts } => format!("{owner}{}", attempts.lines()),
            Event::IgnoredBuilds { packages } => format!("ignored: {}", packages.join(", ")),
            Event::Warning { text } => format!("warning: {text}"),
        };
        self.0.lock().unwrap().push(text);
    }
}
