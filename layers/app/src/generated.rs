//! Files that a build step writes to node_modules, such as generated clients of Prisma. In: the changes there, the
//! production closure. Out: a package archive for the image, with paths relative to the workspace's root.
//!
//! | location | included files |
//! |---|---|
//! | the slot of a package that the image has | all added or changed files in its node_modules, itself included |
//! | under `nodeLinker: hoisted`, a package that the image has, at its locations | the same |
//! | the node_modules of the root and of workspace packages that the image has, and the folder of hoisted links | the same; also names with a dot, except those of package managers and caches ([`TOOLS`]) |
//!
//! Never included: folders named `.cache`, copies of workspace packages (they are packed as such), links that lead out
//! of the workspace, and files in any other location. Removed files stay in the image; a warning reports them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::{Key, counted};
use fourply_pnpm::{DepPath, NodeLinker, package_dirs};

use crate::secret_check::SecretCheck;
use crate::{AppRequest, Result};
use fourply_scripts::beneath::Beneath;
use fourply_scripts::install::Changes;
use fourply_scripts::written::{Places, Written};

/// Names that package managers and tools keep at the top of node_modules for their own next run. Every other name is
/// code that a script generated, such as `.prisma` and `.zenstack`. Sources: pnpm (`.modules.yaml`,
/// `.pnpm-workspace-state*.json`, `.ignored`), npm (`.package-lock.json`), yarn (`.yarn-integrity`, `.yarn-state.yml`);
/// Vite, Vitest, Astro, Turborepo, Nx, Nitro, tsup, Deno, miniflare, Parcel, Storybook, SWC, ESLint, Prettier,
/// TypeScript for Vue, macOS.
const TOOLS: [&str; 31] = [
    ".DS_Store",
    ".astro",
    ".bin",
    ".cache",
    ".deno",
    ".eslintcache",
    ".ignored",
    ".mf",
    ".modules.yaml",
    ".nitro",
    ".nx",
    ".package-lock.json",
    ".package-map.json",
    ".parcel-cache",
    ".pnpm",
    ".pnpm-workspace-state-v1.json",
    ".pnpm-workspace-state.json",
    ".prettiercache",
    ".storybook",
    ".swc",
    ".temp",
    ".tmp",
    ".tsup",
    ".turbo",
    ".vite",
    ".vite-temp",
    ".vitest",
    ".vue-global-types",
    ".wrangler",
    ".yarn-integrity",
    ".yarn-state.yml",
];

pub(crate) struct GeneratedCapture<'a> {
    /// The request.
    pub request: &'a AppRequest<'a>,
    /// The workspace's root in the build folder.
    pub root: &'a Path,
    /// The secrets that no file may contain.
    pub secrets: &'a SecretCheck,
    /// Paths of this host, and their replacements.
    pub places: &'a Places,
}

impl GeneratedCapture<'_> {
    /// Keeps the written files; `None` if there are none.
    ///
    /// # Errors
    /// [`ForeignBinary`](fourply_scripts::ScriptsError::ForeignBinary) for a folder with machine code but none for the
    /// image; a path that an image cannot have; a file that cannot be read.
    pub(crate) fn keep(&self, changes: &Changes) -> Result<Option<Key>> {
        if changes.written.is_empty() && changes.gone.is_empty() {
            return Ok(None);
        }
        let taken = Taken::of(self.request)?;
        let mut written = Written::new(self.request.store(), self.places, self.request.target);
        let root = Beneath::open(self.root)?;
        for path in changes.written.iter().filter(|path| taken.has(path)) {
            let Some(found) = root.found(path)? else { continue };
            if found.is_link() {
                let refused = written.link(path, &root.target(path)?)?;
                refused.into_iter().for_each(|reason| {
                    self.warn(&format!("the build left {path}, a link that is not taken: {reason}"));
                });
            } else if found.is_file() {
                let bytes = root.read(path)?;
                self.secrets.check(path, &bytes)?;
                self.places.warning(path, &bytes).iter().for_each(|text| self.warn(text));
                written.file(path, found.is_executable(), bytes)?;
            } else {
                self.warn(&format!(
                    "the build left {path}, which is no file, folder or link: the image does not have it"
                ));
            }
        }
        if let Some(path) = changes.gone.iter().find(|path| taken.has(path)) {
            let all = changes.gone.iter().filter(|path| taken.has(path)).count();
            self.warn(&format!(
                "the build removed {path} ({} in all), which the image has all the same",
                counted(all, "file")
            ));
        }
        let owner = format!("node_modules as the build of {} left it", self.request.service);
        Ok(written.save(self.request.store(), &owner)?)
    }

    fn warn(&self, text: &str) {
        self.request.install.host.warn(text);
    }
}

/// The locations whose changes the image includes.
struct Taken {
    /// Such as `node_modules/.pnpm`.
    virtual_store: String,
    /// The slots, by name.
    slots: BTreeSet<String>,
    /// Folders of links, such as `services/a/node_modules`.
    modules: BTreeSet<String>,
    /// The folders of packages that are copies of workspace packages.
    copies: BTreeSet<String>,
    /// Under `nodeLinker: hoisted`, the directories of packages that the build has and the image lacks.
    absent: BTreeSet<String>,
}

impl Taken {
    fn of(request: &AppRequest<'_>) -> Result<Taken> {
        let (workspace, production) = (request.workspace(), request.production);
        let settings = &workspace.settings;
        let dirs = package_dirs(workspace, production)?;
        let below = format!("{}/", settings.folders.virtual_store_dir);
        let slots = dirs.values().flatten().filter_map(|dir| dir.strip_prefix(&below)?.split('/').next());
        let copies = production.copied_folders().into_values().flatten();
        Ok(Taken {
            slots: slots.map(str::to_owned).collect(),
            modules: fourply_scripts::install::modules_of(production, settings),
            copies: copies
                .filter_map(|path| dirs.get(&path))
                .flatten()
                .map(|dir| format!("{dir}/"))
                .collect(),
            absent: absent(request, &dirs)?,
            virtual_store: settings.folders.virtual_store_dir.clone(),
        })
    }

    fn has(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        if folders.any(|folder| self.absent.contains(folder)) {
            return false;
        }
        if is_cache(path) || self.copies.iter().any(|copy| path.starts_with(copy.as_str())) {
            return false;
        }
        match below(path, &self.virtual_store) {
            Some(inside) => {
                let (slot, rest) = inside.split_once('/').unwrap_or((inside, ""));
                match slot {
                    "node_modules" => is_resolved(rest),
                    _ => self.slots.contains(slot) && rest.starts_with("node_modules/"),
                }
            }
            None => self.modules.iter().any(|modules| below(path, modules).is_some_and(is_resolved)),
        }
    }
}

/// The directories of packages that the image lacks. For isolated packages, the slots show this.
fn absent(request: &AppRequest<'_>, present: &BTreeMap<DepPath, Vec<String>>) -> Result<BTreeSet<String>> {
    match request.workspace().settings.node_linker {
        NodeLinker::Isolated => Ok(BTreeSet::new()),
        NodeLinker::Hoisted => {
            let present: BTreeSet<&String> = present.values().flatten().collect();
            let all = package_dirs(request.workspace(), request.full)?.into_values().flatten();
            Ok(all.filter(|dir| !present.contains(dir)).collect())
        }
    }
}

fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// Whether code may load a path in a folder of links.
fn is_resolved(path: &str) -> bool {
    let name = path.split('/').next().unwrap_or(path);
    // pnpm moves entries that it did not install to `.ignored_NAME`.
    !TOOLS.contains(&name) && !name.starts_with(".ignored_")
}

/// Whether a path is in a folder named `.cache`: tools keep dispensable files there.
pub(crate) fn is_cache(path: &str) -> bool {
    path.split('/').any(|name| name == ".cache")
}

#[cfg(test)]
mod tests;
