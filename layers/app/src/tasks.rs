//! The scripts of a build: those of each package, and the tasks that they wait for. In: the request, package.json
//! files, turbo's graph if the workspace has one. Out: for each package its scripts in order. Nothing runs here.
//!
//! Packages always wait for their dependencies (`order`); a turbo task may wait for more packages.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{ImporterId, Manifest, Workspace};

use crate::Result;
use crate::task::{Task, TurboNotes, TurboTasks};
use crate::turbo::{TurboCache, tasks};

/// The requested scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptChoice {
    /// The script of this name, after its turbo.json tasks.
    Named(String),
    /// These scripts of each package, one after the other. turbo.json is not read.
    Listed(Vec<String>),
    /// A command of the workspace's root instead of the packages' own scripts. `{path}` and `{name}` are the service's.
    Command(String),
}

impl ScriptChoice {
    /// The script that builds the outputs.
    pub fn main(&self) -> &str {
        match self {
            ScriptChoice::Named(name) => name,
            ScriptChoice::Listed(names) => names.last().map_or(USUAL, String::as_str),
            ScriptChoice::Command(_) => USUAL,
        }
    }
}

/// The default build script.
const USUAL: &str = "build";

/// The scripts of a build.
#[derive(Debug, Clone)]
pub struct Tasks {
    /// The scripts that each package runs if it has them, in this order.
    usual: Vec<String>,
    /// The scripts of packages that differ.
    own: BTreeMap<ImporterId, Vec<String>>,
    /// Tasks of other packages that a task waits for.
    waits: BTreeMap<Task, BTreeSet<Task>>,
    /// Runs in the root instead of scripts.
    command: Option<String>,
    turbo: TurboNotes,
}

impl Default for Tasks {
    /// The default script of every package that has it.
    fn default() -> Tasks {
        Tasks::of_turbo(USUAL.to_owned(), TurboTasks::default())
    }
}

impl Tasks {
    /// The tasks for building `service`, with `projects` before it. turbo.json files are read unless `turbo` holds
    /// them.
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

    /// The script that builds the outputs.
    pub(crate) fn main(&self) -> &str {
        self.usual.last().map_or(USUAL, String::as_str)
    }

    /// Whether it is the default script.
    pub(crate) fn is_usual(&self) -> bool {
        self.main() == USUAL
    }

    /// The configured list of scripts; empty if one script is named.
    pub(crate) fn listed(&self) -> &[String] {
        if self.usual.len() > 1 { &self.usual } else { &[] }
    }

    /// The command of the root that runs instead of scripts.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref()
    }

    /// Whether a script of the service itself, or the command, runs.
    pub fn run_in(&self, service: &ImporterId, manifest: &Manifest) -> bool {
        self.command.is_some() || !self.of(service, manifest).is_empty()
    }

    /// Additional data of turbo.json.
    pub(crate) fn turbo(&self) -> &TurboNotes {
        &self.turbo
    }

    /// The scripts of a package that run, in order: those in its package.json.
    pub(crate) fn of<'a>(&'a self, package: &ImporterId, manifest: &'a Manifest) -> Vec<&'a str> {
        let all = self.own.get(package).unwrap_or(&self.usual);
        all.iter().map(String::as_str).filter(|name| manifest.scripts.contains_key(*name)).collect()
    }

    /// The tasks of other packages that a task waits for.
    pub(crate) fn waits(&self, package: &ImporterId, script: &str) -> impl Iterator<Item = &Task> {
        let task = Task { package: package.clone(), script: script.to_owned() };
        self.waits.get(&task).into_iter().flatten()
    }

    /// Packages that others wait for, by the waiting package.
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

    /// Every package with tasks, whether or not the service depends on it. They must be installed. The root is included
    /// if it has a task or the command runs in it.
    pub fn packages(&self) -> BTreeSet<ImporterId> {
        let root = self.command.is_some().then(ImporterId::root);
        let waits = self.waits.values().flatten().map(|task| task.package.clone());
        waits.chain(root).collect()
    }

    /// Files and folders outside packages that the root's scripts, or the command that runs in it, name: the folder
    /// `tools` for `node tools/gen.mjs`, the file itself for `node gen.mjs`.
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

    /// Whether a task of these packages waits for a task of another package.
    pub(crate) fn leaves(&self, packages: &BTreeSet<&ImporterId>) -> bool {
        let inside = |package: &ImporterId| packages.contains(package);
        self.waits
            .iter()
            .any(|(task, needed)| inside(&task.package) && needed.iter().any(|task| !inside(&task.package)))
    }

    /// The inputs of these packages' builds.
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

    /// The scripts, for display.
    pub(crate) fn text(&self) -> String {
        self.command.clone().unwrap_or_else(|| self.usual.join(", "))
    }
}

/// A path as one shell word.
fn quoted(path: &str) -> String {
    let plain = path.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./@+".contains(letter));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// The parts of tasks that are inputs of a build.
pub(crate) struct TaskInputs<'a> {
    usual: &'a [String],
    own: BTreeMap<&'a str, &'a Vec<String>>,
    waits: BTreeMap<String, Vec<String>>,
    command: Option<&'a str>,
}

fourply_blob::key_value!(TaskInputs<'a> { usual, own, waits, command });

#[cfg(test)]
mod tests;
