//! The folders that a shim adds to NODE_PATH, so that a program finds the modules of its package and of the store. Text
//! in, text out.
//!
//! Sources: `getBinNodePaths` of pnpm; node's own `Module._nodeModulePaths`, for `EveryFolderAbove`.

use super::shim::absolute;
use crate::layout::paths::parent;
use crate::rules::NodePathRule;

/// The inputs of NODE_PATH other than the target.
#[derive(Debug, Clone)]
pub(crate) struct NodePath<'a> {
    pub(crate) rule: NodePathRule,
    /// The workspace's root in the image.
    pub(crate) root: &'a str,
    /// The folder of privately hoisted links, relative to the root. Without it, shims do not set NODE_PATH.
    pub(crate) hoisted: Option<&'a str>,
}

impl NodePath<'_> {
    /// The folders for a command with the real path `target`, in a package at `package`; both are relative to the root.
    /// The result is absolute, except under [`NodePathRule::NearestOfPackage`], where it is relative to the root.
    pub(crate) fn of(&self, package: &str, target: &str) -> Vec<String> {
        let Some(hoisted) = self.hoisted else { return Vec::new() };
        match self.rule {
            NodePathRule::EveryFolderAbove => {
                let hoisted = absolute(self.root, hoisted);
                let directory = absolute(self.root, parent(target));
                let mut folders: Vec<String> =
                    above(&directory).into_iter().take_while(|folder| *folder != hoisted).collect();
                folders.push(hoisted);
                folders
            }
            NodePathRule::NearestOfFile => {
                let mut folders = nearest(parent(target));
                add_new(&mut folders, hoisted);
                folders.iter().map(|folder| absolute(self.root, folder)).collect()
            }
            NodePathRule::NearestOfPackage => {
                let mut folders = nearest(package);
                add_new(&mut folders, hoisted);
                folders
            }
        }
    }
}

fn add_new(folders: &mut Vec<String>, folder: &str) {
    if !folders.iter().any(|known| known == folder) {
        folders.push(folder.to_owned());
    }
}

/// The node_modules of every directory from `directory` up to the file system's root.
fn above(directory: &str) -> Vec<String> {
    let mut folders = Vec::new();
    let mut directory = directory.trim_end_matches('/');
    while !directory.is_empty() {
        if directory.rsplit('/').next() != Some("node_modules") {
            folders.push(format!("{directory}/node_modules"));
        }
        directory = parent(directory);
    }
    folders.push("/node_modules".to_owned());
    folders
}

/// The node_modules around `directory`, preceded by the node_modules of the package in it.
fn nearest(directory: &str) -> Vec<String> {
    let parts: Vec<&str> = directory.split('/').collect();
    let is_outermost = |at: usize| {
        parts.get(at) == Some(&"node_modules") && (at == 0 || parts.get(at - 1) != Some(&"node_modules"))
    };
    let Some(at) = (0..parts.len()).rev().find(|at| is_outermost(*at)) else { return Vec::new() };
    let folder = |end: usize| parts.get(..end).unwrap_or_default().join("/");
    let scoped = parts.get(at + 1).is_some_and(|name| name.starts_with('@'));
    let end = at + if scoped { 3 } else { 2 };
    let mut folders = Vec::new();
    if end <= parts.len() {
        folders.push(format!("{}/node_modules", folder(end)));
    }
    folders.push(folder(at + 1));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rules;
    use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};

    const PACKAGE: &str = "node_modules/.pnpm/@a+b@1/node_modules/@a/b";
    const TARGET: &str = "node_modules/.pnpm/@a+b@1/node_modules/@a/b/dist/cli.js";

    fn of(rules: &Rules, package: &str, target: &str) -> Vec<String> {
        NodePath {
            rule: rules.bins.node_path,
            root: "/app",
            hoisted: Some("node_modules/.pnpm/node_modules"),
        }
        .of(package, target)
    }

    #[test]
    fn nine_asks_node() {
        let slot = "/app/node_modules/.pnpm/@a+b@1/node_modules";
        let expected = [
            format!("{slot}/@a/b/dist/node_modules"),
            format!("{slot}/@a/b/node_modules"),
            format!("{slot}/@a/node_modules"),
            slot.to_owned(),
            "/app/node_modules/.pnpm/node_modules".to_owned(),
        ];
        assert_eq!(of(&PNPM_9, PACKAGE, TARGET), expected);
    }

    #[test]
    fn nine_goes_up_to_the_root_from_a_workspace_package() {
        let expected = [
            "/app/lib/node_modules",
            "/app/node_modules",
            "/node_modules",
            "/app/node_modules/.pnpm/node_modules",
        ];
        assert_eq!(of(&PNPM_9, "lib", "lib/cli.js"), expected);
    }

    #[test]
    fn later_ones_take_the_package_and_its_siblings() {
        let slot = "node_modules/.pnpm/@a+b@1/node_modules";
        let expected = [
            format!("{slot}/@a/b/node_modules"),
            slot.to_owned(),
            "node_modules/.pnpm/node_modules".to_owned(),
        ];
        assert_eq!(of(&PNPM_12, PACKAGE, TARGET), expected);
        assert_eq!(of(&PNPM_10, PACKAGE, TARGET), expected.map(|folder| format!("/app/{folder}")));
        assert_eq!(of(&PNPM_11, "lib", "lib/cli.js"), ["/app/node_modules/.pnpm/node_modules"]);
    }
}
