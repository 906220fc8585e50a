//! Entry points of this module for fuzz targets.

use std::collections::BTreeMap;

use super::budget::ReadBudget;
use super::tree::FileTree;
use super::{TreeEntry, detect, layer};

/// Small, so that a growing layer is rejected before it is slow.
const BUDGET: u64 = 8 << 20;

/// The tree of these layers, as far as they are readable.
pub(crate) fn merged(layers: &[&[u8]]) -> BTreeMap<String, TreeEntry> {
    let budget = ReadBudget::of(BUDGET);
    let mut tree = FileTree::default();
    for bytes in layers {
        let Ok((contents, _)) = layer::read(*bytes, "layer", &budget) else { break };
        if tree.apply(&contents, "layer", &budget).is_err() {
            break;
        }
    }
    let _ = (detect::libc(&tree), detect::node_by_header(&tree), detect::node_by_package(&tree));
    let _ = detect::os_release(&tree);
    tree.entries
}
