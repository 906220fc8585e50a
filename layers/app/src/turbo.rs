//! turbo's task graph. In: turbo.json files, package.json files. Out: the tasks that turbo would run to build one
//! service, in order, with their outputs, variables and inputs in turbo.json. Nothing runs here, and turbo's caches are
//! not part of a build.
//!
//! Rules as observed with turbo 2 (`turbo run build --filter=SERVICE... --dry=json`), shapes from
//! turborepo.com/docs/reference/configuration:
//!
//! - `^task` is the task of each workspace package among dependencies, devDependencies and optionalDependencies;
//!   `package#task` that of one package; `//#task` that of the root; `task` another task of the same package.
//! - A task must be defined in `tasks` (`pipeline` before version 2) of the root's turbo.json, as `task` or
//!   `package#task`, or in the package's own.
//! - A task whose package has no such script does nothing, but the tasks that it waits for still run first.
//!
//! - A package's own `"extends": false`, without another key, removes the task for that package; with other keys, the
//!   task starts without the inherited ones. A reference to the package (`package#task`) runs it anyway.
//! - No task may wait for a `persistent` task.
//!
//! There are two differences: tasks that only check files (lint, test, typecheck …) are treated as if the package had
//! no such script, and `with` is not followed: turbo runs those in parallel, so no build can depend on them.

mod config;
mod files;
mod graph;

use fourply_pnpm::ImporterId;

use crate::Result;
use crate::task::{Task, TurboTasks};
pub use files::TurboCache;
pub(crate) use files::TurboFiles;
use graph::Graph;

/// The tasks that build `service`, and before it `projects` and the workspace packages that they need, with the script
/// `main`; `None` if no turbo.json has a task of that name.
///
/// # Errors
/// [`AppError::Turbo`](crate::AppError::Turbo) for a cycle, or a missing task or package.
pub(crate) fn tasks(
    files: &TurboFiles<'_>,
    service: &ImporterId,
    projects: &[ImporterId],
    main: &str,
) -> Result<TurboTasks> {
    let mut graph = Graph::new(files);
    graph.begin(service, projects, main)?;
    let mut tasks = graph.finish()?;
    let first = Task { package: service.clone(), script: main.to_owned() };
    for Task { package, script } in tasks.order.iter().filter(|task| **task != first).chain([&first]) {
        let outputs = files.outputs(package, script)?;
        tasks.notes.outputs.entry(package.clone()).or_default().extend(outputs);
    }
    tasks.notes.inputs.extend(files.whole.strings("globalDependencies"));
    tasks.notes.env.extend(files.whole.strings("globalEnv"));
    Ok(tasks)
}

#[cfg(test)]
mod tests;
