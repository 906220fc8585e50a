//! Optional packages that cannot be fetched. In: a closure, and its missing packages. Out: both, as pnpm installs them
//! without these. pnpm's rules decide what happens to them; nothing is fetched here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::rules::FailedFetch;
use fourply_pnpm::{Closure, DepPath, Node, NodeLinker, PackageContents, Slot, Tree};
use fourply_store::PackBuilder;

use crate::{ModulesError, PlanRequest};

mod hoisted;

/// The remains of missing packages.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// Packages with a folder and links to their dependencies, but without files.
    empty: BTreeSet<DepPath>,
    /// Missing packages that have a folder but no link to it, and packages that lost such a link.
    pub(crate) lacking: BTreeSet<DepPath>,
}

/// Removes the missing packages from the closure where the rules do, with a warning for each.
pub(crate) fn leave_out(
    request: &PlanRequest<'_>,
    closure: &mut Closure,
    missing: &BTreeMap<DepPath, String>,
) -> Remains {
    let mut remains = Remains::default();
    let hoisted = request.workspace.settings.node_linker == NodeLinker::Hoisted;
    for (package, reason) in missing {
        let outcome = match request.workspace.rules.closure.failed_fetch {
            FailedFetch::LinksStay => {
                remains.empty.insert(package.clone());
                if hoisted { "is left out" } else { "its links are dangling" }
            }
            FailedFetch::FolderStays if !hoisted => {
                remains.lacking.extend(closure.cut_off(package));
                remains.lacking.insert(package.clone());
                remains.empty.insert(package.clone());
                "is left out"
            }
            FailedFetch::FolderStays | FailedFetch::LeftOut => {
                closure.leave_out(package, reason.clone());
                "is left out"
            }
        };
        request.host.warn(&format!("{package} is optional and cannot be fetched, so {outcome}: {reason}"));
    }
    if !missing.is_empty() && !hoisted {
        closure.drop_unreached(&remains.empty);
    }
    remains
}

impl Remains {
    /// The packages with files.
    pub(crate) fn present<'a>(&self, closure: &'a Closure) -> Cow<'a, Closure> {
        let mut present = Cow::Borrowed(closure);
        for package in &self.empty {
            present.to_mut().packages.remove(package);
        }
        present
    }

    /// Gives packages that keep their folder an empty archive.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(crate) fn fill(
        &self,
        request: &PlanRequest<'_>,
        contents: &mut PackageContents,
    ) -> Result<(), ModulesError> {
        for package in &self.empty {
            let pack = PackBuilder::spooling(request.host.store()).save(request.host.store())?;
            contents.0.insert(package.clone(), pack);
        }
        Ok(())
    }

    /// Reduces the slots of missing packages to their links.
    pub(crate) fn apply(&self, tree: &mut Tree) {
        // Nested packages come after the packages around them.
        for at in (0..tree.slots.len()).rev() {
            if tree.slots.get(at).is_none_or(|slot| !self.empty.contains(&slot.dep_path)) {
                continue;
            }
            let slot = tree.slots.remove(at);
            if slot.dir == slot.package_dir {
                hoisted::take_out(slot, tree);
            } else {
                keep_links(slot, tree);
            }
        }
    }
}

/// The links next to the package, and their folder.
fn keep_links(slot: Slot, tree: &mut Tree) {
    let inside = format!("{}/", slot.package_dir);
    let folders = [(slot.modules(), Node::Directory), (slot.dir, Node::Directory)];
    let nodes = slot.nodes.into_iter();
    let nodes = nodes.filter(|(path, _)| *path != slot.package_dir && !path.starts_with(&inside));
    tree.links.extend(nodes.chain(folders));
}
