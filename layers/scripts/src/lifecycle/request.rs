//! The request and the result of an install. Types and queries.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Key;
use fourply_pnpm::{
    Closure, DepPath, Dependency, InstallScript, LayoutError, PackageContents, Target, Verdict, Workspace,
    reported_as,
};
use fourply_store::Store;

use super::capture::Left;
use crate::Result;
use crate::host::{ScriptHost, ScriptInputs};
use crate::install_scripts::install_scripts;
use crate::tools::{BuildNode, BuildPnpm, NodeGyp};

/// The request.
#[derive(Clone, Copy)]
pub struct InstallRequest<'a> {
    /// Where the scripts run.
    pub host: ScriptHost<'a>,
    /// The inputs of the scripts.
    pub inputs: ScriptInputs<'a>,
    pub closure: &'a Closure,
    /// Their archives, with patches applied.
    pub contents: &'a PackageContents,
    /// The platform for the packages.
    pub target: &'a Target,
    /// The workspace's root in the image. It replaces the build's folder in texts.
    pub root_in_image: &'a str,
}

/// The programs for install scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstallTools {
    /// node, with its headers.
    pub node: BuildNode,
    pub pnpm: BuildPnpm,
    /// The node-gyp inside this pnpm.
    pub node_gyp: NodeGyp,
}

/// The scripts of a closure's packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builds {
    /// The scripts that run, by package.
    pub scripts: BTreeMap<DepPath, Vec<InstallScript>>,
    /// Packages whose scripts no setting allows, in pnpm's notation, sorted.
    pub ignored: Vec<String>,
}

impl Builds {
    /// Reads every package of a closure.
    ///
    /// # Errors
    /// An archive that cannot be read.
    pub fn of(
        store: &Store,
        workspace: &Workspace,
        closure: &Closure,
        contents: &PackageContents,
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

/// The result of an install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallResult {
    pub contents: PackageContents,
    /// The files that scripts left next to their packages.
    pub beside: PackageContents,
    /// The compilers, if a package was compiled; see [`toolchain`](crate::toolchain).
    pub toolchain: Option<String>,
    /// Optional packages whose scripts failed, with the reason. A rule decides what happens to them (`FailedOptional`).
    pub failed: BTreeMap<DepPath, String>,
}

impl InstallResult {
    pub(super) fn take(&mut self, store: &Store, package: &DepPath, left: Left) -> Result<()> {
        self.contents.0.insert(package.clone(), left.package);
        if !store.pack_paths(&left.beside)?.is_empty() {
            self.beside.0.insert(package.clone(), left.beside);
        }
        Ok(())
    }
}

/// The archive of a package.
///
/// # Errors
/// It is missing.
pub(super) fn pack_of(contents: &PackageContents, package: &DepPath) -> Result<Key> {
    let missing = || LayoutError::NoContent { dep_path: package.to_string() };
    Ok(*contents.0.get(package).ok_or_else(missing)?)
}

/// The packages that a package depends on.
pub(super) fn children<'a>(closure: &'a Closure, package: &DepPath) -> impl Iterator<Item = &'a DepPath> {
    let children = closure.packages.get(package).into_iter().flat_map(|package| &package.children);
    children.filter_map(|(_, child)| match child {
        Dependency::Package(path) => closure.packages.get_key_value(path).map(|(path, _)| path),
        Dependency::Link(_) => None,
    })
}
