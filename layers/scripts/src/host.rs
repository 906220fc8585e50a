//! The host on which scripts run. In: folders, a source of tools, a reporter and a cancellation check. Out: tools. It
//! is not part of any key, except the root file system for scripts; all other inputs are in [`ScriptInputs`].

use std::collections::BTreeMap;
use std::path::Path;

use fourply_platform::{Architecture, Libc};
use fourply_pnpm::{ImporterId, Target, Workspace};
use fourply_store::{Fetcher, Progress, Store};

use crate::build_root::BuildRoot;
use crate::sandbox::{Level, NetworkAccess, Sandbox, View};
use crate::tools::{BuildNode, BuildPnpm, NodeGyp, build_node, build_pnpm, node_gyp, pnpm_version};
use crate::{Event, Report, Result};

/// Where scripts run, and with which tools.
#[derive(Clone, Copy)]
pub struct ScriptHost<'a> {
    /// The source of packages and tools, with the store.
    pub fetcher: &'a Fetcher,
    /// A folder for installs and the stat cache; it may be deleted while no build runs.
    pub folder: &'a Path,
    /// The folder with tools.
    pub tools: &'a Path,
    /// A node for scripts; without one, the wanted version is fetched.
    pub node: Option<&'a BuildNode>,
    /// The root file system for scripts; without one, the host's.
    pub root: Option<&'a BuildRoot<'a>>,
    /// The confinement of scripts.
    pub sandbox: &'a Sandbox,
    /// How many packages are built in parallel, and how many processes a compilation may use.
    pub jobs: usize,
    pub progress: &'a dyn Progress,
    pub report: &'a dyn Report,
    /// Whether to stop. Called several times a second while a script runs.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// The inputs of scripts other than the packages; they are part of every key.
#[derive(Clone, Copy)]
pub struct ScriptInputs<'a> {
    /// The workspace of the packages. Nothing in its folder is changed.
    pub workspace: &'a Workspace,
    /// The node version that scripts run on, and that native modules are built for.
    pub node_version: &'a str,
    /// The platform on which scripts run.
    pub machine: &'a Target,
    /// Variables from the configuration.
    pub env: &'a BTreeMap<String, String>,
    /// Which scripts may use the network.
    pub network: &'a NetworkAccess,
    /// `SOURCE_DATE_EPOCH`. A value that changes with every commit causes a rebuild every time.
    pub source_date_epoch: i64,
}

impl ScriptHost<'_> {
    /// Where all is kept.
    pub fn store(&self) -> &Store {
        self.fetcher.store()
    }

    /// The view of scripts that write in `write` and use these tools; their HOME and TMPDIR are added later.
    ///
    /// # Errors
    /// Their root file system is unavailable.
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

    /// Checks that scripts may run, those of `package` first. Returns the sandbox level.
    ///
    /// # Errors
    /// The sandbox is weaker than required, or scripts cannot run in the root file system.
    pub fn admit(&self, package: &str) -> Result<Level> {
        if let Some(root) = self.root {
            root.check_runs(package)?;
            self.sandbox.admit_root()?;
        }
        self.sandbox.admit(self.report)
    }

    /// The platform of scripts, with the node that runs them.
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
    /// It is unavailable.
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
    /// It is unavailable.
    pub fn pnpm(&self, version: &str) -> Result<BuildPnpm> {
        // Without a root, npm's node is the only one, which is for glibc.
        let libc = self.root.map_or(Libc::Glibc, |root| root.libc);
        build_pnpm(self.tools, self.fetcher, version, libc, self.progress)
    }

    /// The node-gyp inside a pnpm of this version.
    ///
    /// # Errors
    /// It is unavailable.
    pub fn node_gyp(&self, version: &str) -> Result<NodeGyp> {
        node_gyp(self.tools, self.fetcher, version, self.progress)
    }

    /// Reports a warning.
    pub fn warn(&self, text: &str) {
        self.report.event(Event::Warning { text });
    }
}

/// The workspace's own pnpm; if it names none, the newest version of the layout's rules.
pub(crate) fn pnpm_of(workspace: &Workspace) -> String {
    let root = workspace.manifests.get(&ImporterId::root());
    let named = root.and_then(|manifest| pnpm_version(manifest.package_manager.as_deref()?));
    named.map_or_else(|| format!("latest-{}", workspace.rules.major()), str::to_owned)
}

/// This host, with the node version that scripts run on.
///
/// # Errors
/// An invalid node version, or a host that node does not support.
pub fn machine(node: Option<&str>) -> Result<Target> {
    let architecture = Architecture::host();
    let loader = architecture.musl().map(|name| format!("/lib/ld-musl-{name}.so.1"));
    let musl = loader.is_some_and(|loader| Path::new(&loader).exists());
    let glibc = Path::new("/lib64/ld-linux-x86-64.so.2").exists();
    let libc = if musl && !glibc { Libc::Musl } else { Libc::Glibc };
    Ok(Target::new(&architecture, libc, node)?)
}

/// Scripts run while this value lives; a stop request may wait for it.
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
