//! Where install scripts run: one folder, held by one build at a time, at one place, so that what a binary holds of it is always the same.
//!
//! ```text
//! <folder>/lifecycle/
//!   lock           held while scripts run
//!   app/           an install of the closure
//!   home/ tmp/     HOME and TMPDIR, empty for each package
//! ```

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fourply_blob::Key;
use fourply_modules::{
    Contents, InstallScript, LayoutOptions, Libc, Manifest, Slot, Tree, layout, materialise,
};
use fourply_store::PackKind;

use super::capture::Capture;
use super::{InstallRequest, InstallTools, Job, pack_of, replacements};
use crate::environment::{Step, Surroundings, environment};
use crate::key::package_manager;
use crate::process::{self, Shell};
use crate::tools::pnpm_version;
use crate::{DistError, Ended, Event, InstallFailure, Result};

/// The place, locked. What it holds goes when it does.
pub(super) struct Site<'a> {
    request: &'a InstallRequest<'a>,
    folder: PathBuf,
    tools: InstallTools,
    tree: OnceLock<Tree>,
    _lock: File,
}

impl<'a> Site<'a> {
    /// Waits for the place, and asks for the tools.
    pub(super) fn open(request: &'a InstallRequest<'a>) -> Result<Site<'a>> {
        let folder = request.folder.join("lifecycle");
        fs_err::create_dir_all(&folder)?;
        let folder = fs_err::canonicalize(&folder)?;
        let path = folder.join("lock");
        let lock =
            fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(path)?.into_file();
        lock.lock()?;
        let tools = (request.tools)(&request.folder.join("tools"))?;
        Ok(Site { request, folder, tools, tree: OnceLock::new(), _lock: lock })
    }

    fn root(&self) -> PathBuf {
        self.folder.join("app")
    }

    /// Puts the closure on disk, with what was built before in its place.
    pub(super) fn install(&self, contents: &Contents) -> Result<()> {
        let (request, root) = (self.request, self.root());
        request.report.event(Event::Install { packages: request.closure.packages.len() });
        empty(&root)?;
        let options = LayoutOptions {
            scripts: true,
            ..LayoutOptions::new(root.to_string_lossy(), request.workspace.dialect)
        };
        let tree = layout(request.store, request.workspace, request.closure, contents, &options)?;
        materialise(request.store, &tree, &root)?;
        let _ = self.tree.set(tree);
        Ok(())
    }

    /// Runs the scripts of one package, and keeps what they leave of it.
    pub(super) fn build(&self, job: &Job<'_>) -> Result<Key> {
        let slot = self.tree.get().and_then(|tree| tree.slot(job.package));
        let slot = slot.ok_or_else(|| DistError::Tool {
            what: job.package.to_string(),
            reason: "it has no place in the install".to_owned(),
        })?;
        let package = self.root().join(&slot.package_dir);
        self.detach(slot, &package)?;
        let text = fs_err::read_to_string(package.join("package.json"))?;
        let manifest = Manifest::parse(&text, &package).map_err(|message| {
            fourply_modules::LayoutError::Manifest { owner: job.package.to_string(), message }
        })?;
        for script in job.scripts {
            self.script(job, script, &package, &manifest)?;
        }
        let capture = Capture {
            root: &self.root(),
            slot,
            published: &*self.request.store.open_pack(&pack_of(self.request.contents, job.package)?)?,
            replacements: &replacements(&self.folder, self.request, &self.tools),
            target: self.request.target,
            report: self.request.report,
        };
        capture.pack(self.request.store)
    }

    /// Gives the package files of its own: those of an install are links to what other builds see.
    fn detach(&self, slot: &Slot, package: &Path) -> Result<()> {
        let pack = self.request.store.open_pack(&slot.pack)?;
        for entry in pack.entries().iter().filter(|entry| matches!(entry.kind, PackKind::File { .. })) {
            let path = package.join(&entry.path);
            let Ok(found) = std::fs::symlink_metadata(&path) else { continue };
            if found.is_file() && found.nlink() > 1 {
                let bytes = fs_err::read(&path)?;
                fs_err::remove_file(&path)?;
                fs_err::write(&path, bytes)?;
                fs_err::set_permissions(&path, Permissions::from_mode(found.mode() & 0o7777))?;
            }
        }
        Ok(())
    }

    fn script(
        &self,
        job: &Job<'_>,
        script: &InstallScript,
        package: &Path,
        manifest: &Manifest,
    ) -> Result<()> {
        let (home, tmp) = (self.folder.join("home"), self.folder.join("tmp"));
        empty(&home)?;
        empty(&tmp)?;
        let environment = self.environment(script, package, manifest, &home, &tmp);
        let shell = Shell { text: &script.command, folder: package, environment: &environment };
        let name = job.package.as_str();
        self.request.report.event(Event::Dependency {
            package: name,
            script: &script.event,
            command: &script.command,
        });
        let outcome = process::run(&shell, self.request.cancelled, &mut |_| {})?;
        match outcome.ended {
            Ended::Status(0) => Ok(()),
            ended => Err(DistError::InstallScript(Box::new(InstallFailure {
                package: name.to_owned(),
                script: script.event.clone(),
                command: script.command.clone(),
                ended,
                log: outcome.log,
            }))),
        }
    }

    /// As for a workspace's own scripts, but for what pnpm says differently to a dependency's, and what a compiler has to be told.
    fn environment(
        &self,
        script: &InstallScript,
        package: &Path,
        manifest: &Manifest,
        home: &Path,
        tmp: &Path,
    ) -> BTreeMap<String, OsString> {
        let (request, root) = (self.request, self.root());
        let around = Surroundings {
            root: &root,
            home,
            tmp,
            node: &self.tools.node,
            pnpm: Some(&self.tools.pnpm),
            pnpm_version: package_manager(request.workspace).and_then(pnpm_version),
            extra: &BTreeMap::new(),
            source_date_epoch: request.source_date_epoch,
            settings: &request.workspace.settings,
        };
        let step = Step { folder: package, manifest, event: &script.event, command: &script.command };
        let mut map = environment(&around, &step);
        map.insert("npm_command".to_owned(), "install".into());
        map.insert("PATH".to_owned(), self.path(package, map.get("PATH")));
        map.insert("npm_config_node_gyp".to_owned(), self.tools.node_gyp.program.clone().into());
        map.insert("JOBS".to_owned(), request.jobs.to_string().into());
        // gyp writes Python's sets into makefiles, in whatever order they have.
        map.insert("PYTHONHASHSEED".to_owned(), "0".into());
        // Headers of exactly the node that the module is for, and none from the network.
        map.extend(self.tools.node.prefix().map(|folder| ("npm_config_nodedir".to_owned(), folder.into())));
        let flags = self.prefix_maps();
        map.extend(["CFLAGS", "CXXFLAGS"].map(|name| (name.to_owned(), flags.clone())));
        if request.target != request.machine {
            // What programs that fetch binaries go by.
            map.insert("npm_config_arch".to_owned(), request.target.cpu.clone().into());
            map.insert("npm_config_platform".to_owned(), request.target.os.clone().into());
            let libc = if request.target.libc == Libc::Musl { "musl" } else { "glibc" };
            map.insert("npm_config_libc".to_owned(), libc.into());
        }
        map.extend(request.env.iter().map(|(name, value)| (name.clone(), value.into())));
        map
    }

    /// The `.bin`s of the package, its slot and the root, then pnpm's node-gyp, then what every script finds.
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

    /// Binaries hold the image's paths, not this machine's.
    fn prefix_maps(&self) -> OsString {
        let mut flags = OsString::new();
        for (from, to) in replacements(&self.folder, self.request, &self.tools) {
            flags.push(if flags.is_empty() { "-ffile-prefix-map=" } else { " -ffile-prefix-map=" });
            flags.push(from);
            flags.push("=");
            flags.push(to);
        }
        flags
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        for name in ["app", "home", "tmp"] {
            let _ = std::fs::remove_dir_all(self.folder.join(name));
        }
    }
}

/// Makes a folder, or empties it.
pub(crate) fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs_err::remove_dir_all(folder)?;
    }
    Ok(fs_err::create_dir_all(folder)?)
}
