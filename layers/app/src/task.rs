//! Scripts of packages, and turbo's data about them. Types only.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::ImporterId;

/// One script of one package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Task {
    pub package: ImporterId,
    pub script: String,
}

impl Task {
    /// The folder and the script.
    pub(crate) fn text(&self) -> String {
        format!("{}#{}", self.package, self.script)
    }
}

/// Additional data of turbo.json.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TurboNotes {
    /// Patterns of the tasks' outputs in their packages.
    pub outputs: BTreeMap<ImporterId, Vec<String>>,
    /// Variables that tasks read.
    pub env: BTreeSet<String>,
    /// Files of the root that tasks read, as globs.
    pub inputs: BTreeSet<String>,
}

impl TurboNotes {
    /// Patterns of the tasks' outputs in one package, relative to it.
    pub(crate) fn outputs_of(&self, package: &ImporterId) -> &[String] {
        self.outputs.get(package).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of `inputs` that are paths, and the folders before the first wildcard of the others.
    pub(crate) fn root_inputs(&self) -> impl Iterator<Item = String> {
        let literal = |glob: &String| {
            let parts: Vec<&str> =
                glob.split('/').take_while(|part| !part.contains(['*', '?', '[', '{', '!'])).collect();
            parts.join("/")
        };
        let found: BTreeSet<String> = self.inputs.iter().map(literal).collect();
        found.into_iter().filter(|path| ImporterId::new(path).is_some_and(|path| !path.is_root()))
    }
}

/// The tasks of a build by turbo's rules.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TurboTasks {
    /// The tasks that have scripts, each after those that it waits for.
    pub order: Vec<Task>,
    /// The tasks of other packages that a task waits for.
    pub waits: BTreeMap<Task, BTreeSet<Task>>,
    /// Packages that are excluded from the build script.
    pub excluded: BTreeSet<ImporterId>,
    pub notes: TurboNotes,
}
