//! Scripts of packages, and what turbo makes of them. The types alone.

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

/// What turbo.json says besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TurboNotes {
    /// Patterns of what tasks make in their packages.
    pub outputs: BTreeMap<ImporterId, Vec<String>>,
    /// Variables that tasks read.
    pub env: BTreeSet<String>,
    /// Files of the root that tasks read, as globs.
    pub inputs: BTreeSet<String>,
}

impl TurboNotes {
    /// Patterns of what tasks make in one package, relative to it.
    pub(crate) fn outputs_of(&self, package: &ImporterId) -> &[String] {
        self.outputs.get(package).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of `inputs` that are a path, and the folders before the first wildcard of others.
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

/// What turbo makes of a build.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TurboTasks {
    /// The tasks that have scripts, each after those that it waits for.
    pub order: Vec<Task>,
    /// Of other packages.
    pub waits: BTreeMap<Task, BTreeSet<Task>>,
    /// Packages that do without the script that is built by.
    pub excluded: BTreeSet<ImporterId>,
    pub notes: TurboNotes,
}
