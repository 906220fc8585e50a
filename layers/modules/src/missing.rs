//! Optional packages that cannot be fetched. In: a closure, and what is missing of it. Out: both as pnpm installs them without these. What
//! pnpm makes of them is its rule; nothing is looked at here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::rules::FailedFetch;
use fourply_pnpm::{Closure, DepPath, Node, PackageContents, Tree, package_dirs};
use fourply_store::PackBuilder;

use crate::{ModulesError, PlanRequest};

/// What stays of packages that are missing.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// Packages whose links stay.
    linked: BTreeSet<DepPath>,
    /// Folders that stay empty.
    folders: BTreeSet<String>,
}

/// Takes the missing packages out of the closure, as far as the rules do, with a warning for each.
///
/// # Errors
/// A closure that has no layout.
pub(crate) fn leave_out(
    request: &PlanRequest<'_>,
    closure: &mut Closure,
    missing: &BTreeMap<DepPath, String>,
) -> Result<Remains, ModulesError> {
    let mut remains = Remains::default();
    if missing.is_empty() {
        return Ok(remains);
    }
    let dirs = package_dirs(request.workspace, closure)?;
    let virtual_store = format!("{}/", request.workspace.settings.folders.virtual_store_dir);
    for (package, reason) in missing {
        let outcome = match request.workspace.rules.closure.failed_fetch {
            FailedFetch::LinksStay => {
                remains.linked.insert(package.clone());
                "its links lead nowhere"
            }
            FailedFetch::FolderStays => {
                let slots = dirs.get(package).into_iter().flatten();
                let slots = slots.filter(|dir| dir.starts_with(virtual_store.as_str()));
                let slots = slots.filter_map(|dir| dir.rsplit_once("/node_modules/"));
                remains.folders.extend(slots.map(|(slot, _)| slot.to_owned()));
                closure.leave_out(package, reason.clone());
                "is left out"
            }
            FailedFetch::LeftOut => {
                closure.leave_out(package, reason.clone());
                "is left out"
            }
        };
        request.host.warn(&format!("{package} is optional and cannot be fetched, so {outcome}: {reason}"));
    }
    Ok(remains)
}

impl Remains {
    /// The packages that have files.
    pub(crate) fn present<'a>(&self, closure: &'a Closure) -> Cow<'a, Closure> {
        let mut present = Cow::Borrowed(closure);
        for package in &self.linked {
            present.to_mut().packages.remove(package);
        }
        present
    }

    /// Gives packages whose links stay no files.
    ///
    /// # Errors
    /// A store that cannot be written.
    pub(crate) fn fill(
        &self,
        request: &PlanRequest<'_>,
        contents: &mut PackageContents,
    ) -> Result<(), ModulesError> {
        for package in &self.linked {
            let pack = PackBuilder::spooling(request.host.store()).save(request.host.store())?;
            contents.0.insert(package.clone(), pack);
        }
        Ok(())
    }

    /// Leaves of the slots what is not the package, and adds the folders that stay.
    pub(crate) fn apply(&self, tree: &mut Tree) {
        let (gone, stay) = std::mem::take(&mut tree.slots)
            .into_iter()
            .partition::<Vec<_>, _>(|slot| self.linked.contains(&slot.dep_path));
        tree.slots = stay;
        for slot in gone {
            let inside = format!("{}/", slot.package_dir);
            let folders = [(slot.modules(), Node::Directory), (slot.dir, Node::Directory)];
            let nodes = slot
                .nodes
                .into_iter()
                .filter(|(path, _)| *path != slot.package_dir && !path.starts_with(&inside));
            tree.links.extend(nodes.chain(folders));
        }
        for slot in &self.folders {
            for folder in [slot.clone(), format!("{slot}/node_modules")] {
                tree.links.entry(folder).or_insert(Node::Directory);
            }
        }
    }
}
