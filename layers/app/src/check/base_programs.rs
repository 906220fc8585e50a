//! Base programs that commands start: whether they support the image's platform, and whether the base has their loader
//! and all libraries that they need, directly or indirectly. In: the base's tree. Out: at most one finding.
//!
//! A library counts as present if the base has a file or link of that name anywhere: the loader's search path is its
//! own configuration.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::Target;
use fourply_scripts::elf;

use super::libraries::is_loader;
use super::tree::{BaseNode, ImageTree};
use crate::finding::{Asker, Finding};

/// Why a program cannot run; `real` is its absolute real path.
pub(super) fn fault(
    tree: &ImageTree<'_>,
    (by, name, real): (Asker, &str, &str),
    target: &Target,
) -> Option<Finding> {
    let program = tree.program(real)?;
    if program.cpu != target.cpu {
        let reason = format!("it is for {}, and the image for {}", program.cpu, target.cpu);
        return Some(Finding::Foreign { by, path: real.to_owned(), reason, of_base: true });
    }
    let lacks = |library: &str| {
        let (program, library) = (name.to_owned(), library.to_owned());
        Some(Finding::BaseLibrary { by, program, library })
    };
    if let Some(loader) = program.interpreter.as_deref().filter(|loader| !tree.is_file(loader)) {
        return lacks(loader);
    }
    if program.needed.is_empty() {
        return None;
    }
    let libraries = libraries(tree);
    let mut waiting: Vec<&str> = program.needed.iter().map(String::as_str).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(needed) = waiting.pop() {
        let last = needed.rsplit('/').next().unwrap_or(needed);
        if !seen.insert(last) || is_loader(last, target) {
            continue;
        }
        let Some(path) = libraries.get(last) else { return lacks(last) };
        let found = tree.real(&format!("/{path}")).and_then(|real| tree.program(&real));
        waiting.extend(found.into_iter().flat_map(|library| &library.needed).map(String::as_str));
    }
    None
}

/// The base's libraries, by name.
fn libraries<'t>(tree: &ImageTree<'t>) -> BTreeMap<&'t str, &'t str> {
    let files = tree.base.iter().filter(|(_, node)| **node != BaseNode::Directory);
    let named = files.map(|(path, _)| (path.rsplit('/').next().unwrap_or(path), *path));
    named.filter(|(name, _)| name.contains(".so")).collect()
}

/// Why no kernel of the image's platform could run a program.
pub(super) fn foreign(bytes: &[u8], target: &Target) -> Option<String> {
    if let Some(binary) = elf::inspect(bytes) {
        return binary.check(target).err();
    }
    let system = fourply_platform::elf::other_system(bytes)?;
    Some(format!(
        "it is for {}, and the image for linux",
        if system == "win32" { "Windows" } else { "macOS" }
    ))
}

#[cfg(test)]
mod tests;
