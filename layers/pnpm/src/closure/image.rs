//! What the image of a service holds. In: a workspace, a service. Out: its closure, in which every link to a package of the workspace leads to a
//! package that takes part.
//!
//! pnpm links folders that lie on disk in any case, so some of its links lead to packages that it did not select: what only the root depends on
//! (`LinksOfRoot`), and what such a package depends on in turn. An image has nothing but what is selected, so these are selected as well.

use std::collections::BTreeSet;

use super::closure;
use super::graph::{Closure, Dependency, Include};
use super::walk::Selected;
use crate::{ImporterId, PnpmError, Target, Workspace};

/// The production closure of a service, with all that its links lead to.
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
        // Each is an importer of the next closure, so that there is an end.
        roots.extend(more);
    }
}

/// The packages that links lead to and that do not take part themselves.
fn left_out(workspace: &Workspace, closure: &Closure) -> BTreeSet<ImporterId> {
    let selected = Selected::new(workspace, Include::Production);
    let children = closure.packages.values().flat_map(|package| &package.children);
    let links = closure.direct.values().flatten().chain(children).filter_map(|(_, to)| match to {
        Dependency::Link(folder) => Some(selected.owner(folder)),
        Dependency::Package(_) => None,
    });
    links.filter(|id| workspace.knows(id) && !closure.importers.contains(id)).collect()
}
