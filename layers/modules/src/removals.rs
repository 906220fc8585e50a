//! The files of a tree that the image leaves out, as a list: the output of `fourply tree --pruned`.

use std::fmt;

use fourply_pnpm::{Slot, Tree};
use fourply_store::{Store, StoreError};
use rayon::prelude::*;

use crate::{Prune, PruneRule};

/// One file that the image leaves out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removal {
    /// Relative to the workspace's root.
    pub path: String,
    /// The rule that removes it.
    pub rule: PruneRule,
    /// The file's size in bytes.
    pub size: u64,
}

impl fmt::Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.path, self.rule.name(), self.size)
    }
}

/// Every file of a tree that `prune` leaves out, sorted by path.
///
/// # Errors
/// An archive that is missing or damaged.
pub fn removals(tree: &Tree, store: &Store, prune: &Prune) -> Result<Vec<Removal>, StoreError> {
    let of_slots = tree.slots.par_iter().map(|slot| of_slot(store, prune, slot));
    let mut all = of_slots.collect::<Result<Vec<_>, _>>()?.concat();
    all.sort();
    Ok(all)
}

fn of_slot(store: &Store, prune: &Prune, slot: &Slot) -> Result<Vec<Removal>, StoreError> {
    let pack = store.open_pack(&slot.pack)?;
    let removals = prune.removals(store, &pack, &slot.dep_path)?.into_iter().map(|(path, rule)| {
        let size = pack.find(&path).map_or(0, |entry| entry.size());
        Removal { path: format!("{}/{path}", slot.package_dir), rule, size }
    });
    Ok(removals.collect())
}
