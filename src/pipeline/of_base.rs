//! What an image has of its base: variables, files, their size. In: the base. Out: values for the checks of an image.

use std::collections::{BTreeMap, BTreeSet};

use fourply_app::{BaseNode, BaseTree};
use fourply_base::{Base, is_hidden};
use fourply_rootfs::{DEFAULT_PATH, RootfsMetadata, TreeKind};

/// The variables of a container: the base's, and the image's own.
pub(super) fn variables(base: &Base, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let of_base = base.config.config().as_ref().and_then(|config| config.env().clone()).unwrap_or_default();
    let pair = |text: &String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut env = BTreeMap::from([("PATH".to_owned(), DEFAULT_PATH.to_owned())]);
    env.extend(of_base.iter().filter_map(pair));
    env.extend(own.clone());
    env
}

/// What an image has of its base.
pub(super) fn tree<'a>(rootfs: &'a RootfsMetadata, hidden: &BTreeSet<String>) -> BaseTree<'a> {
    rootfs
        .entries
        .iter()
        .filter(|(path, _)| !is_hidden(hidden, path))
        .map(|(path, entry)| {
            let node = match &entry.kind {
                TreeKind::Directory => BaseNode::Directory,
                TreeKind::Symlink(target) => BaseNode::Link(target),
                TreeKind::File(_) | TreeKind::Other => {
                    let executable = entry.mode & 0o111 != 0;
                    match &entry.program {
                        Some(program) => BaseNode::Program(executable, program),
                        None => BaseNode::File(executable),
                    }
                }
            };
            (path.as_str(), node)
        })
        .collect()
}

/// The bytes of a base's files.
pub(super) fn size(base: &Base) -> u64 {
    let size = |kind: &TreeKind| match kind {
        TreeKind::File(size) => *size,
        TreeKind::Directory | TreeKind::Symlink(_) | TreeKind::Other => 0,
    };
    base.rootfs.entries.values().map(|entry| size(&entry.kind)).sum()
}
