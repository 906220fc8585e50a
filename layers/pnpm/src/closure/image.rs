//! The content of a service's image. In: a workspace, a service. Out: its closure, in which every link to a workspace
//! package leads to a selected package.
//!
//! pnpm links folders that are on disk anyway. So some of its links lead to packages that it did not select: packages
//! that only the root depends on (`LinksOfRoot`), and their own dependencies. An image contains only what is selected,
//! so these packages are selected as well.

use std::collections::BTreeSet;

use super::closure;
use super::graph::{Closure, Dependency, Include};
use super::walk::Selected;
use crate::{ImporterId, PnpmError, Target, Workspace};

/// The production closure of a service, including everything that its links lead to.
///
/// # Errors
/// Those of [`closure`].
pub fn image_closure(
    workspace: &Workspace,
    service: &ImporterId,
    target: &Target,
) -> Result<Closure, PnpmError> {
    let mut roots = vec![service.clone()];
    loop {
        let found = closure(workspace, &roots, Include::Production, target)?;
        let more = left_out(workspace, &found);
        if more.is_empty() {
            return Ok(found);
        }
        // Each becomes an importer of the next closure, so the loop ends.
        roots.extend(more);
    }
}

/// The packages that links lead to and that are not selected.
fn left_out(workspace: &Workspace, closure: &Closure) -> BTreeSet<ImporterId> {
    let selected = Selected::new(workspace, Include::Production);
    let children = closure.packages.values().flat_map(|package| &package.children);
    let links = closure.direct.values().flatten().chain(children).filter_map(|(_, to)| match to {
        Dependency::Link(folder) => Some(selected.owner(folder)),
        Dependency::Package(_) => None,
    });
    links.filter(|id| workspace.knows(id) && !closure.importers.contains(id)).collect()
}
