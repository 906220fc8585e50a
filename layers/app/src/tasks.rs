//! What a build runs: the scripts of each package, and what they wait for. In: what was asked for, package.json files, turbo's graph where
//! the workspace has one. Out: for each package its scripts in their order. Nothing runs here.
//!
//! Packages wait for their dependencies in any case (`order`); a task of turbo's may wait for packages beyond these.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{ImporterId, Manifest, Workspace};

use crate::Result;
use crate::task::{Task, TurboNotes, TurboTasks};
use crate::turbo::{TurboCache, tasks};

/// What a build is asked to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptChoice {
    /// The script of this name, with the tasks that turbo.json has before it.
    Named(String),
    /// These scripts of each package, one after the other. turbo.json is not read.
    Listed(Vec<String>),
    /// A command of the workspace's root in place of the packages' own scripts. `{path}` and `{name}` are the service's.
    Command(String),
}

impl ScriptChoice {
    /// The script that makes the outputs.
    pub fn main(&self) -> &str {
        match self {
            ScriptChoice::Named(name) => name,
            ScriptChoice::Listed(names) => names.last().map_or(USUAL, String::as_str),
            ScriptChoice::Command(_) => USUAL,
        }
    }
}

/// The script that makes the outputs where nobody says another.
const USUAL: &str = "build";

/// See the module.
#[derive(Debug, Clone)]
pub struct Tasks {
    /// What each package runs that has it, in this order.
    usual: Vec<String>,
    /// What these packages run instead.
    own: BTreeMap<ImporterId, Vec<String>>,
    /// Tasks of other packages that a task waits for.
    waits: BTreeMap<Task, BTreeSet<Task>>,
    /// Runs in the root in place of scripts.
    command: Option<String>,
    turbo: TurboNotes,
}

impl Default for Tasks {
    /// The usual script of every package that has it.
    fn default() -> Tasks {
        Tasks::of_turbo(USUAL.to_owned(), TurboTasks::default())
    }
}

impl Tasks {
    /// What building `service` runs, with `projects` before it. turbo.json files are read unless `turbo` holds them.
    ///
    /// # Errors
    /// [`AppError::Turbo`].
    pub fn new(
        workspace: &Workspace,
        service: &ImporterId,
        projects: &[ImporterId],
        choice: &ScriptChoice,
        turbo: &TurboCache,
    ) -> Result<Tasks> {
        let main = choice.main().to_owned();
        match choice {
            ScriptChoice::Listed(usual) => Ok(Tasks { usual: usual.clone(), ..Tasks::default() }),
            ScriptChoice::Command(command) => {
                let name = workspace.manifests.get(service).and_then(|manifest| manifest.name.clone());
                let command = command.replace("{path}", &quoted(service.as_str()));
                let command = command.replace("{name}", name.as_deref().unwrap_or_default());
                Ok(Tasks { usual: vec![main], command: Some(command), ..Tasks::default() })
            }
            ScriptChoice::Named(_) => {
                let files = turbo.files(&workspace.root, &workspace.manifests)?;
                let found = files.map(|files| tasks(&files, service, projects, &main)).transpose()?;
                Ok(Tasks::of_turbo(main, found.unwrap_or_default()))
            }
        }
    }

    fn of_turbo(main: String, found: TurboTasks) -> Tasks {
        let mut own: BTreeMap<ImporterId, Vec<String>> =
            found.excluded.into_iter().map(|package| (package, Vec::new())).collect();
        for task in found.order {
            own.entry(task.package).or_default().push(task.script);
        }
        Tasks { usual: vec![main], own, waits: found.waits, command: None, turbo: found.notes }
    }

    /// The script that makes the outputs.
    pub(crate) fn main(&self) -> &str {
        self.usual.last().map_or(USUAL, String::as_str)
    }

    /// Whether its name is the one where nobody names a script.
    pub(crate) fn is_usual(&self) -> bool {
        self.main() == USUAL
    }

    /// The scripts of a list; nothing where one script is named.
    pub(crate) fn listed(&self) -> &[String] {
        if self.usual.len() > 1 { &self.usual } else { &[] }
    }

    /// The command of the root that runs in place of scripts.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref()
    }

    /// Whether something runs for a service itself: one of its scripts, or the command.
    pub fn run_in(&self, service: &ImporterId, manifest: &Manifest) -> bool {
        self.command.is_some() || !self.of(service, manifest).is_empty()
    }

    /// What turbo.json says besides.
    pub(crate) fn turbo(&self) -> &TurboNotes {
        &self.turbo
    }

    /// The scripts of a package that run, in their order: those that its package.json has.
    pub(crate) fn of<'a>(&'a self, package: &ImporterId, manifest: &'a Manifest) -> Vec<&'a str> {
        let all = self.own.get(package).unwrap_or(&self.usual);
        all.iter().map(String::as_str).filter(|name| manifest.scripts.contains_key(*name)).collect()
    }

    /// The tasks of other packages that a task waits for.
    pub(crate) fn waits(&self, package: &ImporterId, script: &str) -> impl Iterator<Item = &Task> {
        let task = Task { package: package.clone(), script: script.to_owned() };
        self.waits.get(&task).into_iter().flatten()
    }

    /// Packages that others wait for, by who waits.
    pub(crate) fn edges(&self) -> BTreeMap<ImporterId, BTreeSet<ImporterId>> {
        let mut edges: BTreeMap<ImporterId, BTreeSet<ImporterId>> = BTreeMap::new();
        for (task, needed) in &self.waits {
            edges
                .entry(task.package.clone())
                .or_default()
                .extend(needed.iter().map(|task| task.package.clone()));
        }
        edges
    }

    /// Every package that tasks concern, whether or not the service depends on it. They have to be installed. The root is one of them where
    /// it has a task, or where the command runs in it.
    pub fn packages(&self) -> BTreeSet<ImporterId> {
        let root = self.command.is_some().then(ImporterId::root);
        let waits = self.waits.values().flatten().map(|task| task.package.clone());
        waits.chain(root).collect()
    }

    /// Files and folders outside of packages that scripts of the root, or the command that runs in it, name: for `node tools/gen.mjs` the folder
    /// `tools`, for `node gen.mjs` that file.
    pub(crate) fn root_files(&self, workspace: &Workspace) -> BTreeSet<String> {
        let root = ImporterId::root();
        let Some(manifest) = workspace.manifests.get(&root).filter(|_| self.packages().contains(&root))
        else {
            return BTreeSet::new();
        };
        let own = self.of(&root, manifest).into_iter().filter(|_| self.own.contains_key(&root));
        let events = own.flat_map(|name| [format!("pre{name}"), name.to_owned(), format!("post{name}")]);
        let mut texts: Vec<String> = events.filter_map(|name| manifest.scripts.get(&name).cloned()).collect();
        texts.extend(self.command.clone());
        let words = texts.iter().flat_map(|text| {
            text.split(|letter: char| letter.is_whitespace() || "\"'`;&|()=".contains(letter))
        });
        let paths = words.filter_map(ImporterId::new).filter(|path| !path.is_root());
        let there = paths.filter(|path| workspace.root.join(path.as_str()).exists());
        let outside = there.filter(|path| !path.as_str().split('/').any(|part| part == "node_modules"));
        let taken = outside.map(|path| match path.as_str().rsplit_once('/') {
            Some((folder, _)) if workspace.root.join(path.as_str()).is_file() => folder.to_owned(),
            _ => path.as_str().to_owned(),
        });
        taken.collect()
    }

    /// Whether a task of these packages waits for one of another.
    pub(crate) fn leaves(&self, packages: &BTreeSet<&ImporterId>) -> bool {
        let inside = |package: &ImporterId| packages.contains(package);
        self.waits
            .iter()
            .any(|(task, needed)| inside(&task.package) && needed.iter().any(|task| !inside(&task.package)))
    }

    /// What decides the build of these packages.
    pub(crate) fn inputs<'a>(&'a self, packages: &BTreeSet<&ImporterId>) -> TaskInputs<'a> {
        let inside = |package: &ImporterId| packages.contains(package);
        let waits = self.waits.iter().filter(|(task, _)| inside(&task.package));
        TaskInputs {
            usual: &self.usual,
            own: self
                .own
                .iter()
                .filter(|(package, _)| inside(package))
                .map(|(id, list)| (id.as_str(), list))
                .collect(),
            waits: waits
                .map(|(task, needed)| (task.text(), needed.iter().map(Task::text).collect()))
                .collect(),
            command: self.command.as_deref(),
        }
    }

    /// What runs, for people.
    pub(crate) fn text(&self) -> String {
        self.command.clone().unwrap_or_else(|| self.usual.join(", "))
    }
}

/// A path as one word of a shell.
fn quoted(path: &str) -> String {
    let plain = path.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./@+".contains(letter));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// What of tasks decides a build.
pub(crate) struct TaskInputs<'a> {
    usual: &'a [String],
    own: BTreeMap<&'a str, &'a Vec<String>>,
    waits: BTreeMap<String, Vec<String>>,
    command: Option<&'a str>,
}

fourply_blob::key_value!(TaskInputs<'a> { usual, own, waits, command });

#[cfg(test)]
mod tests;
