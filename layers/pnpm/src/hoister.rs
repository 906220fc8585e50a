//! Hoisting as `nodeLinker: hoisted` does it: which package lies in which node_modules, as a real directory.
//!
//! In: a workspace's lockfile, a closure. Out: [`Place`]s. It must not know of files, commands or links.
//!
//! Optional packages that are skipped take part all the same.
//!
//! `lockfile` (the lockfile as a graph) → `work` (a copy that is changed) → `rounds` or, for some versions, `depth_first` (packages move up until
//! none can) → `placed` (where each lies in the end). `preference` says which version of a name goes up first, `used` which names a node_modules takes from above it, `verdict`
//! whether one package may move.
//!
//! Source: `hoist` of the npm package `@yarnpkg/nm` and pnpm's wrapper, pnpm/pnpm@d22a3f65ee pkg-manager/real-hoist/src/index.ts; the places:
//! pkg-manager/headless/src/lockfileToHoistedDepGraph.ts, fetchDeps. The order of every list is part of the outcome.

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

/// Where the packages of a closure lie, depth first.
///
/// # Errors
/// A lockfile whose packages are nested too deeply, or that takes too long.
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
