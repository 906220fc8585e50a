//! What decides the outcome of a package's install scripts. A written contract: a change here is a new domain.

use std::collections::BTreeSet;

use fourply_blob::{Key, KeyBuilder};
use fourply_pnpm::{Closure, DepPath};
use fourply_store::Store;

use super::capture::Left;
use super::request::{Builds, InstallRequest, children};
use crate::Result;
use crate::key::{edge, package_manager, with_env};

/// The version of the rules of this module: what scripts find, what is captured, how texts are rewritten.
const RULES: u64 = 2;

/// What compiles, and which packages do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compiling<'a> {
    /// The packages whose scripts compile something.
    pub packages: &'a BTreeSet<&'a DepPath>,
    /// The programs; nothing on a machine without a compiler.
    pub toolchain: Option<&'a str>,
}

/// Under what the outcome of a package's scripts is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct BuiltKey {
    /// For any compiler: what a machine without one looks for.
    any: Key,
    /// For this machine's.
    own: Option<Key>,
}

impl BuiltKey {
    /// A name for folders of the run: 16 hexadecimal digits.
    pub(super) fn name(&self) -> String {
        self.any.hex().chars().take(16).collect()
    }

    /// What an earlier run left.
    pub(super) fn known(&self, store: &Store) -> Result<Option<Left>> {
        let key = self.own.unwrap_or(self.any);
        let (package, beside) = (store.derived_pack(&key)?, store.derived_pack(&beside(&key))?);
        Ok(package.zip(beside).map(|(package, beside)| Left { package, beside }))
    }

    /// Keeps what a run left.
    pub(super) fn remember(&self, store: &Store, left: &Left) -> Result<()> {
        for key in self.own.iter().chain([&self.any]) {
            store.record_derived(&beside(key), &left.beside)?;
            store.record_derived(key, &left.package)?;
        }
        Ok(())
    }
}

/// The key of what lies beside a package, from the package's.
fn beside(package: &Key) -> Key {
    KeyBuilder::new("fourply beside a built package v1").field("package", package).finish()
}

/// The key over everything that the scripts of `package` see: the package, all that it can reach with what runs there, the programs,
/// the environment.
pub(super) fn built_key(
    request: &InstallRequest<'_>,
    builds: &Builds,
    compiling: &Compiling<'_>,
    package: &DepPath,
) -> BuiltKey {
    let settings = &request.inputs.workspace.settings;
    let mut key = KeyBuilder::new("fourply built package v1")
        .number("rules", RULES)
        .field("package", package.as_str())
        .field("dialect", request.inputs.workspace.rules.to_string())
        .field("package manager", package_manager(request.inputs.workspace).unwrap_or_default())
        .field("modules", &settings.folders.modules_dir)
        .field("virtual store", &settings.folders.virtual_store_dir)
        .field("node", request.inputs.node_version)
        .field("target", request.target.machine())
        .field("machine", request.inputs.machine.machine())
        .field("root", request.root_in_image)
        .field("epoch", request.inputs.source_date_epoch.to_le_bytes());
    key = with_env(key, request.inputs.env);
    let reachable = reachable(request.closure, package);
    for reached in &reachable {
        key = add_package(key, request, builds, reached);
    }
    let any = key.finish();
    let toolchain =
        compiling.toolchain.filter(|_| reachable.iter().any(|it| compiling.packages.contains(it)));
    let compiled = |toolchain: &str| {
        KeyBuilder::new("fourply compiled package v1").field("package", any).field("with", toolchain).finish()
    };
    BuiltKey { any, own: toolchain.map(compiled) }
}

fn add_package(
    key: KeyBuilder,
    request: &InstallRequest<'_>,
    builds: &Builds,
    package: &DepPath,
) -> KeyBuilder {
    let mut key = key.field("reached", package.as_str());
    if let Some(pack) = request.contents.0.get(package) {
        key = key.field("pack", pack);
    }
    for (alias, child) in
        request.closure.packages.get(package).into_iter().flat_map(|package| &package.children)
    {
        key = edge(key, alias, child);
    }
    for script in builds.scripts.get(package).into_iter().flatten() {
        key = key.field("event", &script.event).field("command", &script.command);
    }
    key
}

/// The package and all that it needs, near or far.
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
