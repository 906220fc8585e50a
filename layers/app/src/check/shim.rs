//! Commands of packages: the scripts that pnpm writes to `.bin`. In: a script's text, or an image's files. Out: the
//! file that it gives to Node.js, or the words that start it.

use fourply_modules::{InstalledNode, Inventory};
use fourply_pnpm::ImporterId;

use super::tree::ImageTree;

/// The words that start a command of a service's packages, in the service's folder: its script if there is a `shell`,
/// otherwise the file that the script gives to Node.js. `None` if the image has no such command.
///
/// The service's own commands come before the root's, as in `pnpm run`: `extraBinPaths` of pnpm,
/// config/reader/src/index.ts. A hoisted node_modules has all of them at the root.
pub fn package_command(
    inventory: &Inventory,
    service: &ImporterId,
    name: &str,
    shell: bool,
) -> Option<Vec<String>> {
    let to_root = service.to_root();
    let folders = [(service.clone(), ""), (ImporterId::root(), to_root.as_str())];
    folders.iter().find_map(|(folder, prefix)| of_folder(inventory, folder, prefix, name, shell))
}

fn of_folder(
    inventory: &Inventory,
    folder: &ImporterId,
    prefix: &str,
    name: &str,
    shell: bool,
) -> Option<Vec<String>> {
    let path = format!("node_modules/.bin/{name}");
    match inventory.nodes.get(&folder.path_of(&path))? {
        InstalledNode::Directory => None,
        InstalledNode::File(_, text) if !shell => {
            let target = shim_target(text)?;
            let target = target.strip_prefix("../").map(|target| format!("{prefix}node_modules/{target}"));
            Some(vec!["node".to_owned(), target?])
        }
        // A link in a hoisted node_modules, to a file that begins with `#!/usr/bin/env node`; images seldom have env.
        InstalledNode::Link(target) if is_javascript(target) => {
            let target = target.strip_prefix("../").filter(|target| !target.starts_with("../"))?;
            Some(vec!["node".to_owned(), format!("{prefix}node_modules/{target}")])
        }
        InstalledNode::File(..) | InstalledNode::Link(_) => Some(vec![format!("{prefix}{path}")]),
    }
}

fn is_javascript(path: &str) -> bool {
    [".js", ".mjs", ".cjs"].iter().any(|end| path.ends_with(end))
}

/// The file that a pnpm shim gives to Node.js, relative to the shim.
pub(super) fn shim_target(text: &str) -> Option<&str> {
    let line = text.split("exec node ").nth(1)?.lines().next()?;
    let path = line.split_once("$basedir")?.1.trim_start_matches("_abs").trim_start_matches(['"', '\'', '/']);
    path.split(['"', '\'']).next().filter(|path| !path.is_empty())
}

/// The file that a command's script gives to Node.js, by the script's path: `node_modules/x/cli.js`.
pub(super) fn target_of(script: &str, text: &str) -> Option<String> {
    let (modules, _) = script.rsplit_once(".bin/")?;
    shim_target(text)?.strip_prefix("../").map(|target| format!("{modules}{target}"))
}

/// A package command that can be started in a folder: its script, or the script's file if the image has no shell.
pub(super) fn startable(tree: &ImageTree<'_>, folder: &str, path: &str) -> String {
    let shown = path.strip_prefix(folder).and_then(|path| path.strip_prefix('/')).unwrap_or(path);
    let text = tree.text(path).filter(|_| !tree.is_executable("/bin/sh"));
    let file = text.and_then(|text| target_of(shown, std::str::from_utf8(&text).ok()?));
    file.unwrap_or_else(|| shown.to_owned())
}

/// The command name of this file in node_modules: `pm2-runtime` for `node_modules/pm2/bin/pm2-runtime`, `run-p` for
/// `node_modules/npm-run-all/bin/run-p/index.js`.
pub(super) fn command_of(path: &str) -> Option<String> {
    let (_, inside) = path.rsplit_once("node_modules/")?;
    let mut parts: Vec<&str> = inside.split('/').collect();
    let last = parts.pop()?;
    let stem = [".js", ".mjs", ".cjs"].iter().find_map(|end| last.strip_suffix(end)).unwrap_or(last);
    let folder = parts.pop().filter(|_| stem == "index");
    Some(folder.unwrap_or(stem).to_owned())
}

#[cfg(test)]
mod tests;
