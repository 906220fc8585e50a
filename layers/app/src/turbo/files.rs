//! The turbo.json files of a workspace. In: folders, package.json files. Out: what they say of a task.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use fourply_pnpm::{ImporterId, Manifest};

use super::config::TurboConfig;
use crate::Result;

/// Names that a package may stand for the root with.
pub(super) const ROOT: &str = "//";

/// In a list: what the configuration that is extended has there.
const EXTENDS: &str = "$TURBO_EXTENDS$";

/// The turbo.json files of a workspace, read once for all of its services.
#[derive(Default)]
pub struct TurboCache(OnceLock<Option<Configs>>);

struct Configs {
    whole: TurboConfig,
    own: BTreeMap<ImporterId, TurboConfig>,
}

impl TurboCache {
    /// turbo.json of the root and of each package; nothing where the root has none.
    ///
    /// # Errors
    /// [`AppError::Turbo`](crate::AppError::Turbo) for one that is no JSON with comments.
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
    /// The configurations that define a task of a package, the nearest first, each with the name of the task there.
    pub(super) fn definitions(&self, package: &ImporterId, task: &str) -> Vec<(&TurboConfig, String)> {
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
        let of_package = format!("{name}#{task}");
        // It stands in the place of the other.
        let of_all = !package.is_root() && self.whole.task(&of_package).is_none();
        found.push((self.whole, if of_all { task.to_owned() } else { of_package }));
        found.retain(|(config, task)| config.task(task).is_some());
        found
    }

    /// A list of a task's, by the nearest configuration that has it; `$TURBO_EXTENDS$` in it stands for that of the next one.
    pub(super) fn list(&self, package: &ImporterId, task: &str, key: &str) -> Vec<String> {
        let mut all = Vec::new();
        for (config, task) in self.definitions(package, task) {
            let Some(list) = config.list_of(&task, key) else { continue };
            let goes_on = list.iter().any(|text| text == EXTENDS);
            all.extend(list.into_iter().filter(|text| text != EXTENDS));
            if !goes_on {
                break;
            }
        }
        all
    }

    /// Of the patterns of what a task makes, those that lie in the package.
    pub(super) fn outputs(&self, package: &ImporterId, task: &str) -> Vec<String> {
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
