//! Helpers for tests of whole builds: a workspace, its closures, and the caller's part of a build.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use fourply_app::{
    AppRequest, BuiltApp, IncludedFiles, Inputs, Result, ScriptChoice, ScriptValues, Selection, Tasks,
    TurboCache, build,
};
use fourply_modules::{InstallSettings, PlanRequest};
use fourply_platform::Libc;
use fourply_pnpm::{ImagePackages, ImporterId, Include, Target, Workspace, closure};
use fourply_scripts::sandbox::Sandbox;
use fourply_scripts::{BuildNode, Event, Report, ScriptHost};
use fourply_store::{FetchSettings, Fetcher, NoProgress, Store};

/// The settings of a build in addition to workspace and service.
pub struct Way {
    pub script: Option<&'static str>,
    /// Replaces the script.
    pub choice: Option<ScriptChoice>,
    pub outputs: Vec<String>,
    /// Whether they are configured.
    pub named: bool,
    pub cmd: Option<Vec<String>>,
    pub files: Vec<IncludedFiles>,
    pub node_version: &'static str,
    pub cpu: &'static str,
    pub install_scripts: bool,
    pub env: BTreeMap<String, String>,
    pub values: ScriptValues,
    pub source_date_epoch: i64,
    pub jobs: usize,
}

impl Default for Way {
    fn default() -> Way {
        Way {
            script: Some("build"),
            choice: None,
            outputs: vec!["dist".to_owned()],
            named: false,
            cmd: None,
            files: Vec::new(),
            node_version: "20.20.2",
            cpu: "x64",
            install_scripts: false,
            env: BTreeMap::new(),
            values: ScriptValues::default(),
            source_date_epoch: 499_162_500,
            jobs: 2,
        }
    }
}

/// A store and a build folder that several builds share.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub fetcher: Fetcher,
    pub trees: AtomicUsize,
    pub told: Mutex<Vec<String>>,
    /// Use the node of this host instead of a fetched one.
    pub local_node: bool,
}

impl Bench {
    pub fn new(local_node: bool) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let fetcher =
            Fetcher::new(store.clone(), FetchSettings::default()).with_default_registry(npm_registry);
        Bench { folder, store, fetcher, trees: AtomicUsize::new(0), told: Mutex::default(), local_node }
    }

    /// Builds `service` of the workspace at `root` with its script `build`.
    pub fn build(&self, root: &Path, service: &str) -> Result<BuiltApp> {
        self.build_as(root, service, &Way::default())
    }

    /// Builds with other settings.
    pub fn build_as(&self, root: &Path, service: &str, way: &Way) -> Result<BuiltApp> {
        let workspace = Workspace::read(root, None).unwrap();
        let service = workspace.importer(service).unwrap();
        let named = || way.script.map(|script| ScriptChoice::Named(script.to_owned()));
        let choice = way.choice.clone().or_else(named);
        let tasks = choice
            .map(|choice| Tasks::new(&workspace, &service, &[], &choice, &TurboCache::default()))
            .transpose()?;
        let all: BTreeSet<ImporterId> =
            [service.clone()].into_iter().chain(tasks.iter().flat_map(Tasks::packages)).collect();
        let all: Vec<ImporterId> = all.into_iter().collect();
        let full = closure(&workspace, &all, Include::All, &target()).unwrap();
        let one = std::slice::from_ref(&service);
        let production = closure(&workspace, one, Include::Production, &target()).unwrap();
        let settings = InstallSettings {
            ignore_scripts: !way.install_scripts,
            env: way.env.clone(),
            source_date_epoch: way.source_date_epoch,
            ..InstallSettings::default()
        };
        let node = BuildNode::of_machine(folder_of_node(), "20.20.2".to_owned());
        let machine = Target { cpu: way.cpu.to_owned(), ..target() };
        let host = ScriptHost {
            fetcher: &self.fetcher,
            folder: &self.folder.path().join("build"),
            tools: &self.folder.path().join("build/tools"),
            node: self.local_node.then_some(&node),
            root: None,
            sandbox: &Sandbox::off(),
            jobs: way.jobs,
            progress: &NoProgress,
            report: self,
            cancelled: &|| false,
        };
        build(&AppRequest {
            install: PlanRequest {
                host,
                workspace: &workspace,
                settings: &settings,
                target: &machine,
                root_in_image: "/app",
                strict: true,
                built: None,
            },
            node_version: way.node_version,
            service: &service,
            tasks: tasks.as_ref(),
            selection: Selection {
                outputs: &way.outputs,
                named: way.named,
                cmd: way.cmd.as_deref(),
                package_outputs: &["dist".to_owned()],
                files: &way.files,
                modules: &ImagePackages::All,
                prune: None,
                project_script: &|_| named(),
            },
            full: &full,
            projects: &[],
            inputs: &Inputs::default(),
            values: &way.values,
            production: &production,
            target: &target(),
            now: SystemTime::now() + Duration::from_secs(60),
        })
    }

    /// How often a layout was requested.
    pub fn trees(&self) -> usize {
        self.trees.load(Ordering::Relaxed)
    }

    /// The events since the last call.
    pub fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// The text of a file in an archive.
    pub fn text(&self, built: &BuiltApp, path: &str) -> String {
        let pack = self.store.open_pack(&built.pack).unwrap();
        let entry = pack.find(path).unwrap_or_else(|| panic!("no {path} in {:?}", self.paths(built)));
        String::from_utf8(pack.bytes(entry).unwrap().into_owned()).unwrap()
    }

    /// The paths in an archive.
    pub fn paths(&self, built: &BuiltApp) -> Vec<String> {
        let pack = self.store.open_pack(&built.pack).unwrap();
        pack.entries().iter().map(|entry| entry.path.clone()).collect()
    }
}

impl Report for Bench {
    fn event(&self, event: Event<'_>) {
        let text = match event {
            Event::Build { .. } | Event::Take { .. } => return,
            Event::Install { package: Some(package), .. } => {
                self.trees.fetch_add(1, Ordering::Relaxed);
                format!("{package} install")
            }
            Event::Install { package: None, .. } => "install".to_owned(),
            Event::Script { package, script, .. } => format!("{package} {script}"),
            Event::Line { package, line } => format!("{package}: {line}"),
            Event::Dependency { package, script, .. } => format!("{package} {script}"),
            Event::Done { .. } | Event::Waiting => return,
            Event::Sandbox { .. } => return,
            Event::Attempts { owner, attempts } => format!("{owner}{}", attempts.lines()),
            Event::IgnoredBuilds { packages } => format!("ignored: {}", packages.join(", ")),
            Event::Warning { text } => format!("warning: {text}"),
        };
        self.told.lock().unwrap().push(text);
    }
}

fn target() -> Target {
    Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: Libc::Glibc, node: None }
}

fn folder_of_node() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut folders = std::env::split_paths(&path);
    folders.find(|folder| folder.join("node").is_file()).expect("these tests need node")
}

/// The configured npm registry.
fn npm_registry() -> Option<String> {
    let output = std::process::Command::new("npm").args(["config", "get", "registry"]).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

pub fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
}

/// Every file below a folder with its size, time and mode.
pub fn snapshot(root: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let meta = entry.metadata().unwrap();
            found.push(format!(
                "{} {:o} {} {}.{}",
                entry.path().display(),
                meta.mode(),
                meta.size(),
                meta.mtime(),
                meta.mtime_nsec()
            ));
            if meta.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

pub fn id(folder: &str) -> ImporterId {
    ImporterId::new(folder).unwrap()
}

/// Copies a folder without installed or built files.
pub fn copy_sources(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, to) = (entry.file_name(), to.join(entry.file_name()));
        if name == "node_modules" || name == "dist" {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => copy_sources(&entry.path(), &to),
            false => drop(fs_err::copy(entry.path(), &to).unwrap()),
        }
    }
}
