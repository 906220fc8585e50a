//! The final location of each package. In: the work. Out: [`Place`]s.
//!
//! A child whose name is also a peer of its parent has no location, unless packages were hoisted depth first.
//!
//! Source: `shrinkTree` of `@yarnpkg/nm`; `fetchDeps` of pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/lockfileToHoistedDepGraph.ts.

use super::budget::check_depth;
use super::graph::{ROOT, Subject};
use super::work::{Work, WorkId};
use crate::rules::HoistWalk;
use crate::{Closure, DepPath, ImporterId, LayoutError};

/// A package in a node_modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The importer whose node_modules contains it, directly or nested.
    pub(crate) importer: ImporterId,
    /// The directory names on the way, its own last: `x` or `y`, `x` for `node_modules/y/node_modules/x`.
    pub(crate) path: Vec<String>,
    pub(crate) package: DepPath,
    /// The number of nodes between it and the top.
    pub(crate) depth: usize,
}

/// The most locations: far more than any install has.
const MOST: usize = 2_000_000;

/// A location and the nodes from the root to it; for an importer, no location.
struct Branch {
    place: Option<Place>,
    importer: ImporterId,
    above: Vec<WorkId>,
}

/// The locations, depth first. Packages that are not installed are left out, with everything inside them.
///
/// # Errors
/// Too many locations, or too deep a nesting.
pub(super) fn places(
    work: &mut Work<'_>,
    closure: &Closure,
    walk: HoistWalk,
) -> Result<Vec<Place>, LayoutError> {
    let mut places = Vec::new();
    let root = Branch { place: None, importer: ImporterId::root(), above: vec![ROOT] };
    let mut stack = vec![root];
    while let Some(branch) = stack.pop() {
        let Some((node, above)) = branch.above.split_last() else { continue };
        check_depth(branch.above.len())?;
        work.budget.spend(branch.above.len())?;
        // A package inside itself has no dependencies of its own there.
        if !above.contains(node) {
            let children: Vec<WorkId> = match walk {
                HoistWalk::LevelByLevel => work.regular(*node).collect(),
                HoistWalk::DepthFirst => work.node(*node).dependencies.values().copied().collect(),
            };
            let below: Vec<Branch> =
                children.into_iter().filter_map(|child| branch.below(work, closure, child)).collect();
            stack.extend(below.into_iter().rev());
        }
        places.extend(branch.place);
        if places.len() > MOST {
            return Err(LayoutError::TooEntangled);
        }
    }
    Ok(places)
}

impl Branch {
    fn below(&self, work: &Work<'_>, closure: &Closure, child: WorkId) -> Option<Branch> {
        let mut above = self.above.clone();
        above.push(child);
        match &work.of(child).subject {
            Subject::Importer(id) if self.above.len() == 1 => {
                Some(Branch { place: None, importer: id.clone(), above })
            }
            Subject::Package(package)
                if closure.packages.contains_key(package) && self.above.last() != Some(&child) =>
            {
                let mut path = self.place.as_ref().map(|place| place.path.clone()).unwrap_or_default();
                path.push(work.graph.texts.text(work.of(child).name).to_owned());
                let (importer, depth) = (self.importer.clone(), above.len());
                let place = Place { importer, path, package: package.clone(), depth };
                Some(Branch { place: Some(place), importer: self.importer.clone(), above })
            }
            Subject::Importer(_) | Subject::Package(_) | Subject::Link => None,
        }
    }
}
