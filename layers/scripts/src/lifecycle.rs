//! Install scripts of packages: from packs as they were published to packs as pnpm's install leaves them.
//!
//! In: a closure with its packs, and for which machine. Out: packs in the place of those whose scripts ran. What a script adds, changes
//! or removes in its package, and what it adds beside it, is kept under a key over all that it could see, so a second build runs none.
//!
//! The scripts run on this machine, in an install of the whole closure, several packages at once, dependencies first. What is left
//! is checked against the machine that the image is for. The place of that install is written as the image's wherever a text holds it.

mod capture;
mod key;
mod site;
mod toolchain;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fourply_blob::Key;
use fourply_pnpm::{
    Closure, Contents, DepPath, Dependency, InstallScript, LayoutError, Target, Verdict, Workspace,
    reported_as,
};
use fourply_store::Store;

use crate::host::{Running, ScriptHost, ScriptInputs};
use crate::install_scripts::install_scripts;
use crate::tools::{BuildNode, BuildPnpm, NodeGyp};
use crate::turns::try_in_turns;
use crate::written::Places;
use crate::{Result, ScriptsError};
use capture::Left;
use site::Site;
pub use toolchain::toolchain;

/// What is asked for.
#[derive(Clone, Copy)]
pub struct InstallRequest<'a> {
    /// Where the scripts run.
    pub host: ScriptHost<'a>,
    /// What decides what they find.
    pub inputs: ScriptInputs<'a>,
    /// The packages.
    pub closure: &'a Closure,
    /// Their packs, patches applied.
    pub contents: &'a Contents,
    /// What the packages are to run on.
    pub target: &'a Target,
    /// Where the workspace's root is in the image: what texts hold in place of the build's folder.
    pub root_in_image: &'a str,
}

/// The programs that install scripts find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstallTools {
    /// node, with its headers.
    pub node: BuildNode,
    /// The workspace's pnpm.
    pub pnpm: BuildPnpm,
    /// The node-gyp that this pnpm brings.
    pub node_gyp: NodeGyp,
}

/// What a closure's packages ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builds {
    /// The scripts that run, by package.
    pub scripts: BTreeMap<DepPath, Vec<InstallScript>>,
    /// Packages whose scripts nobody allowed, as pnpm names them, sorted.
    pub ignored: Vec<String>,
}

impl Builds {
    /// Looks at every package of a closure.
    ///
    /// # Errors
    /// Where a pack cannot be read.
    pub fn of(
        store: &Store,
        workspace: &Workspace,
        closure: &Closure,
        contents: &Contents,
    ) -> Result<Builds> {
        let mut builds = Builds::default();
        let mut ignored = BTreeSet::new();
        for package in closure.packages.keys() {
            let pack = pack_of(contents, package)?;
            let Some(scripts) = install_scripts(store, &pack, package)? else { continue };
            match workspace.settings.may_build(&workspace.rules.builds, package) {
                Verdict::Build if scripts.is_empty() => {}
                Verdict::Build => drop(builds.scripts.insert(package.clone(), scripts)),
                Verdict::Ignored => drop(ignored.insert(reported_as(package))),
                Verdict::Never => {}
            }
        }
        builds.ignored = ignored.into_iter().collect();
        Ok(builds)
    }
}

/// What an install leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The packs.
    pub contents: Contents,
    /// What the scripts left beside their packages, of those that left something there.
    pub beside: Contents,
    /// The programs that compile, where some package was compiled; see [`toolchain`].
    pub toolchain: Option<String>,
    /// Optional packages whose scripts failed, with the reason. What becomes of them is a rule (`FailedOptional`).
    pub failed: BTreeMap<DepPath, String>,
}

/// The packs as an install leaves them, and the optional packages that could not be built.
///
/// # Errors
/// [`ScriptsError::InstallScript`], with all that the script printed; [`ScriptsError::ForeignBinary`] where it left what cannot run on the
/// target; tools that cannot be had; files that cannot be read or written.
pub fn run_install_scripts(request: &InstallRequest<'_>, builds: &Builds) -> Result<Installed> {
    let _running = Running::begin(request.host.report);
    let store = request.host.store();
    let compiled = toolchain::compiled(store, builds, request.contents)?;
    let toolchain = match compiled.is_empty() {
        true => None,
        false => toolchain(store, request.inputs.env, request.host.cancelled)?,
    };
    let compiling = key::Compiling { packages: &compiled, toolchain: toolchain.as_deref() };
    let jobs: Vec<Job<'_>> = in_order(request.closure, builds)
        .into_iter()
        .filter_map(|package| {
            let scripts = builds.scripts.get(package)?;
            Some(Job { package, scripts, key: key::built_key(request, builds, &compiling, package) })
        })
        .collect();
    let mut installed = Installed {
        contents: request.contents.clone(),
        beside: Contents::default(),
        toolchain: toolchain.clone(),
        failed: BTreeMap::new(),
    };
    if !take_known(store, &jobs, &mut installed)?.is_empty() {
        let site = Site::open(request)?;
        // Another build may have run them while this one waited for the place.
        let missing = take_known(store, &jobs, &mut installed)?;
        if !missing.is_empty() {
            site.install(&installed, &missing)?;
            build_all(request, &site, &missing, &mut installed)?;
            site.warn_of_strays(&missing)?;
        }
    }
    Ok(installed)
}

/// One package whose scripts run.
#[derive(Debug, Clone, Copy)]
struct Job<'a> {
    package: &'a DepPath,
    scripts: &'a [InstallScript],
    key: key::BuiltKey,
}

/// Runs the scripts of these packages, several at once, and keeps what they leave.
fn build_all(
    request: &InstallRequest<'_>,
    site: &Site<'_>,
    jobs: &[&Job<'_>],
    installed: &mut Installed,
) -> Result<()> {
    let (installed, store) = (Mutex::new(installed), request.host.store());
    try_in_turns(&waits(request.closure, jobs), request.host.jobs, request.host.cancelled, |number, stop| {
        let Some(job) = jobs.get(number) else { return Ok(()) };
        let left = site.build(job, stop).and_then(|left| {
            job.key.remember(store, &left)?;
            Ok(left)
        });
        let mut installed = installed.lock().unwrap_or_else(PoisonError::into_inner);
        match left {
            Ok(left) => installed.take(store, job.package, left),
            Err(error) if may_fail(request.closure, job.package, &error) => {
                installed.failed.insert(job.package.clone(), first_line(&error));
                Ok(())
            }
            Err(error) => Err(error),
        }
    })
}

/// By number: the jobs whose packages this one's needs, near or far. Of a cycle, only those that come before it.
fn waits(closure: &Closure, jobs: &[&Job<'_>]) -> Vec<BTreeSet<usize>> {
    let numbers: BTreeMap<&DepPath, usize> =
        jobs.iter().enumerate().map(|(number, job)| (job.package, number)).collect();
    let before = |number: usize, job: &Job<'_>| {
        let needed = key::reachable(closure, job.package);
        needed.into_iter().filter_map(|path| numbers.get(path).copied()).filter(|it| *it < number).collect()
    };
    jobs.iter().enumerate().map(|(number, job)| before(number, job)).collect()
}

impl Installed {
    fn take(&mut self, store: &Store, package: &DepPath, left: Left) -> Result<()> {
        self.contents.0.insert(package.clone(), left.package);
        if !store.pack_paths(&left.beside)?.is_empty() {
            self.beside.0.insert(package.clone(), left.beside);
        }
        Ok(())
    }
}

/// Puts what earlier runs left in its place; gives the rest.
fn take_known<'j, 'a>(
    store: &Store,
    jobs: &'j [Job<'a>],
    installed: &mut Installed,
) -> Result<Vec<&'j Job<'a>>> {
    let mut missing = Vec::new();
    for job in jobs {
        match job.key.known(store)? {
            Some(left) => installed.take(store, job.package, left)?,
            None => missing.push(job),
        }
    }
    Ok(missing)
}

fn may_fail(closure: &Closure, package: &DepPath, error: &ScriptsError) -> bool {
    let own = matches!(error, ScriptsError::InstallScript(_) | ScriptsError::ForeignBinary { .. });
    own && closure.packages.get(package).is_some_and(|package| package.optional)
}

fn first_line(error: &ScriptsError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn pack_of(contents: &Contents, package: &DepPath) -> Result<Key> {
    let missing = || LayoutError::NoContent { dep_path: package.to_string() };
    Ok(*contents.0.get(package).ok_or_else(missing)?)
}

/// The packages with scripts, each after those that it depends on; in a cycle, by name.
fn in_order<'a>(closure: &'a Closure, builds: &Builds) -> Vec<&'a DepPath> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for package in closure.packages.keys() {
        // A package and how many of its children were gone into; no recursion, as chains may be long.
        let mut stack = vec![(package, 0)];
        while let Some((package, next)) = stack.pop() {
            if next == 0 && !seen.insert(package) {
                continue;
            }
            match children(closure, package).nth(next) {
                Some(child) => {
                    stack.push((package, next + 1));
                    stack.push((child, 0));
                }
                None => order.push(package),
            }
        }
    }
    order.retain(|package| builds.scripts.contains_key(*package));
    order
}

fn children<'a>(closure: &'a Closure, package: &DepPath) -> impl Iterator<Item = &'a DepPath> {
    let children = closure.packages.get(package).into_iter().flat_map(|package| &package.children);
    children.filter_map(|(_, child)| match child {
        Dependency::Package(path) => closure.packages.get_key_value(path).map(|(path, _)| path),
        Dependency::Link(_) => None,
    })
}

/// What a text written on this machine holds, and what stands for it in the image.
fn places(root: &Path, homes: &site::Homes, request: &InstallRequest<'_>, tools: &InstallTools) -> Places {
    let mut list = vec![(root.to_path_buf(), request.root_in_image.to_owned())];
    list.push((homes.home.clone(), "/root".to_owned()));
    list.push((homes.tmp.clone(), "/tmp".to_owned()));
    list.extend(tools.node.prefix().map(|folder| (folder.to_path_buf(), "/usr/local".to_owned())));
    list.push((tools.node_gyp.package.clone(), "/usr/local/lib/node_modules/pnpm".to_owned()));
    list.push((tools.pnpm.bin_dir.clone(), "/usr/local/bin".to_owned()));
    Places(list)
}
