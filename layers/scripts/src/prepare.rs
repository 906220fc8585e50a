//! Repositories that become packages only after a script. In: a repository, tools. Out: the archive of the result,
//! cached under a key of everything that the scripts could see. So a second build runs no script.
//!
//! The steps are those of pnpm's `preparePackage`: the repository's own package manager installs, which runs `prepare`;
//! then `prepublish`, `prepack` and `publish`, if they exist; then node_modules is removed, and the files that npm
//! packs of the rest are the package. The environment is a build's, with the registries, but without their credentials.
//! Scripts with permission have network access.
//!
//! ```text
//! <folder>/prepare/
//!   lock           held while scripts run
//!   repository/    the files of the commit, with .git
//!   home/ tmp/     HOME, with an .npmrc, and TMPDIR
//! ```

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use fourply_blob::{Inputs as _, Key};
use fourply_pnpm::{ImporterId, Manifest};
use fourply_store::StoreError;

use crate::beneath::Beneath;
use crate::build_root::rooted;
use crate::environment::{ScriptEnvironment, ScriptStep, environment};
use crate::files::relative;
use crate::host::{Running, ScriptHost, ScriptInputs, pnpm_of};
use crate::network::{DownloadLines, ScriptNetwork};
use crate::place::{self, empty};
use crate::process::Shell;
use crate::run::{manifest_of, run_script};
use crate::sandbox::Room;
use crate::tools::{BuildManager, BuildNode, BuildPnpm, build_manager, pnpm_version};
use crate::twice::{Made, MadeIn};
use crate::{GitRepository, Manager, Recipe, Result};

#[derive(Clone, Copy)]
pub struct PrepareRequest<'a> {
    /// Where the scripts run.
    pub host: ScriptHost<'a>,
    /// The inputs of the scripts.
    pub inputs: ScriptInputs<'a>,
}

/// The programs for a repository's scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PrepareTools {
    node: BuildNode,
    pnpm: BuildPnpm,
    /// The repository's package manager, if it is not pnpm.
    manager: Option<BuildManager>,
}

/// The archive of a repository's package.
///
/// # Errors
/// [`InstallScript`](crate::ScriptsError::InstallScript), with the script's output; a package manager that is not supported; errors of
/// fetching, including `--offline`, unless the result is cached.
pub fn prepare(request: &PrepareRequest<'_>, repository: &GitRepository) -> Result<Key> {
    let _running = Running::begin(request.host.report);
    let store = request.host.store();
    let sandbox = request.host.sandbox;
    let known = || sandbox.known(&key(request, repository), |key| store.derived_pack(key));
    if let Some(known) = known()? {
        return Ok(known);
    }
    if request.host.fetcher.offline() {
        let what = format!("what builds {}", repository.dep_path);
        return Err(StoreError::Offline { what }.into());
    }
    request.host.admit(repository.dep_path.as_str())?;
    let site = PrepareSite::open(request, repository)?;
    let pack = match known()? {
        // Another build finished it while this one waited for the folder.
        Some(known) => known,
        None => site.build()?,
    };
    // What was downloaded in the meantime is part of it.
    let key = key(request, repository);
    if let Some(run) = sandbox.compared() {
        run.note(Made::new(MadeIn::Prepared, repository.dep_path.as_str(), key, pack));
    }
    sandbox.keep(&key, |key| store.record_derived(key, &pack))?;
    Ok(pack)
}

fourply_blob::inputs! {
    /// Every input of a repository's scripts.
    struct PreparedInputs<'a>: "prepared repository", rules 5 {
        /// The key of its files.
        repository: Key,
        recipe: &'a Recipe,
        node: &'a str,
        package_manager: Option<&'a str>,
        /// The platform of the scripts: system, architecture and C library.
        machine: String,
        epoch: i64,
        env: &'a BTreeMap<String, String>,
        /// Whether its scripts may use the network.
        network: bool,
        /// Their downloads.
        downloads: DownloadLines,
    }
}

fn key(request: &PrepareRequest<'_>, repository: &GitRepository) -> Key {
    let ScriptInputs { workspace, node_version, machine, env, network, source_date_epoch } = request.inputs;
    let inputs = PreparedInputs {
        repository: repository.key(&workspace.rules.packing),
        recipe: &repository.recipe,
        node: node_version,
        package_manager: workspace.package_manager(),
        machine: machine.machine(),
        epoch: source_date_epoch,
        env,
        network: network.of_package(&repository.dep_path),
        downloads: network.downloads.of(|owner| owner == repository.dep_path.package_key()),
    };
    rooted(inputs.key(), request.host.root)
}

/// The locked folder. Its content is removed with this value.
struct PrepareSite<'a> {
    request: &'a PrepareRequest<'a>,
    repository: &'a GitRepository,
    folder: PathBuf,
    tools: PrepareTools,
    _lock: File,
}

impl<'a> PrepareSite<'a> {
    fn open(request: &'a PrepareRequest<'a>, repository: &'a GitRepository) -> Result<PrepareSite<'a>> {
        let (host, node) = (&request.host, request.inputs.node_version);
        let (folder, lock) = place::take(&host.folder.join("prepare"), host.report)?;
        let manager = repository.recipe.manager;
        let tools = PrepareTools {
            manager: build_manager(host.tools, host.fetcher, manager, node, host.progress)?,
            node: host.node(node)?,
            pnpm: host.pnpm(&pnpm_of(request.inputs.workspace))?,
        };
        Ok(PrepareSite { request, repository, folder, tools, _lock: lock })
    }

    fn root(&self) -> PathBuf {
        self.folder.join("repository")
    }

    fn build(&self) -> Result<Key> {
        let rules = &self.request.inputs.workspace.rules.packing;
        for name in ["repository", "home", "tmp"] {
            empty(&self.folder.join(name))?;
        }
        fs_err::write(self.folder.join("home/.npmrc"), self.request.host.fetcher.npmrc()?)?;
        let package = self.repository.check_out(self.request.host.fetcher, rules, &self.root())?;
        let root = Beneath::open(&self.root())?;
        let (folder, dep_path) = (relative(&self.root(), &package)?, &self.repository.dep_path);
        let folder = if folder.is_empty() { ".".to_owned() } else { folder };
        let manifest = manifest_of(&root, &folder, dep_path)?;
        for (event, command) in steps(&self.repository.recipe, &manifest) {
            self.step(&package, &manifest, &event, &command)?;
            root.check_after((&event, dep_path.as_str()), &folder, [])?;
        }
        root.remove(&ImporterId::new(&folder).unwrap_or_else(ImporterId::root).path_of("node_modules"))?;
        self.repository.pack(self.request.host.fetcher.store(), rules, &package)
    }

    fn step(&self, package: &Path, manifest: &Manifest, event: &str, command: &str) -> Result<()> {
        let environment = self.environment(package, manifest, event, command);
        let host = &self.request.host;
        let homes = ["home", "tmp"].map(|name| self.folder.join(name));
        let mut view = host.view(
            &self.root(),
            &self.tools.node,
            Some(&self.tools.pnpm),
            homes.each_ref().map(PathBuf::as_path),
        )?;
        view.read.extend(
            self.tools.manager.as_ref().and_then(|manager| manager.bin_dir.parent()).map(Path::to_path_buf),
        );
        let (access, package_path) = (self.request.inputs.network, &self.repository.dep_path);
        // An earlier step may have replaced it.
        let configured = Beneath::open(&self.folder.join("home"))?.read(".npmrc").unwrap_or_default();
        let configured = String::from_utf8_lossy(&configured);
        let network =
            access.script(package_path.package_key(), access.of_package(package_path), host.fetcher);
        let network = Some(ScriptNetwork { configured: &configured, installs: true, ..network });
        let room = Some(Room { sandbox: host.sandbox, view: &view, network });
        let shell = Shell { text: command, folder: package, environment: &environment, room };
        let (report, cancelled) = (self.request.host.report, self.request.host.cancelled);
        run_script(&shell, &self.repository.dep_path, event, report, cancelled)
    }

    /// As for a workspace's own scripts, but an install may reach registries, and there is no workspace above the
    /// repository.
    fn environment(
        &self,
        package: &Path,
        manifest: &Manifest,
        event: &str,
        command: &str,
    ) -> BTreeMap<String, OsString> {
        let request = self.request;
        let around = ScriptEnvironment {
            root: package,
            home: &self.folder.join("home"),
            tmp: &self.folder.join("tmp"),
            node: &self.tools.node,
            pnpm: Some(&self.tools.pnpm),
            pnpm_version: request.inputs.workspace.package_manager().and_then(pnpm_version),
            extra: &BTreeMap::new(),
            source_date_epoch: request.inputs.source_date_epoch,
            settings: &request.inputs.workspace.settings,
        };
        let step = ScriptStep { folder: package, manifest, event, command, secrets: None };
        let mut map = environment(&around, &step);
        map.insert("npm_command".to_owned(), "install".into());
        for prefix in ["npm_config", "pnpm_config"] {
            map.remove(&format!("{prefix}_offline"));
            if !self.root().join("pnpm-workspace.yaml").is_file() {
                map.insert(format!("{prefix}_ignore_workspace"), "true".into());
            }
        }
        if request.inputs.workspace.rules.builds.preparing_tolerates_ignored_builds {
            map.insert("pnpm_config_strict_dep_builds".to_owned(), "false".into());
        }
        if let Some(manager) = &self.tools.manager {
            let mut path = OsString::from(&manager.bin_dir);
            path.push(":");
            path.push(map.get("PATH").cloned().unwrap_or_default());
            map.insert("PATH".to_owned(), path);
        }
        map.extend(request.inputs.env.iter().map(|(name, value)| (name.clone(), value.into())));
        map
    }
}

impl Drop for PrepareSite<'_> {
    fn drop(&mut self) {
        for name in ["repository", "home", "tmp"] {
            let _ = place::remove(&self.folder.join(name));
        }
    }
}

/// The steps, with pnpm's names. pnpm runs its own scripts itself; other managers run theirs.
fn steps(recipe: &Recipe, manifest: &Manifest) -> Vec<(String, String)> {
    let manager = recipe.manager.name();
    let mut steps = vec![(format!("{manager}-install"), format!("{manager} install"))];
    for script in &recipe.scripts {
        steps.extend(match recipe.manager {
            Manager::Pnpm => manifest.scripts.get(script).map(|command| (script.clone(), command.clone())),
            _ => Some((format!("{manager}-run-{script}"), format!("{manager} run {script}"))),
        });
    }
    steps
}
