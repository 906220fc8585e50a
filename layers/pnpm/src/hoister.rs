//! Hoisting under `nodeLinker: hoisted`: which package goes into which node_modules, as a real directory.
//!
//! In: a workspace's lockfile, a closure. Out: [`Place`]s. It does not know files, commands or links.
//!
//! Skipped optional packages are hoisted as well.
//!
//! `lockfile` (the lockfile as a graph) → `work` (a copy that changes) → `rounds` or, for some versions, `depth_first`
//! (packages move up until none can) → `placed` (the final location of each package). `preference` decides which
//! version of a name moves up first, `used` lists the names that a node_modules takes from above, and `verdict` decides
//! whether one package may move.
//!
//! Source: `hoist` of the npm package `@yarnpkg/nm` and pnpm's wrapper, pnpm/pnpm@d22a3f65ee
//! pkg-manager/real-hoist/src/index.ts; for the locations pkg-manager/headless/src/lockfileToHoistedDepGraph.ts,
//! fetchDeps. The order of every list matters for the result.

mod budget;
mod depth_first;
mod graph;
mod limits;
mod lockfile;
mod placed;
mod preference;
mod rounds;
mod text;
mod used;
mod verdict;
mod work;

pub(crate) use placed::Place;

use crate::rules::HoistWalk;
use crate::{Closure, LayoutError, Workspace};

/// The locations of a closure's packages, depth first.
///
/// # Errors
/// Packages that are nested too deeply, or a lockfile that takes too many steps.
pub(crate) fn places(workspace: &Workspace, closure: &Closure) -> Result<Vec<Place>, LayoutError> {
    let mut graph = lockfile::graph(workspace, closure);
    let borders = limits::borders(workspace, closure, &mut graph);
    let mut work = work::Work::new(&graph, &borders)?;
    let rules = &workspace.rules.hoisted;
    let walk = if borders.is_empty() { rules.walk } else { HoistWalk::LevelByLevel };
    match walk {
        HoistWalk::LevelByLevel => rounds::hoist(&mut work, rules)?,
        HoistWalk::DepthFirst => depth_first::hoist(&mut work, rules.preference)?,
    }
    placed::places(&mut work, closure, walk)
}

#[cfg(test)]
mod tests;
