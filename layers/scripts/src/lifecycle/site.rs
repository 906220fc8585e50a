//! The folder of install scripts. One build at a time uses it. Its path is fixed, so that paths in binaries are always
//! the same.
//!
//! ```text
//! <folder>/lifecycle/
//!   lock           held while scripts run
//!   app/           an install of the closure
//!   home/ tmp/     HOME and TMPDIR of each package, named after its key
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fourply_platform::Libc;
use fourply_pnpm::{InstallScript, LayoutOptions, Manifest, Slot, Tree};

use super::capture::{Left, ScriptCapture, beside};
use super::job::Job;
use super::request::{InstallRequest, InstallResult, InstallTools, pack_of};
use crate::beneath::Beneath;
use crate::environment::{ScriptEnvironment, ScriptStep, environment};
use crate::host::pnpm_of;
use crate::install::Installed;
use crate::place::{self, empty};
use crate::process::Shell;
use crate::run::{manifest_of, run_script};
use crate::sandbox::{Room, View};
use crate::tools::pnpm_version;
use crate::written::Places;
use crate::{Event, Result, ScriptsError, install, layout, materialise, put_beside};

/// HOME and TMPDIR of one package's scripts.
#[derive(Debug)]
pub(super) struct Homes {
    pub home: PathBuf,
    pub tmp: PathBuf,
}

/// The locked folder. Its content is removed with this value.
pub(super) struct InstallSite<'a> {
    request: &'a InstallRequest<'a>,
    folder: PathBuf,
    tools: InstallTools,
    tree: OnceLock<Tree>,
    list: OnceLock<install::InstallSnapshot>,
    /// The slots of packages with scripts.
    scripted: OnceLock<Vec<String>>,
    _lock: File,
}

impl<'a> InstallSite<'a> {
    /// Waits for the folder, and gets the tools.
    pub(super) fn open(request: &'a InstallRequest<'a>) -> Result<InstallSite<'a>> {
        let (folder, lock) = place::take(&request.host.folder.join("lifecycle"), request.host.report)?;
        let pnpm = pnpm_of(request.inputs.workspace);
        let tools = InstallTools {
            node: request.host.node(request.inputs.node_version)?,
            pnpm: request.host.pnpm(&pnpm)?,
            node_gyp: request.host.node_gyp(&pnpm)?,
        };
        Ok(InstallSite {
            request,
            folder,
            tools,
            tree: OnceLock::new(),
            list: OnceLock::new(),
            scripted: OnceLock::new(),
            _lock: lock,
        })
    }

    fn root(&self) -> PathBuf {
        self.folder.join("app")
    }

    /// Writes the closure to disk, with cached results in their locations.
    pub(super) fn install(&self, installed: &InstallResult, jobs: &[&Job<'_>]) -> Result<()> {
        let _span = tracing::info_span!("install", of = "packages with scripts").entered();
        let (request, root) = (self.request, self.root());
        request.host.report.event(Event::Install { package: None, packages: request.closure.packages.len() });
        empty(&root)?;
        let options = LayoutOptions {
            scripts: true,
            beside: installed.beside.clone(),
            ..LayoutOptions::new(root.to_string_lossy(), request.inputs.workspace.rules)
        };
        let tree = layout(
            request.host.store(),
            request.inputs.workspace,
            request.closure,
            &installed.contents,
            &options,
        )?;
        materialise(request.host.store(), &tree, &root)?;
        let below = Beneath::open(&root)?;
        for slot in &tree.slots {
            if let Some(pack) = &slot.beside {
                put_beside(&*request.host.store().open_pack(pack)?, &below, &slot.modules())?;
            }
        }
        let _ = self.list.set(install::InstallSnapshot::of(&root, &self.modules())?);
        let scripted = jobs.iter().filter_map(|job| Some(tree.slot(job.package)?.dir.clone()));
        let _ = self.scripted.set(scripted.collect());
        let _ = self.tree.set(tree);
        Ok(())
    }

    fn modules(&self) -> BTreeSet<String> {
        install::modules_of(self.request.closure, &self.request.inputs.workspace.settings)
    }

    /// Whether scripts wrote only in the slots of their packages. Reports other changes, which the image does not have.
    pub(super) fn is_clean(&self, jobs: &[&Job<'_>]) -> Result<bool> {
        let (Some(tree), Some(list)) = (self.tree.get(), self.list.get()) else { return Ok(true) };
        let slots: Vec<&Slot> = jobs.iter().filter_map(|job| tree.slot(job.package)).collect();
        let now = install::InstallSnapshot::of(&self.root(), &self.modules())?;
        let mut changes = now.since(list);
        let root = self.root();
        let installed = Installed { store: self.request.host.store(), tree, root: &root };
        let below =
            |folder: &str, path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let outside = |path: &str| match tree.slot_around(path) {
            Some(slot) => !slots.iter().any(|built| built.dir == slot.dir),
            None => !slots.iter().any(|built| !built.is_apart() && below(&built.modules(), path)),
        };
        let mut touched = now.touched_since(list);
        touched.retain(|path| outside(path));
        installed.forgive(&touched, &mut changes)?;
        let elsewhere = |path: &&String| outside(path);
        let strays: Vec<&String> = changes.written.iter().chain(&changes.gone).filter(elsewhere).collect();
        if let Some(first) = strays.first() {
            let text = format!(
                "install scripts changed {first} ({} in all), outside their own packages: the image does not have these changes",
                strays.len()
            );
            self.request.host.report.event(Event::Warning { text: &text });
        }
        Ok(strays.is_empty())
    }

    /// Runs the scripts of one package, and stores the results.
    pub(super) fn build(&self, job: &Job<'_>, cancelled: &dyn Fn() -> bool) -> Result<Left> {
        let found = self.tree.get().and_then(|tree| Some((tree, tree.slot(job.package)?)));
        let (tree, slot) = found.ok_or_else(|| ScriptsError::Tool {
            what: job.package.to_string(),
            reason: "it is not in the install".into(),
        })?;
        let root = Beneath::open(&self.root())?;
        let before = match slot.is_apart() {
            true => BTreeSet::new(),
            false => beside(&root, slot, tree)?,
        };
        let package = self.root().join(&slot.package_dir);
        let manifest = manifest_of(&root, &slot.package_dir, job.package)?;
        let homes = self.homes(job);
        let places = places(&self.root(), &homes, self.request, &self.tools);
        let view = self.view(&homes, slot)?;
        let access = self.request.inputs.network;
        let allowed = access.of_package(job.package);
        let network = access.script(job.package.package_key(), allowed, self.request.host.fetcher);
        for script in job.scripts {
            empty(&homes.home)?;
            empty(&homes.tmp)?;
            let environment = self.environment(script, &package, &manifest, &homes, &places);
            let room = Some(Room { sandbox: self.request.host.sandbox, view: &view, network: Some(network) });
            let shell = Shell { text: &script.command, folder: &package, environment: &environment, room };
            run_script(&shell, job.package, &script.event, self.request.host.report, cancelled)?;
            let folders = self.modules();
            let folders = folders.iter().map(String::as_str);
            root.check_after((&script.event, job.package.as_str()), &slot.package_dir, folders)?;
        }
        let capture = ScriptCapture {
            root: &root,
            slot,
            tree,
            before: &before,
            published: &*self
                .request
                .host
                .store()
                .open_pack(&pack_of(self.request.contents, job.package)?)?,
            places: &places,
            target: self.request.target,
            report: self.request.host.report,
        };
        let last = job.scripts.last().map_or("", |script| script.event.as_str());
        capture.keep(self.request.host.store()).map_err(|error| error.after(last, job.package.as_str()))
    }

    /// A script may change its own slot, but not those of other packages with scripts, because their content is cached
    /// for every build.
    fn view(&self, homes: &Homes, own: &Slot) -> Result<View> {
        let InstallTools { node, pnpm, node_gyp } = &self.tools;
        let mut view = self.request.host.view(&self.root(), node, Some(pnpm), [&homes.home, &homes.tmp])?;
        view.read.push(node_gyp.package.clone());
        // A folder around the package itself also belongs to it.
        let around = |dir: &str| {
            own.dir.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let others = self.scripted.get().into_iter().flatten().filter(|dir| !around(dir));
        view.kept.extend(others.map(|dir| self.root().join(dir)));
        Ok(view)
    }

    /// Named after the key, so that paths in texts and binaries are the same in every run.
    fn homes(&self, job: &Job<'_>) -> Homes {
        let name = job.key.name();
        Homes { home: self.folder.join("home").join(&name), tmp: self.folder.join("tmp").join(&name) }
    }

    /// As for a workspace's own scripts, plus pnpm's variables for dependencies and settings for compilers.
    fn environment(
        &self,
        script: &InstallScript,
        package: &Path,
        manifest: &Manifest,
        homes: &Homes,
        places: &Places,
    ) -> BTreeMap<String, OsString> {
        let (request, root) = (self.request, self.root());
        let around = ScriptEnvironment {
            root: &root,
            home: &homes.home,
            tmp: &homes.tmp,
            node: &self.tools.node,
            pnpm: Some(&self.tools.pnpm),
            pnpm_version: request.inputs.workspace.package_manager().and_then(pnpm_version),
            extra: &BTreeMap::new(),
            source_date_epoch: request.inputs.source_date_epoch,
            settings: &request.inputs.workspace.settings,
        };
        let step = ScriptStep {
            folder: package,
            manifest,
            event: &script.event,
            command: &script.command,
            secrets: None,
        };
        let mut map = environment(&around, &step);
        map.insert("PATH".to_owned(), self.path(package, map.get("PATH")));
        map.insert("npm_config_node_gyp".to_owned(), self.tools.node_gyp.program.clone().into());
        map.insert("JOBS".to_owned(), request.host.jobs.to_string().into());
        // gyp writes Python sets into makefiles, in arbitrary order.
        map.insert("PYTHONHASHSEED".to_owned(), "0".into());
        // Headers of exactly the node that the module is for, and none from the network.
        let headers = self.tools.node.headers.as_ref();
        map.extend(headers.map(|folder| ("npm_config_nodedir".to_owned(), folder.into())));
        let flags = prefix_maps(places);
        map.extend(["CFLAGS", "CXXFLAGS"].map(|name| (name.to_owned(), flags.clone())));
        if request.target != request.inputs.machine {
            // Read by programs that download binaries.
            map.insert("npm_config_arch".to_owned(), request.target.cpu.clone().into());
            map.insert("npm_config_platform".to_owned(), request.target.os.clone().into());
            let libc = if request.target.libc == Libc::Musl { "musl" } else { "glibc" };
            map.insert("npm_config_libc".to_owned(), libc.into());
        }
        map.extend(request.inputs.env.iter().map(|(name, value)| (name.clone(), value.into())));
        map
    }

    /// The `.bin`s of the package, its slot and the root, then pnpm's node-gyp, then the usual path of scripts.
    fn path(&self, package: &Path, rest: Option<&OsString>) -> OsString {
        let inside = package.strip_prefix(self.root()).unwrap_or(package).to_string_lossy().into_owned();
        let mut folders = vec![package.join("node_modules/.bin")];
        for (at, _) in inside.rmatch_indices("node_modules/") {
            let above = self.root().join(inside.get(..at).unwrap_or_default());
            folders.push(above.join("node_modules/.bin"));
        }
        folders.push(self.tools.node_gyp.bin_dir.clone());
        let mut text = OsString::new();
        for folder in folders {
            text.push(folder);
            text.push(":");
        }
        text.push(rest.cloned().unwrap_or_default());
        text
    }
}

/// Paths in texts written on this host, with their replacements in the image.
fn places(root: &Path, homes: &Homes, request: &InstallRequest<'_>, tools: &InstallTools) -> Places {
    let mut list = vec![(root.to_path_buf(), request.root_in_image.to_owned())];
    list.push((homes.home.clone(), "/root".to_owned()));
    list.push((homes.tmp.clone(), "/tmp".to_owned()));
    let node = tools.node.folder.as_ref().filter(|_| tools.node.headers.is_some());
    list.extend(node.map(|folder| (folder.clone(), "/usr/local".to_owned())));
    list.push((tools.node_gyp.package.clone(), "/usr/local/lib/node_modules/pnpm".to_owned()));
    list.push((tools.pnpm.bin_dir.clone(), "/usr/local/bin".to_owned()));
    Places(list)
}

/// Binaries contain the image's paths, not this host's.
fn prefix_maps(places: &Places) -> OsString {
    let mut flags = OsString::new();
    for (from, to) in &places.0 {
        flags.push(if flags.is_empty() { "-ffile-prefix-map=" } else { " -ffile-prefix-map=" });
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

impl Drop for InstallSite<'_> {
    fn drop(&mut self) {
        for name in ["app", "home", "tmp"] {
            let _ = place::remove(&self.folder.join(name));
        }
    }
}
