//! Resolves a world as real apk does. In: records of indexes (and of installed packages) and a world. Out: the packages
//! in the order of installation, or the reason why there is no solution, in apk's form. Nothing is read.
//!
//! apk decides name by name and never revises a decision. Constraints are propagated first: a provider that a
//! constraint excludes is disqualified, together with every package that needs it; names that all remaining providers
//! of a needed name depend on are needed too. Then the most needed and least ambiguous name gets its best provider. The
//! rules were found by running apk-tools 2.14: its own tests and its answers on real indexes are the tests of this
//! module.
//!
//! | part | what it holds |
//! |---|---|
//! | `problem` | what is to be solved |
//! | `graph` | names, who provides, needs and triggers them |
//! | `state` | constraints, and how they spread |
//! | `reconsider` | what they mean for a name |
//! | `discover` | which names and packages could matter |
//! | `decide` | the next name, and its provider |
//! | `prefer` | the better one of two providers |
//! | `order` | decisions → the order of installation |
//! | `explain` | the message if there is no solution |

mod decide;
mod discover;
mod explain;
mod graph;
mod order;
mod prefer;
mod problem;
mod reconsider;
mod state;

use graph::Graph;
pub(crate) use problem::{ApkCandidate, Problem};
use state::SolverState;

/// Solves: returns the positions of the packages among the candidates, in the order of installation.
///
/// # Errors
/// The conflicting packages, in apk's form.
pub(crate) fn solve(problem: &Problem<'_>) -> Result<Vec<usize>, String> {
    solve_in(&Graph::new(problem.candidates), problem)
}

fn solve_in(graph: &Graph<'_>, problem: &Problem<'_>) -> Result<Vec<usize>, String> {
    let mut world = problem.world.to_vec();
    // apk walks its world in the order of names, whose capitals count only where all else is the same.
    world.sort_by_cached_key(|dependency| (dependency.name.to_ascii_lowercase(), dependency.name.clone()));
    let mut state = SolverState::new(graph, problem);
    state.run(&world);
    let installs = order::order(&mut state, &world);
    match state.errors() {
        0 => Ok(installs),
        _ => Err(explain::explain(&state, &world, &installs)),
    }
}

#[cfg(test)]
mod tests;
