//! Parts of keys that installs and builds have in common. A written contract: a change here is a new domain.

use std::collections::BTreeMap;

use fourply_blob::KeyBuilder;
use fourply_pnpm::{Dependency, ImporterId, Workspace};

/// The variables that the configuration adds.
pub fn with_env(key: KeyBuilder, env: &BTreeMap<String, String>) -> KeyBuilder {
    env.iter().fold(key, |key, (name, value)| key.field("env name", name).field("env value", value))
}

/// A link to a dependency.
pub fn edge(key: KeyBuilder, alias: &str, to: &Dependency) -> KeyBuilder {
    match to {
        Dependency::Package(path) => key.field("alias", alias).field("to package", path.as_str()),
        Dependency::Link(folder) => key.field("alias", alias).field("to folder", folder.as_str()),
    }
}

/// `packageManager` of the root.
pub fn package_manager(workspace: &Workspace) -> Option<&str> {
    workspace.manifests.get(&ImporterId::root())?.package_manager.as_deref()
}
