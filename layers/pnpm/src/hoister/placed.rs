//! Where each package lies once all have moved. In: the work. Out: [`Place`]s.
//!
//! Source: `shrinkTree` of `@yarnpkg/nm`; `fetchDeps` of pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/lockfileToHoistedDepGraph.ts.

use std::collections::VecDeque;

use super::budget::check_depth;
use super::graph::{ROOT, Subject};
use super::work::{Work, WorkId};
use crate::{DepPath, ImporterId, LayoutError};

/// A package in a node_modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The importer in whose node_modules it lies, or that of one of these below.
    pub(crate) importer: ImporterId,
    /// The names of the directories on the way, its own the last: `x` or `y`, `x` for `node_modules/y/node_modules/x`.
    pub(crate) path: Vec<String>,
    pub(crate) package: DepPath,
}

/// How many places there may be: far more than any install has.
const MOST: usize = 2_000_000;

/// A node that may have others below it.
struct Branch {
    importer: ImporterId,
    path: Vec<String>,
    /// The nodes from the root on.
    above: Vec<WorkId>,
}

/// The places, level by level.
///
/// # Errors
/// Too many of them, or too deep.
pub(super) fn places(
    work: &mut Work<'_>,
    installed: &dyn Fn(&DepPath) -> bool,
) -> Result<Vec<Place>, LayoutError> {
    let mut places = Vec::new();
    let root = Branch { importer: ImporterId::root(), path: Vec::new(), above: vec![ROOT] };
    let mut branches = VecDeque::from([root]);
    while let Some(branch) = branches.pop_front() {
        let Some(node) = branch.above.last().copied() else { continue };
        check_depth(branch.above.len())?;
        for child in work.regular(node) {
            // A package that lies in itself further up has nothing of its own there.
            let leaf = branch.above.contains(&child);
            let mut above = branch.above.clone();
            above.push(child);
            match &work.of(child).subject {
                Subject::Importer(id) if node == ROOT => {
                    branches.push_back(Branch { importer: id.clone(), path: Vec::new(), above });
                }
                Subject::Package(package) if installed(package) && child != node => {
                    let mut path = branch.path.clone();
                    path.push(work.graph.texts.text(work.of(child).name).to_owned());
                    places.push(Place {
                        importer: branch.importer.clone(),
                        path: path.clone(),
                        package: package.clone(),
                    });
                    if !leaf {
                        branches.push_back(Branch { importer: branch.importer.clone(), path, above });
                    }
                }
                Subject::Importer(_) | Subject::Package(_) | Subject::Link => {}
            }
        }
        work.budget.spend(branch.above.len())?;
        if places.len() > MOST {
            return Err(LayoutError::TooEntangled);
        }
    }
    Ok(places)
}
