//! Whether the base's node is one that the service asks for. Comes in: package.json's `engines.node`, the base's node. Goes out:
//! a warning, or nothing. It decides nothing: pnpm goes by the packages' own engines.

use fourply_pnpm::{ImporterId, Workspace};
use node_semver::{Range, Version};

/// What is wrong, for the service itself and for the workspace's root.
pub fn warnings(workspace: &Workspace, service: &ImporterId, node: Option<&str>) -> Vec<String> {
    let Some(node) = node.and_then(|node| Version::parse(node).ok()) else {
        return Vec::new();
    };
    let manifests = workspace.manifests.iter().filter(|(id, _)| *id == service || id.is_root());
    let asked =
        manifests.filter_map(|(id, manifest)| Some((id, manifest.raw.pointer("/engines/node")?.as_str()?)));
    let unmet = asked.filter(|(_, range)| Range::parse(range).is_ok_and(|range| !range.satisfies(&node)));
    let whose = |id: &ImporterId| if id.is_root() { "the workspace".to_owned() } else { id.to_string() };
    unmet.map(|(id, range)| format!("the base has node {node}, but {} asks for {range}", whose(id))).collect()
}
