//! What decides the outcome of a package's install scripts. A written contract: a change here is a new domain.

use std::collections::BTreeSet;

use fourply_blob::{Key, KeyBuilder};
use fourply_modules::{DepPath, Dependency, Target};

use super::{Builds, InstallRequest, children};
use crate::key::package_manager;

/// The version of the rules of this module: what scripts find, what is captured, how texts are rewritten.
const RULES: u64 = 1;

/// The key over everything that the scripts of `package` see: the package, all that it can reach with what runs there, the programs,
/// the environment.
pub(super) fn built_key(request: &InstallRequest<'_>, builds: &Builds, package: &DepPath) -> Key {
    let settings = &request.workspace.settings;
    let mut key = KeyBuilder::new("fourply built package v1")
        .number("rules", RULES)
        .field("package", package.as_str())
        .field("dialect", request.workspace.dialect.to_string())
        .field("package manager", package_manager(request.workspace).unwrap_or_default())
        .field("modules", &settings.modules_dir)
        .field("virtual store", &settings.virtual_store_dir)
        .field("node", request.node_version)
        .field("target", text(request.target))
        .field("machine", text(request.machine))
        .field("root", request.root_in_image)
        .field("epoch", request.source_date_epoch.to_le_bytes());
    for (name, value) in request.env {
        key = key.field("env name", name).field("env value", value);
    }
    for reached in reachable(request, package) {
        key = add_package(key, request, builds, reached);
    }
    key.finish()
}

fn text(machine: &Target) -> String {
    format!("{}-{}-{}", machine.os, machine.cpu, machine.libc.as_str())
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
        key = match child {
            Dependency::Package(path) => key.field("alias", alias).field("to package", path.as_str()),
            Dependency::Link(folder) => key.field("alias", alias).field("to folder", folder.as_str()),
        };
    }
    for script in builds.scripts.get(package).into_iter().flatten() {
        key = key.field("event", &script.event).field("command", &script.command);
    }
    key
}

/// The package and all that it needs, near or far.
fn reachable<'a>(request: &InstallRequest<'a>, package: &'a DepPath) -> BTreeSet<&'a DepPath> {
    let mut seen = BTreeSet::from([package]);
    let mut stack = vec![package];
    while let Some(package) = stack.pop() {
        stack.extend(children(request.closure, package).filter(|child| seen.insert(*child)));
    }
    seen
}
