//! This machine as a place for scripts. In: folders, the way to tools, who is told and who may stop it. Out: tools. None of it is part of
//! a key, but for the root file system that scripts run in: what else decides an outcome is in [`ScriptInputs`].

use std::collections::BTreeMap;
use std::path::Path;

use fourply_platform::{Architecture, Libc};
use fourply_pnpm::{ImporterId, Target, Workspace};
use fourply_store::{Fetcher, Progress, Store};

use crate::build_root::BuildRoot;
use crate::sandbox::{Level, NetworkAccess, Sandbox, View};
use crate::tools::{BuildNode, BuildPnpm, NodeGyp, build_node, build_pnpm, node_gyp, pnpm_version};
use crate::{Event, Report, Result};

/// Where scripts run, and with what.
#[derive(Clone, Copy)]
pub struct ScriptHost<'a> {
    /// Where packages and tools come from, and the store that all is kept in.
    pub fetcher: &'a Fetcher,
    /// A folder for installs and the stat cache; it may be deleted at any time when no build runs.
    pub folder: &'a Path,
    /// The folder that tools lie in.
    pub tools: &'a Path,
    /// A node to run scripts on; with none, the wanted version is fetched.
    pub node: Option<&'a BuildNode>,
    /// The root file system that scripts run in; this machine's where absent.
    pub root: Option<&'a BuildRoot<'a>>,
    /// What scripts are confined to.
    pub sandbox: &'a Sandbox,
    /// How many packages are built at once, and how many processes a compilation may use.
    pub jobs: usize,
    pub progress: &'a dyn Progress,
    pub report: &'a dyn Report,
    /// Whether to stop. Asked several times a second while a script runs.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// What decides what a script finds, besides the packages: part of every key.
#[derive(Clone, Copy)]
pub struct ScriptInputs<'a> {
    /// The workspace that the packages are of. Nothing in its folder is changed.
    pub workspace: &'a Workspace,
    /// The version of node that scripts run on and native modules are built for.
    pub node_version: &'a str,
    /// What the scripts run on.
    pub machine: &'a Target,
    /// Variables that the configuration adds to their environment.
    pub env: &'a BTreeMap<String, String>,
    /// Whose scripts may use the network.
    pub network: &'a NetworkAccess,
    /// `SOURCE_DATE_EPOCH`: a value that changes with every commit builds again every time.
    pub source_date_epoch: i64,
}

impl ScriptHost<'_> {
    /// Where all is kept.
    pub fn store(&self) -> &Store {
        self.fetcher.store()
    }

    /// What scripts see that write in `write` and run on these tools; their HOME and TMPDIR come last.
    ///
    /// # Errors
    /// Where the root file system that they run in cannot be had.
    pub fn view(
        &self,
        write: &Path,
        node: &BuildNode,
        pnpm: Option<&BuildPnpm>,
        [home, tmp]: [&Path; 2],
    ) -> Result<View> {
        let pnpm = pnpm.map(|pnpm| pnpm.folder());
        Ok(View {
            root: self.root.map(BuildRoot::folder).transpose()?,
            write: [write, home, tmp].map(Path::to_path_buf).into(),
            read: [node.folder.as_deref(), pnpm].into_iter().flatten().map(Path::to_path_buf).collect(),
            kept: Vec::new(),
            hidden: Vec::new(),
            home: home.to_path_buf(),
            tmp: tmp.to_path_buf(),
        })
    }

    /// That scripts may run, those of `package` first: at which level of the sandbox.
    ///
    /// # Errors
    /// Where the sandbox is weaker than what is required, or scripts cannot run in the root file system.
    pub fn admit(&self, package: &str) -> Result<Level> {
        if let Some(root) = self.root {
            root.check_runs(package)?;
            self.sandbox.admit_root()?;
        }
        self.sandbox.admit(self.report)
    }

    /// What scripts run on, with the node that runs them.
    ///
    /// # Errors
    /// As [`machine`].
    pub fn machine(&self, node: Option<&str>) -> Result<Target> {
        match self.root {
            Some(root) => Ok(Target::new(&root.architecture, root.libc, node)?),
            None => machine(node),
        }
    }

    /// The node of a version.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub fn node(&self, version: &str) -> Result<BuildNode> {
        let npm = || build_node(self.tools, self.fetcher, version, self.progress);
        match (self.node, self.root) {
            (Some(node), _) => Ok(node.clone()),
            (None, Some(root)) => root.node(version, npm),
            (None, None) => npm(),
        }
    }

    /// The pnpm of a version.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub fn pnpm(&self, version: &str) -> Result<BuildPnpm> {
        // Without a root, npm's node is the one that there is, which is for glibc.
        let libc = self.root.map_or(Libc::Glibc, |root| root.libc);
        build_pnpm(self.tools, self.fetcher, version, libc, self.progress)
    }

    /// The node-gyp that a pnpm of this version brings.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub fn node_gyp(&self, version: &str) -> Result<NodeGyp> {
        node_gyp(self.tools, self.fetcher, version, self.progress)
    }

    /// Tells of something that may surprise, but is no error.
    pub fn warn(&self, text: &str) {
        self.report.event(Event::Warning { text });
    }
}

/// The workspace's own pnpm; where it names none, the newest of the version that the tree is laid out as.
pub(crate) fn pnpm_of(workspace: &Workspace) -> String {
    let root = workspace.manifests.get(&ImporterId::root());
    let named = root.and_then(|manifest| pnpm_version(manifest.package_manager.as_deref()?));
    named.map_or_else(|| format!("latest-{}", workspace.rules.major()), str::to_owned)
}

/// This machine, with the node that scripts run on.
///
/// # Errors
/// Where the version of node is none, or node does not run on this machine.
pub fn machine(node: Option<&str>) -> Result<Target> {
    let architecture = Architecture::host();
    let loader = architecture.musl().map(|name| format!("/lib/ld-musl-{name}.so.1"));
    let musl = loader.is_some_and(|loader| Path::new(&loader).exists());
    let glibc = Path::new("/lib64/ld-linux-x86-64.so.2").exists();
    let libc = if musl && !glibc { Libc::Musl } else { Libc::Glibc };
    Ok(Target::new(&architecture, libc, node)?)
}

/// Scripts run while this lives: whoever asks for a stop may wait for it.
pub struct Running<'a>(&'a dyn Report);

impl<'a> Running<'a> {
    /// Marks the beginning.
    pub fn begin(report: &'a dyn Report) -> Running<'a> {
        report.begins();
        Running(report)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.ends();
    }
}
