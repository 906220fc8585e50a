//! What a build is asked for and what it gives. The types alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use fourply_blob::Key;
use fourply_pnpm::{Closure, ImporterId, Target, Tree, Workspace};
use fourply_store::Store;

use crate::{AppError, Entry, Result};
use fourply_scripts::{BuildNode, BuildPnpm};

/// Everything that decides a build, and what it may use.
#[derive(Clone, Copy)]
pub struct DistRequest<'a> {
    /// Where the outputs go.
    pub store: &'a Store,
    /// The workspace. Nothing in its folder is changed.
    pub workspace: &'a Workspace,
    /// The service.
    pub service: &'a ImporterId,
    /// The script to run; `None` takes the outputs that lie in the workspace as they are.
    pub script: Option<&'a str>,
    /// Patterns relative to a package (see [`Patterns`](crate::Patterns)): the service's outputs, and those of its workspace
    /// dependencies that have no `files`.
    pub outputs: &'a [String],
    /// The service's closure with development dependencies, for the machine that builds.
    pub full: &'a Closure,
    /// The service's closure as the image has it: which workspace packages go along.
    pub production: &'a Closure,
    /// What the image runs on: machine code that a build generates in node_modules has to fit it.
    pub target: &'a Target,
    /// Where the workspace's root is in the image: what generated texts hold in place of the build's folder.
    pub root_in_image: &'a str,
    /// The version of node that scripts run on.
    pub node_version: &'a str,
    /// What the machine that builds is, e.g. `linux-x64-glibc`: programs of packages differ by it.
    pub platform: &'a str,
    /// Whether packages' own install scripts run when the closure is installed, so that what decides them decides the install.
    pub install_scripts: bool,
    /// Whether packages may come from a store of pnpm, whose index nobody verified: what is built with them is kept apart.
    pub pnpm_store: bool,
    /// Variables that the configuration adds to the scripts' environment.
    pub env: &'a BTreeMap<String, String>,
    /// `SOURCE_DATE_EPOCH` of the scripts. It is part of the key: a value that changes with every commit builds anew every time.
    pub source_date_epoch: i64,
    /// A folder for kept installs, tools and the stat cache; it may be deleted at any time when no build runs.
    pub folder: &'a Path,
    /// The time now, which nothing but the stat cache's trust depends on.
    pub now: SystemTime,
    /// How many packages are built at once.
    pub jobs: usize,
    /// What is needed only when scripts really run.
    pub supplies: &'a dyn Supplies,
    /// Whether to stop. Asked several times a second while a script runs.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// What a build needs only if no earlier one had the same inputs: nothing of it is asked for otherwise.
pub trait Supplies: Sync {
    /// The closure of a package of the workspace with development dependencies, for the machine that builds.
    ///
    /// # Errors
    /// [`AppError::supply`] of whatever went wrong.
    fn closure(&self, package: &ImporterId) -> Result<Closure>;

    /// The layout of such a closure for the workspace's root at `root`, with every pack in the store.
    ///
    /// # Errors
    /// As [`Supplies::closure`].
    fn tree(&self, closure: &Closure, root: &Path) -> Result<Tree>;

    /// The node to run scripts with ([`build_node`](crate::build_node)); `folder` is the place for tools.
    ///
    /// # Errors
    /// As [`Supplies::closure`].
    fn node(&self, folder: &Path) -> Result<BuildNode>;

    /// The workspace's pnpm, where a script mentions it ([`build_pnpm`](crate::build_pnpm)).
    ///
    /// # Errors
    /// As [`Supplies::closure`].
    fn pnpm(&self, folder: &Path, version: &str) -> Result<BuildPnpm>;
}

/// What a build left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dist {
    /// The pack with all files. Paths are relative to the workspace's root: `services/auth/dist/main.js`,
    /// `shared/kernel/package.json`.
    pub pack: Key,
    /// What the scripts left in node_modules for the image, if anything: a pack as the other.
    pub generated: Option<Key>,
    /// The key over all inputs.
    pub key: Key,
    /// Whether an earlier build had the same inputs, so that nothing was run.
    pub reused: bool,
    /// The packages that folders of the workspace are for the production closure (`file:` and injected ones), as the build left them.
    pub folders: BTreeMap<ImporterId, Key>,
    /// Programs of node in the service's folder, relative to it, sorted: what [`Outputs`](crate::Outputs) asks for.
    pub programs: Vec<String>,
}

impl Dist {
    /// The program to start; see [`Outputs::entry`](crate::Outputs::entry).
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn entry(
        &self,
        workspace: &Workspace,
        service: &ImporterId,
        cmd: Option<&[String]>,
    ) -> Result<Option<Entry>> {
        let manifest = workspace.manifests.get(service);
        let manifest = manifest.ok_or_else(|| AppError::NoManifest { service: service.clone() })?;
        crate::Outputs { service, manifest, programs: &self.programs }.entry(cmd)
    }
}
