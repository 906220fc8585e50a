//! The inputs of a package's install scripts. This is a contract: a change here raises the rules version of the key.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Inputs as _, Key};
use fourply_pnpm::{Closure, DepPath, Dependency, InstallScript, NodeLinker, Rules};
use fourply_store::Store;

use super::capture::Left;
use super::request::{Builds, InstallRequest, children};
use crate::Result;
use crate::build_root::rooted;
use crate::host::ScriptInputs;
use crate::network::DownloadLines;
use crate::sandbox::Sandbox;
use crate::twice::{Made, MadeIn};

/// The compilers, and the packages that use them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compiling<'a> {
    /// The packages whose scripts compile something.
    pub packages: &'a BTreeSet<&'a DepPath>,
    /// The compilers; `None` on a host without one.
    pub toolchain: Option<&'a str>,
}

/// The keys of a package's result.
#[derive(Debug, Clone, Copy)]
pub(super) struct BuiltKey {
    /// For any compiler: looked up on a host without one.
    any: Key,
    /// For this host's compiler.
    own: Option<Key>,
}

impl BuiltKey {
    /// A name for the folders of the run: 16 hexadecimal digits.
    pub(super) fn name(&self) -> String {
        self.any.hex().chars().take(16).collect()
    }

    /// The result of an earlier run.
    pub(super) fn known(&self, store: &Store, sandbox: &Sandbox) -> Result<Option<Left>> {
        sandbox.known(&self.own.unwrap_or(self.any), |key| {
            let (package, beside) = (store.derived_pack(key)?, store.derived_pack(&beside(key))?);
            Ok(package.zip(beside).map(|(package, beside)| Left { package, beside }))
        })
    }

    /// Caches the result of a run.
    pub(super) fn remember(&self, store: &Store, sandbox: &Sandbox, left: &Left) -> Result<()> {
        let record = |key: &Key| {
            store.record_derived(&beside(key), &left.beside)?;
            store.record_derived(key, &left.package)
        };
        Ok(self.own.iter().chain([&self.any]).try_for_each(|key| sandbox.keep(key, record))?)
    }

    /// The result of a run, for comparing two runs.
    pub(super) fn made(&self, package: &DepPath, left: &Left) -> [Made; 2] {
        [(MadeIn::Package, left.package), (MadeIn::Beside, left.beside)]
            .map(|(place, pack)| Made::new(place, package.as_str(), self.any, pack))
    }
}

fourply_blob::inputs! {
    /// The files next to a package, derived from the package's key.
    struct BesideInputs<'a>: "beside a built package", rules 3 {
        package: &'a Key,
    }
}

fn beside(package: &Key) -> Key {
    BesideInputs { package }.key()
}

fourply_blob::inputs! {
    /// Every input of a package's scripts. The rules cover the scripts' environment, the capture, and the rewriting of
    /// texts.
    struct BuiltInputs<'a>: "built package", rules 6 {
        package: &'a DepPath,
        rules: &'a Rules,
        package_manager: Option<&'a str>,
        linker: NodeLinker,
        modules_dir: &'a str,
        virtual_store_dir: &'a str,
        node: &'a str,
        /// The platform of the packages.
        target: String,
        /// The platform of the scripts.
        machine: String,
        root_in_image: &'a str,
        epoch: i64,
        env: &'a BTreeMap<String, String>,
        /// The package and its dependencies, direct or not.
        reachable: Vec<ReachedPackage<'a>>,
    }
}

/// A package that scripts can reach, with its scripts.
struct ReachedPackage<'a> {
    package: &'a DepPath,
    pack: Option<&'a Key>,
    children: Option<&'a [(String, Dependency)]>,
    scripts: Option<&'a [InstallScript]>,
    /// Whether they may use the network.
    network: bool,
    /// Their downloads.
    downloads: DownloadLines,
}

fourply_blob::key_value!(ReachedPackage<'a> { package, pack, children, scripts, network, downloads });

fourply_blob::inputs! {
    /// A package that this host's programs compiled.
    struct CompiledInputs<'a>: "compiled package", rules 2 {
        package: &'a Key,
        toolchain: &'a str,
    }
}

/// The key of every input of the scripts of `package`: the package, its dependencies and their scripts, the programs,
/// the environment.
pub(super) fn built_key(
    request: &InstallRequest<'_>,
    builds: &Builds,
    compiling: &Compiling<'_>,
    package: &DepPath,
) -> BuiltKey {
    let ScriptInputs { workspace, node_version, machine, env, source_date_epoch, .. } = request.inputs;
    let folders = &workspace.settings.folders;
    let reachable = reachable(request.closure, package);
    let inputs = BuiltInputs {
        package,
        rules: workspace.rules,
        package_manager: workspace.package_manager(),
        linker: workspace.settings.node_linker,
        modules_dir: &folders.modules_dir,
        virtual_store_dir: &folders.virtual_store_dir,
        node: node_version,
        target: request.target.machine(),
        machine: machine.machine(),
        root_in_image: request.root_in_image,
        epoch: source_date_epoch,
        env,
        reachable: reachable.iter().map(|package| reached(request, builds, package)).collect(),
    };
    let any = rooted(inputs.key(), request.host.root);
    let toolchain =
        compiling.toolchain.filter(|_| reachable.iter().any(|it| compiling.packages.contains(it)));
    BuiltKey { any, own: toolchain.map(|toolchain| CompiledInputs { package: &any, toolchain }.key()) }
}

fn reached<'a>(request: &InstallRequest<'a>, builds: &'a Builds, package: &'a DepPath) -> ReachedPackage<'a> {
    let network = builds.scripts.contains_key(package) && request.inputs.network.of_package(package);
    let downloads = || request.inputs.network.downloads.of(|owner| owner == package.package_key());
    ReachedPackage {
        package,
        pack: request.contents.0.get(package),
        children: request.closure.packages.get(package).map(|package| package.children.as_slice()),
        scripts: builds.scripts.get(package).map(Vec::as_slice),
        network,
        downloads: if network { downloads() } else { DownloadLines::new() },
    }
}

/// The package and its dependencies, direct or not.
pub(super) fn reachable<'a>(closure: &'a Closure, package: &'a DepPath) -> BTreeSet<&'a DepPath> {
    let mut seen = BTreeSet::from([package]);
    let mut stack = vec![package];
    while let Some(package) = stack.pop() {
        stack.extend(children(closure, package).filter(|child| seen.insert(*child)));
    }
    seen
}

#[cfg(test)]
mod tests;
