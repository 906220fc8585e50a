//! Files for metadata that a base has behind links, such as `/etc/passwd` leading to `/opt/passwd`. In: the merged tree
//! and its layers. Out: the names of the files with wanted contents, and the real paths of databases. No layer is read
//! here.

use std::collections::BTreeSet;

use super::TreeKind;
use super::layer::{AddedPath, LayerContents, file_name, is_database};
use super::tree::FileTree;
use super::walk::{End, walk};
use crate::certificates::has_ending;
use crate::paths::{CERTIFICATE_LINKS, LOCAL_CERTIFICATES};

/// The files with fixed names.
const FILES: [&str; 16] = [
    "etc/passwd",
    "etc/group",
    "etc/shadow",
    "etc/gshadow",
    "etc/os-release",
    "usr/lib/os-release",
    "lib/apk/db/installed",
    "lib/apk/db/triggers",
    "lib/apk/db/scripts.tar",
    "etc/apk/world",
    "etc/apk/repositories",
    "var/lib/dpkg/status",
    "var/lib/dpkg/diversions",
    crate::CERTIFICATE_BUNDLE,
    "etc/ca-certificates.conf",
    "etc/ld.so.conf",
];

/// The names of those files whose contents were not kept because they are elsewhere, and of the files that they are
/// hard links to.
pub(super) fn names<'l>(
    tree: &FileTree,
    layers: impl Iterator<Item = &'l LayerContents> + Clone,
) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = lost(tree).map(|real| file_name(&real).to_owned()).collect();
    loop {
        let added = layers.clone().flat_map(|layer| &layer.added);
        let targets = added.filter_map(|(path, added)| match added {
            AddedPath::Hardlink(target) if names.contains(file_name(path)) => Some(file_name(target)),
            _ => None,
        });
        let more: Vec<String> =
            targets.filter(|target| !names.contains(*target)).map(str::to_owned).collect();
        if more.is_empty() {
            return names;
        }
        names.extend(more);
    }
}

/// The real paths of the files whose contents were not kept.
pub(super) fn lost(tree: &FileTree) -> impl Iterator<Item = String> {
    let real = FILES.iter().filter_map(|path| real_path(tree, path)).chain(certificates(tree));
    real.filter(|real| !tree.contents.contains_key(real))
}

/// The real paths of package managers' files.
pub(super) fn databases(tree: &FileTree) -> impl Iterator<Item = String> {
    let files = FILES.iter().filter(|path| is_database(path)).filter_map(|path| real_path(tree, path));
    files.chain(certificates(tree))
}

/// The real paths of a base's certificates: those added locally, and those next to links to certificates.
fn certificates(tree: &FileTree) -> impl Iterator<Item = String> {
    let below = |folder: &str| tree.entries.range(format!("{folder}/")..format!("{folder}0"));
    let own = below(LOCAL_CERTIFICATES);
    let beside = below(CERTIFICATE_LINKS).filter(|(path, _)| has_ending(path));
    let files = own.chain(beside).filter(|(_, entry)| entry.kind != TreeKind::Directory);
    files.filter_map(|(path, _)| real_path(tree, path))
}

fn real_path(tree: &FileTree, path: &str) -> Option<String> {
    match walk(&tree.entries, path, true) {
        End::Found(real) => {
            let kind = tree.entries.get(&real).map(|entry| &entry.kind);
            matches!(kind, Some(TreeKind::File(_))).then_some(real)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
