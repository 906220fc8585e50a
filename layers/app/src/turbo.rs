//! turbo's graph of tasks. In: turbo.json files, package.json files. Out: the tasks that turbo would run to build one service, in order, and
//! what turbo.json says of their outputs, variables and inputs. Nothing runs here, and turbo's caches are not part of a build.
//!
//! Rules as observed with turbo 2 (`turbo run build --filter=SERVICE... --dry=json`), shapes from turborepo.com/docs/reference/configuration:
//!
//! - `^task` is the task of each workspace package among dependencies, devDependencies and optionalDependencies; `package#task` that of one
//!   package; `//#task` that of the root; `task` another of the same package.
//! - A task has to be defined in `tasks` (`pipeline` before version 2) of the root's turbo.json, as `task` or `package#task`, or in the
//!   package's own.
//! - A task whose package has no such script does nothing, and what it waits for still comes first.
//!
//! One thing differs: tasks that only look at files (lint, test, typecheck …) are treated as if the package had no such script.

mod config;
mod graph;

use std::collections::BTreeMap;
use std::path::Path;

use fourply_pnpm::{ImporterId, Manifest};

use crate::Result;
use crate::tasks::TurboTasks;
use config::TurboConfig;
use graph::Graph;

/// Names that a package may stand for the root with.
const ROOT: &str = "//";

/// The turbo.json files of a workspace, and its packages.
pub(crate) struct Turbo<'a> {
    manifests: &'a BTreeMap<ImporterId, Manifest>,
    names: BTreeMap<&'a str, &'a ImporterId>,
    whole: TurboConfig,
    own: BTreeMap<&'a ImporterId, TurboConfig>,
}

impl<'a> Turbo<'a> {
    /// Reads turbo.json of the root and of each package; nothing where the root has none.
    ///
    /// # Errors
    /// [`AppError::Turbo`](crate::AppError::Turbo) for one that is no JSON with comments.
    pub(crate) fn read(
        root: &Path,
        manifests: &'a BTreeMap<ImporterId, Manifest>,
    ) -> Result<Option<Turbo<'a>>> {
        let Some(whole) = TurboConfig::read(root, &ImporterId::root())? else { return Ok(None) };
        let mut own = BTreeMap::new();
        for package in manifests.keys().filter(|package| !package.is_root()) {
            if let Some(config) = TurboConfig::read(root, package)? {
                own.insert(package, config);
            }
        }
        let names = manifests.iter().filter_map(|(id, manifest)| Some((manifest.name.as_deref()?, id)));
        Ok(Some(Turbo { manifests, names: names.collect(), whole, own }))
    }

    /// The tasks that build `service`, and before it `projects` and the workspace packages that they need, by the script `main`; nothing where
    /// no turbo.json has a task of that name.
    ///
    /// # Errors
    /// [`AppError::Turbo`](crate::AppError::Turbo): a cycle, a task or package that is not there.
    pub(crate) fn tasks(
        &self,
        service: &ImporterId,
        projects: &[ImporterId],
        main: &str,
    ) -> Result<TurboTasks> {
        let mut graph = Graph::new(self);
        graph.begin(service, projects, main)?;
        let mut tasks = graph.finish()?;
        tasks.notes.outputs = self.outputs(service, main);
        tasks.notes.inputs.extend(self.whole.strings("globalDependencies"));
        tasks.notes.env.extend(self.whole.strings("globalEnv"));
        Ok(tasks)
    }

    /// The configurations that define a task of a package, the nearest first, each with the name of the task there.
    fn definitions(&self, package: &ImporterId, task: &str) -> Vec<(&TurboConfig, String)> {
        let name = match package.is_root() {
            true => ROOT,
            false => {
                self.manifests.get(package).and_then(|manifest| manifest.name.as_deref()).unwrap_or_default()
            }
        };
        let own = self.own.get(package);
        let extended = own.into_iter().flat_map(|own| own.strings("extends"));
        let extended = extended.filter_map(|name| self.own.get(*self.names.get(name.as_str())?));
        let mut found: Vec<_> =
            own.into_iter().chain(extended).map(|config| (config, task.to_owned())).collect();
        found.push((&self.whole, format!("{name}#{task}")));
        if !package.is_root() {
            found.push((&self.whole, task.to_owned()));
        }
        found.retain(|(config, task)| config.task(task).is_some());
        found
    }

    /// A list of a task's, by the nearest configuration that has it.
    fn list(&self, package: &ImporterId, task: &str, key: &str) -> Vec<String> {
        let definitions = self.definitions(package, task);
        definitions.iter().find_map(|(config, task)| config.list_of(task, key)).unwrap_or_default()
    }

    /// Of the patterns of what a task makes, those that lie in the package.
    fn outputs(&self, package: &ImporterId, task: &str) -> Vec<String> {
        let inside = |text: &String| {
            let path = text.trim_start_matches('!');
            let leaves = path.starts_with(['/', '$']) || path.split('/').any(|part| part == "..");
            // What no image needs.
            let of_tools =
                [".turbo", "coverage", "node_modules", ".cache"].iter().any(|name| path.starts_with(name));
            !leaves && !of_tools && !path.ends_with(".tsbuildinfo")
        };
        self.list(package, task, "outputs").into_iter().filter(inside).collect()
    }
}

#[cfg(test)]
mod tests;
