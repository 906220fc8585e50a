//! Checks the base's Node.js against the requirements of the service and the workspace's root. In: package.json's
//! `engines.node`, the base's Node.js. Out: unmet requirements. Requirements of dependencies are covered by pnpm's
//! rules.

use std::fmt;

use fourply_pnpm::{ImporterId, Workspace};
use node_semver::{Range, Version};

/// An `engines.node` that the base's Node.js does not satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetEngine {
    /// The package of the package.json.
    pub package: ImporterId,
    /// The range as written.
    pub wanted: String,
    /// The base's Node.js version.
    pub node: String,
}

impl fmt::Display for UnmetEngine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { package, wanted, node } = self;
        match package.is_root() {
            true => write!(out, "the base has node {node}, but the workspace asks for {wanted}"),
            false => write!(out, "the base has node {node}, but {package} asks for {wanted}"),
        }
    }
}

/// The unmet requirements of the service and the workspace's root. An invalid range requires nothing, as in npm.
pub fn unmet_engines(workspace: &Workspace, service: &ImporterId, node: Option<&str>) -> Vec<UnmetEngine> {
    let Some(node) = node.and_then(|node| Version::parse(node).ok()) else {
        return Vec::new();
    };
    let manifests = workspace.manifests.iter().filter(|(id, _)| *id == service || id.is_root());
    let asked =
        manifests.filter_map(|(id, manifest)| Some((id, manifest.raw.pointer("/engines/node")?.as_str()?)));
    let unmet = asked.filter(|(_, range)| Range::parse(range).is_ok_and(|range| !range.satisfies(&node)));
    let engine = |(id, range): (&ImporterId, &str)| UnmetEngine {
        package: id.clone(),
        wanted: range.to_owned(),
        node: node.to_string(),
    };
    unmet.map(engine).collect()
}
