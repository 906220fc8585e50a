//! From one task to all tasks that it waits for, in order. In: turbo.json files and packages. Out: tasks in order, or
//! an error with the file and the task.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::ImporterId;

use super::config::PERSISTENT;
use super::files::{ROOT, TurboFiles};
use crate::task::{Task, TurboNotes, TurboTasks};
use crate::{AppError, Result};

/// The most tasks in a graph.
const MOST: usize = 20_000;

/// Name prefixes of tasks that check files and create none.
const CHECKS: [&str; 7] = ["lint", "test", "typecheck", "type-check", "check-types", "check", "format"];

/// A graph, as far as it was followed.
pub(super) struct Graph<'a> {
    turbo: &'a TurboFiles<'a>,
    needs: BTreeMap<Task, BTreeSet<Task>>,
    excluded: BTreeSet<ImporterId>,
    notes: TurboNotes,
}

impl<'a> Graph<'a> {
    pub(super) fn new(turbo: &'a TurboFiles<'a>) -> Graph<'a> {
        Graph { turbo, needs: BTreeMap::new(), excluded: BTreeSet::new(), notes: TurboNotes::default() }
    }

    /// Follows the tasks `main` of `service` and `projects`, and of all their dependencies, if they are defined.
    pub(super) fn begin(&mut self, service: &ImporterId, projects: &[ImporterId], main: &str) -> Result<()> {
        let mut packages: Vec<ImporterId> = projects.iter().chain([service]).cloned().collect();
        let mut seen = BTreeSet::new();
        while let Some(package) = packages.pop() {
            if !seen.insert(package.clone()) {
                continue;
            }
            packages.extend(self.dependencies(&package));
            if package.is_root() {
                continue;
            }
            if self.turbo.excludes(&package, main) {
                self.excluded.insert(package);
            } else if !self.turbo.definitions(&package, main)?.is_empty() {
                self.follow(Task { package, script: main.to_owned() })?;
            }
        }
        Ok(())
    }

    fn follow(&mut self, first: Task) -> Result<()> {
        let mut waiting = vec![first];
        while let Some(task) = waiting.pop() {
            if self.needs.contains_key(&task) {
                continue;
            }
            let needs = self.needs_of(&task)?;
            waiting.extend(needs.iter().cloned());
            self.needs.insert(task, needs);
            if self.needs.len() > MOST {
                return Err(self.wrong(format!("it asks for more than {MOST} tasks")));
            }
        }
        Ok(())
    }

    /// The tasks that a task waits for.
    fn needs_of(&mut self, task: &Task) -> Result<BTreeSet<Task>> {
        let Task { package, script } = task;
        let mut found = BTreeSet::new();
        for text in self.turbo.list(package, script, "dependsOn")? {
            if let Some(variable) = text.strip_prefix('$') {
                self.notes.env.insert(variable.to_owned());
                continue;
            }
            let (packages, name) = match text.strip_prefix('^') {
                Some(name) => (self.dependencies(package), name),
                None => (BTreeSet::from([package.clone()]), text.as_str()),
            };
            match name.split_once('#') {
                // turbo treats `^package#task` as that one task.
                Some(_) if packages.is_empty() => {}
                Some((of, script)) => {
                    let package = self.package(of, task, &text)?;
                    found.insert(Task { package, script: script.to_owned() });
                }
                None => {
                    let wanted = packages.into_iter().filter(|package| !self.turbo.excludes(package, name));
                    found.extend(wanted.map(|package| Task { package, script: name.to_owned() }));
                }
            }
        }
        self.notes.env.extend(self.turbo.list(package, script, "env")?);
        let of_root = self.turbo.list(package, script, "inputs")?.into_iter();
        let of_root = of_root.filter_map(|text| Some(text.strip_prefix("$TURBO_ROOT$/")?.to_owned()));
        self.notes.inputs.extend(of_root);
        found.iter().try_for_each(|needed| self.check(needed, task))?;
        Ok(found)
    }

    fn package(&self, name: &str, task: &Task, text: &str) -> Result<ImporterId> {
        if name == ROOT {
            return Ok(ImporterId::root());
        }
        let found = self.turbo.names.get(name).map(|package| (*package).clone());
        found.ok_or_else(|| {
            self.of(task, format!("waits for {text:?}, and no package of the workspace is named {name:?}"))
        })
    }

    /// Checks that the task is defined and not persistent.
    fn check(&self, needed: &Task, by: &Task) -> Result<()> {
        let name = self.name(needed);
        if self.runs(needed) && self.turbo.flag(&needed.package, &needed.script, PERSISTENT)? {
            return Err(self.of(by, format!("waits for {name}, which is `{PERSISTENT}`: it never ends")));
        }
        if !self.turbo.definitions(&needed.package, &needed.script)?.is_empty() {
            return Ok(());
        }
        let keys = match needed.package.is_root() {
            true => format!("{name:?}"),
            false => format!("{:?} or {name:?}", needed.script),
        };
        Err(self.of(by, format!("waits for {name}, but `tasks` has no {keys}")))
    }

    /// The error of a task, with the file that defines its dependencies.
    fn of(&self, task: &Task, text: String) -> AppError {
        let definitions = self.turbo.definitions(&task.package, &task.script).unwrap_or_default();
        let found = definitions.iter().find(|(config, name)| config.list_of(name, "dependsOn").is_some());
        let path = found.map_or(&self.turbo.whole.path, |(config, _)| &config.path).clone();
        AppError::Turbo { path, reason: format!("the task {} {text}", self.name(task)) }
    }

    fn wrong(&self, reason: String) -> AppError {
        AppError::Turbo { path: self.turbo.whole.path.clone(), reason }
    }

    /// In turbo's form.
    fn name(&self, task: &Task) -> String {
        let manifest = self.turbo.manifests.get(&task.package);
        let name = manifest.and_then(|manifest| manifest.name.as_deref());
        let name = if task.package.is_root() { ROOT } else { name.unwrap_or(task.package.as_str()) };
        format!("{name}#{}", task.script)
    }

    /// The workspace packages that a package depends on, except itself. No package depends on the root.
    fn dependencies(&self, package: &ImporterId) -> BTreeSet<ImporterId> {
        let Some(manifest) = self.turbo.manifests.get(package) else { return BTreeSet::new() };
        let lists = [&manifest.dependencies, &manifest.dev_dependencies, &manifest.optional_dependencies];
        let names = lists.into_iter().flat_map(BTreeMap::keys);
        let found = names.filter_map(|name| self.turbo.names.get(name.as_str()));
        found.filter(|id| **id != package && !id.is_root()).map(|id| (*id).clone()).collect()
    }

    /// Sorts the tasks.
    pub(super) fn finish(self) -> Result<TurboTasks> {
        let order = self.order()?;
        // The tasks that run before a task: its dependencies; if one does nothing, its dependencies instead.
        let mut before: BTreeMap<&Task, BTreeSet<&Task>> = BTreeMap::new();
        let mut tasks = TurboTasks { excluded: self.excluded.clone(), ..TurboTasks::default() };
        for task in &order {
            let needed = self.needs.get(task).into_iter().flatten();
            let mut real = BTreeSet::new();
            for needed in needed {
                match self.runs(needed) {
                    true => drop(real.insert(needed)),
                    false => real.extend(before.get(needed).into_iter().flatten().copied()),
                }
            }
            if self.runs(task) {
                let others = real.iter().filter(|needed| needed.package != task.package);
                let others: BTreeSet<Task> = others.map(|needed| (*needed).clone()).collect();
                if !others.is_empty() {
                    tasks.waits.insert(task.clone(), others);
                }
                tasks.order.push(task.clone());
            }
            before.insert(task, real);
        }
        tasks.notes = self.notes;
        Ok(tasks)
    }

    /// Whether its package has such a script, and the script creates files.
    fn runs(&self, task: &Task) -> bool {
        let looks = CHECKS.iter().any(|check| {
            let rest = task.script.strip_prefix(check);
            rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()))
        });
        let manifest = self.turbo.manifests.get(&task.package);
        !looks && manifest.is_some_and(|manifest| manifest.scripts.contains_key(&task.script))
    }

    /// Each task after those that it waits for.
    fn order(&self) -> Result<Vec<Task>> {
        let mut open: BTreeMap<&Task, usize> =
            self.needs.iter().map(|(task, needs)| (task, needs.len())).collect();
        let mut waited: BTreeMap<&Task, Vec<&Task>> = BTreeMap::new();
        for (task, needs) in &self.needs {
            needs.iter().for_each(|needed| waited.entry(needed).or_default().push(task));
        }
        let mut ready: BTreeSet<&Task> =
            open.iter().filter(|(_, count)| **count == 0).map(|(task, _)| *task).collect();
        let mut order = Vec::new();
        while let Some(task) = ready.pop_first() {
            open.remove(task);
            order.push(task.clone());
            for waiting in waited.get(task).into_iter().flatten() {
                if let Some(count) = open.get_mut(*waiting) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(waiting);
                    }
                }
            }
        }
        match open.is_empty() {
            true => Ok(order),
            false => Err(self.cycle(&open)),
        }
    }

    /// The error for tasks that wait for each other, all of them in `open`.
    fn cycle(&self, open: &BTreeMap<&Task, usize>) -> AppError {
        let mut path: Vec<&Task> = open.keys().next().into_iter().copied().collect();
        loop {
            let last = path.last().and_then(|last| self.needs.get(*last));
            let next = last.into_iter().flatten().find(|needed| open.contains_key(needed));
            let Some(next) = next else { break };
            let seen = path.iter().position(|task| *task == next);
            path.push(next);
            if let Some(start) = seen {
                path.drain(..start);
                break;
            }
        }
        let names: Vec<String> = path.iter().map(|task| self.name(task)).collect();
        self.wrong(format!("tasks wait for each other by `dependsOn`: {}", names.join(" → ")))
    }
}
