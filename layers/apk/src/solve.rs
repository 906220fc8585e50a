//! Which packages a world needs, as real apk answers. Comes in: records of indexes (and of what is installed) and a world.
//! Goes out: the packages in the order in which they are installed, or why there are none, in apk's form. Nothing is read.
//!
//! apk decides name by name and never takes a decision back. Constraints are spread first: a provider that a constraint
//! rules out is disqualified, and with it whoever cannot do without it; what all remaining providers of a needed name
//! depend on is needed too. Then the name that is the most needed and the least ambiguous gets its best provider. The rules
//! were found by asking apk-tools 2.14: its own tests and what it answers on real indexes are the tests of this module.
//!
//! | part | what it holds |
//! |---|---|
//! | `problem` | what is to be solved |
//! | `graph` | names, who provides, needs and triggers them |
//! | `state` | constraints, and how they spread |
//! | `reconsider` | what they mean for a name |
//! | `discover` | which names and packages could matter |
//! | `decide` | which name is next, and what it gets |
//! | `prefer` | which of two providers is the better |
//! | `order` | decisions → the order of installation |
//! | `explain` | the message where there is no solution |

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

/// Solves: the places of the packages among the candidates, in the order of installation.
///
/// # Errors
/// Which packages cannot be together, in apk's form.
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
