//! A missing package under `nodeLinker: hoisted`, which may contain others. In: its slot, and the tree without it. Out:
//! the tree with everything that stays there.

use std::collections::BTreeMap;
use std::ops::Bound;

use fourply_pnpm::{Node, Slot, Tree};

/// Keeps nested packages and their commands; without any, removes its folder and the folders that only led to it.
pub(super) fn take_out(gone: Slot, tree: &mut Tree) {
    let lies_in = |dir: &str| gone.dir.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
    let holders = tree.slots.iter().enumerate().filter(|(_, slot)| lies_in(&slot.dir));
    let holder = holders.max_by_key(|(_, slot)| slot.dir.len()).map(|(at, _)| at);
    let dirs: Vec<String> = tree.slots.iter().map(|slot| slot.dir.clone()).collect();
    let is_empty = gone.nested.is_empty();
    let nodes = match holder.and_then(|at| tree.slots.get_mut(at)) {
        Some(holder) => {
            holder.nested.remove(&gone.dir);
            holder.nested.extend(gone.nested);
            &mut holder.nodes
        }
        None => &mut tree.links,
    };
    if is_empty {
        remove_empty_above(&gone.dir, nodes, &dirs);
    } else {
        nodes.insert(gone.dir, Node::Directory);
        nodes.extend(gone.nodes);
    }
}

fn remove_empty_above(dir: &str, nodes: &mut BTreeMap<String, Node>, slots: &[String]) {
    let mut folder = dir;
    while let Some((above, _)) = folder.rsplit_once('/') {
        let below = format!("{above}/");
        let first = nodes.range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded)).next();
        let holds = first.is_some_and(|(path, _)| path.starts_with(&below))
            || slots.iter().any(|slot| slot.starts_with(&below));
        if holds || nodes.get(above) != Some(&Node::Directory) {
            return;
        }
        nodes.remove(above);
        folder = above;
    }
}

#[cfg(test)]
mod tests;
