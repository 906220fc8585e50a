//! The turbo.json files of a workspace. In: folders, package.json files. Out: their data about a task.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use fourply_pnpm::{ImporterId, Manifest};

use super::config::TurboConfig;
use crate::{AppError, Result};

/// The name of the root in place of a package.
pub(super) const ROOT: &str = "//";

/// In a list: the corresponding list of the extended configuration.
const EXTENDS: &str = "$TURBO_EXTENDS$";

/// The turbo.json files of a workspace, read once for all of its services.
#[derive(Default)]
pub struct TurboCache(OnceLock<Option<Configs>>);

struct Configs {
    whole: TurboConfig,
    own: BTreeMap<ImporterId, TurboConfig>,
}

impl TurboCache {
    /// The turbo.json of the root and of each package; `None` if the root has none.
    ///
    /// # Errors
    /// [`AppError::Turbo`](crate::AppError::Turbo) for a file that is not JSON with comments.
    pub(crate) fn files<'a>(
        &'a self,
        root: &Path,
        manifests: &'a BTreeMap<ImporterId, Manifest>,
    ) -> Result<Option<TurboFiles<'a>>> {
        let configs = match self.0.get() {
            Some(configs) => configs,
            None => {
                let configs = Configs::read(root, manifests)?;
                self.0.get_or_init(|| configs)
            }
        };
        let names = manifests.iter().filter_map(|(id, manifest)| Some((manifest.name.as_deref()?, id)));
        Ok(configs.as_ref().map(|Configs { whole, own }| TurboFiles {
            manifests,
            names: names.collect(),
            whole,
            own,
        }))
    }
}

impl Configs {
    fn read(root: &Path, manifests: &BTreeMap<ImporterId, Manifest>) -> Result<Option<Configs>> {
        let Some(whole) = TurboConfig::read(root, &ImporterId::root())? else { return Ok(None) };
        let mut own = BTreeMap::new();
        for package in manifests.keys().filter(|package| !package.is_root()) {
            if let Some(config) = TurboConfig::read(root, package)? {
                own.insert(package.clone(), config);
            }
        }
        Ok(Some(Configs { whole, own }))
    }
}

/// The turbo.json files of a workspace, and its packages.
pub(crate) struct TurboFiles<'a> {
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
    pub names: BTreeMap<&'a str, &'a ImporterId>,
    pub whole: &'a TurboConfig,
    own: &'a BTreeMap<ImporterId, TurboConfig>,
}

impl TurboFiles<'_> {
    /// The configurations that are searched for a package's tasks, nearest first: its own, those that it extends, those
    /// that they extend (the last of a list before the others), and the root's. Each is included once, at its first
    /// occurrence.
    fn chain(&self, package: &ImporterId) -> Result<Vec<&TurboConfig>> {
        let Some(own) = self.own.get(package).filter(|_| !package.is_root()) else {
            return Ok(vec![self.whole]);
        };
        let (mut found, mut waiting): (Vec<&TurboConfig>, _) =
            (Vec::new(), vec![(own, vec![own.path.as_str()])]);
        while let Some((config, way)) = waiting.pop() {
            if found.iter().any(|other| other.path == config.path) {
                continue;
            }
            found.push(config);
            for name in self.extended(config)? {
                let next = self.config(config, &name)?;
                if way.contains(&next.path.as_str()) {
                    let way = [way.as_slice(), &[&next.path]].concat().join(" → ");
                    return Err(wrong(config, format!("`extends` leads back to where it began: {way}")));
                }
                waiting.push((next, [way.as_slice(), &[&next.path]].concat()));
            }
        }
        Ok(found)
    }

    /// The configurations that a configuration extends.
    fn extended(&self, config: &TurboConfig) -> Result<Vec<String>> {
        if config.path == self.whole.path {
            return Ok(Vec::new());
        }
        let names = config.strings("extends");
        match names.first().is_some_and(|first| first == ROOT) {
            true => Ok(names),
            false => {
                Err(wrong(config, format!("its `extends` has to begin with {ROOT:?}, the root's turbo.json")))
            }
        }
    }

    /// The configuration that another one extends by this name.
    fn config(&self, by: &TurboConfig, name: &str) -> Result<&TurboConfig> {
        if name == ROOT {
            return Ok(self.whole);
        }
        let found = self.names.get(name).and_then(|package| self.own.get(*package));
        found.ok_or_else(|| {
            wrong(by, format!("it extends {name:?}, and the workspace has no such package with a turbo.json"))
        })
    }

    /// Whether a package's own turbo.json excludes a task.
    pub(super) fn excludes(&self, package: &ImporterId, task: &str) -> bool {
        self.own.get(package).is_some_and(|own| own.excludes(task))
    }

    /// The configurations that define a package's task, nearest first, each with the task's name there. Those after one
    /// with `"extends": false` do not count.
    pub(super) fn definitions(
        &self,
        package: &ImporterId,
        task: &str,
    ) -> Result<Vec<(&TurboConfig, String)>> {
        let name = match package.is_root() {
            true => ROOT,
            false => {
                self.manifests.get(package).and_then(|manifest| manifest.name.as_deref()).unwrap_or_default()
            }
        };
        let of_package = format!("{name}#{task}");
        // It replaces the other one.
        let of_all = !package.is_root() && self.whole.task(&of_package).is_none();
        let mut found = Vec::new();
        for config in self.chain(package)? {
            let name = if config.path != self.whole.path || of_all { task } else { &of_package };
            if config.task(name).is_none() {
                continue;
            }
            found.push((config, name.to_owned()));
            if config.flag_of(name, "extends") == Some(false) {
                break;
            }
        }
        Ok(found)
    }

    /// A list of a task in the nearest configuration that has it; `$TURBO_EXTENDS$` in it stands for the next one's
    /// list.
    pub(super) fn list(&self, package: &ImporterId, task: &str, key: &str) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for (config, task) in self.definitions(package, task)? {
            let Some(list) = config.list_of(&task, key) else { continue };
            let goes_on = list.iter().any(|text| text == EXTENDS);
            all.extend(list.into_iter().filter(|text| text != EXTENDS));
            if !goes_on {
                break;
            }
        }
        Ok(all)
    }

    /// A flag of a task in the nearest configuration that has it.
    pub(super) fn flag(&self, package: &ImporterId, task: &str, key: &str) -> Result<bool> {
        let found = self.definitions(package, task)?;
        Ok(found.iter().find_map(|(config, task)| config.flag_of(task, key)).unwrap_or_default())
    }

    /// The patterns of a task's outputs inside the package.
    pub(super) fn outputs(&self, package: &ImporterId, task: &str) -> Result<Vec<String>> {
        let inside = |text: &String| {
            let path = text.trim_start_matches('!');
            let leaves = path.starts_with(['/', '$']) || path.split('/').any(|part| part == "..");
            // Outputs that no image needs.
            let of_tools =
                [".turbo", "coverage", "node_modules", ".cache"].iter().any(|name| path.starts_with(name));
            !leaves && !of_tools && !path.ends_with(".tsbuildinfo")
        };
        Ok(self.list(package, task, "outputs")?.into_iter().filter(inside).collect())
    }
}

fn wrong(config: &TurboConfig, reason: String) -> AppError {
    AppError::Turbo { path: config.path.clone(), reason }
}
