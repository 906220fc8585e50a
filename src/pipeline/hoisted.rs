//! Where a framework's command finds the packages that it starts. In: a word of the command, what node_modules hold. Out: the word, with the paths
//! of packages that lie in the root's node_modules alone, as `nodeLinker: hoisted` has them.

use fourply_modules::Inventory;
use fourply_pnpm::ImporterId;

/// A word may be the text of a shell, with paths between its spaces.
pub(super) fn hoisted(inventory: &Inventory, service: &ImporterId, word: &str) -> String {
    let up = service.to_root();
    let holds = |folder: &str| {
        let mut packages = inventory.packages.iter();
        inventory.nodes.contains_key(folder) || packages.any(|package| package.folder == folder)
    };
    let part = |part: &str| match package_folder(part) {
        Some(folder) if !holds(&service.path_of(folder)) && holds(folder) => format!("{up}{part}"),
        _ => part.to_owned(),
    };
    word.split(' ').map(part).collect::<Vec<_>>().join(" ")
}

/// `node_modules/@scope/x` of `node_modules/@scope/x/cli.js`.
fn package_folder(path: &str) -> Option<&str> {
    let name = path.strip_prefix("node_modules/")?;
    let parts = if name.starts_with('@') { 2 } else { 1 };
    let (end, _) = path.match_indices('/').nth(parts)?;
    path.get(..end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use fourply_modules::InstalledNode;

    use super::*;

    #[test]
    fn a_package_is_found_where_it_lies() {
        let service = ImporterId::new("apps/web").unwrap();
        let of = |places: &[&str], word: &str| {
            let nodes = places.iter().map(|place| ((*place).to_owned(), InstalledNode::Link(String::new())));
            hoisted(&Inventory { packages: Vec::new(), nodes: nodes.collect() }, &service, word)
        };
        let (root, own) = ("node_modules/@x/serve", "apps/web/node_modules/@x/serve");
        let word = "node_modules/@x/serve/dist/cli.js";
        assert_eq!(of(&[root], word), "../../node_modules/@x/serve/dist/cli.js");
        assert_eq!(of(&[root, own], word), word);
        assert_eq!(of(&[], word), word);
        assert_eq!(
            of(&["node_modules/next"], "a && exec node node_modules/next/dist/bin/next start"),
            "a && exec node ../../node_modules/next/dist/bin/next start"
        );
        assert_eq!(of(&["node_modules/next"], "build/server/index.js"), "build/server/index.js");
    }
}
