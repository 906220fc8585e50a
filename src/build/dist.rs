//! The dist ply: what the build step leaves becomes the top layer. Which node runs the scripts, and for which machine their packages are, is
//! settled here; the step itself is the crate `fourply-dist`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use fourply_app::{AppError, DistRequest, Patterns, Supplies, dist};
use fourply_base::Base;
use fourply_blob::{BlobError, Fragment, Key, KeyBuilder, LayerPath, MTIME, Meta, TarWriter};
use fourply_modules::write_packed;
use fourply_platform::Architecture;
use fourply_pnpm::{Closure, ImporterId, Include, Libc, Target, Tree, Workspace, closure};
use fourply_scripts::{BuildNode, BuildPnpm, Event, Report, build_node, build_pnpm};
use fourply_store::{PackKind, Store, StoreError};

use super::architecture::cpu;
use super::{Context, PlyLayer, modules, ply};
use crate::report::Terminal;
use crate::settings::{ROOT_IN_IMAGE, Settings};
use crate::{Error, interrupt};

/// The name of the ply.
const PLY: &str = "dist";

/// The layer, and what is to be started.
pub struct DistPly {
    /// The layers: what the build left in node_modules, if anything, then the outputs.
    pub layers: Vec<PlyLayer>,
    /// The program, relative to the service's folder, where no command was configured.
    pub entry: Option<String>,
    /// All files of the layer, at their paths in the workspace.
    pub pack: Key,
    /// The packages that folders of the workspace are, now that it is built.
    pub folders: BTreeMap<ImporterId, Key>,
}

/// Builds, unless the same inputs were built before, and makes the layer.
///
/// # Errors
/// Those of the build step.
pub fn ply(
    settings: &Settings,
    context: &Context<'_>,
    workspace: &Workspace,
    service: &ImporterId,
    production: &Closure,
    base: &Base,
    target: &Target,
) -> Result<DistPly, Error> {
    let node = match settings.script {
        Some(_) => Some(node_version(settings, base)?),
        None => None,
    };
    let machine = machine(node.as_deref())?;
    let node = node.unwrap_or_default();
    let full = closure(workspace, std::slice::from_ref(service), Include::All, &machine)?;
    let install = modules::Install { settings, target: &machine, strict: true, built: None };
    let supplies = Shop { context, workspace, node: &node, install };
    let request = DistRequest {
        store: &context.store,
        workspace,
        service,
        script: settings.script.as_deref(),
        outputs: &settings.outputs,
        full: &full,
        production,
        target,
        root_in_image: ROOT_IN_IMAGE,
        node_version: &node,
        platform: &machine.machine(),
        install_scripts: !settings.ignore_scripts,
        pnpm_store: settings.pnpm_store.is_some(),
        env: &settings.build_env,
        source_date_epoch: settings.build_epoch,
        folder: &context.store.root().join("build"),
        now: SystemTime::now(),
        jobs: rayon::current_num_threads(),
        supplies: &supplies,
        cancelled: &interrupt::requested,
    };
    let built = {
        let _busy = interrupt::Busy::begin();
        dist(&request, &Told(context.terminal))?
    };
    let entry = built.entry(workspace, service, settings.cmd.as_deref())?;
    let layer = |pack: Key, comment: String| {
        let (store, prefix) = (context.store.clone(), modules::prefix()?);
        let fragment = PackFragment { store, pack, prefix, base: base.rootfs.clone() };
        let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(fragment)];
        ply::make(&context.store, PLY, &comment, &fragments, settings.codec)
    };
    // A layer of its own, as it changes seldom and may be large.
    let generated =
        built.generated.map(|pack| layer(pack, format!("what {service} generated in node_modules")));
    let outputs = layer(built.pack, format!("the outputs of {service}"));
    let layers = generated.into_iter().chain([outputs]).collect::<Result<_, _>>()?;
    let entry = entry.map(|entry| entry.path);
    Ok(DistPly { layers, entry, pack: built.pack, folders: built.folders })
}

/// The configured version, else the base's: the scripts run on what the image runs on.
///
/// # Errors
/// Where neither is known.
pub fn node_version(settings: &Settings, base: &Base) -> Result<String, Error> {
    settings.build_node.clone().or_else(|| base.rootfs.node.clone()).ok_or_else(|| {
        Error::user(
            "the base does not tell which node it has, so none can be chosen for the build",
            "name one: [build] node = \"22.12.0\"",
        )
    })
}

/// The machine that builds.
///
/// # Errors
/// Where the version of node is none.
pub fn machine(node: Option<&str>) -> Result<Target, Error> {
    let host = Architecture::host();
    let loader = host.musl().map(|name| format!("/lib/ld-musl-{name}.so.1"));
    let musl = loader.is_some_and(|loader| Path::new(&loader).exists());
    let libc =
        if musl && !Path::new("/lib64/ld-linux-x86-64.so.2").exists() { Libc::Musl } else { Libc::Glibc };
    let node = node.map(node_semver::Version::parse).transpose().map_err(|error| {
        let text = node.unwrap_or_default();
        Error::user(format!("node {text:?}: {error}"), "give a full version, such as 20.20.2")
    })?;
    Ok(Target { os: "linux".to_owned(), cpu: cpu(&host)?, libc, node })
}

/// What a build needs that is not reused.
struct Shop<'a> {
    install: modules::Install<'a>,
    context: &'a Context<'a>,
    workspace: &'a Workspace,
    node: &'a str,
}

impl Supplies for Shop<'_> {
    fn closure(&self, package: &ImporterId) -> Result<Closure, AppError> {
        let target = self.install.target;
        closure(self.workspace, std::slice::from_ref(package), Include::All, target)
            .map_err(|error| supply(error.into()))
    }

    fn tree(&self, closure: &Closure, root: &Path) -> Result<Tree, AppError> {
        let root = root.to_string_lossy();
        let outputs = Patterns::new(&self.install.settings.outputs)?;
        let left_out = |folder: &ImporterId, path: &str| self.is_built(folder) && outputs.names(path);
        let folders = modules::folders(&self.context.store, self.workspace, &left_out);
        modules::plan(self.context, self.workspace, closure, &root, &folders, &self.install)
            .map(|planned| planned.tree)
            .map_err(supply)
    }

    fn node(&self, folder: &Path) -> Result<BuildNode, AppError> {
        Ok(build_node(folder, &self.context.fetcher, self.node, self.context.terminal)?)
    }

    fn pnpm(&self, folder: &Path, version: &str) -> Result<BuildPnpm, AppError> {
        Ok(build_pnpm(folder, &self.context.fetcher, version, self.context.terminal)?)
    }
}

impl Shop<'_> {
    /// Whether the build makes this package's outputs: what lies in the tree is of an earlier one.
    fn is_built(&self, folder: &ImporterId) -> bool {
        let manifest = self.workspace.manifests.get(folder);
        let script = self.install.settings.script.as_ref();
        manifest.zip(script).is_some_and(|(manifest, script)| manifest.scripts.contains_key(script))
    }
}

fn supply(error: Error) -> AppError {
    let (category, hint) = (error.category(), error.hint());
    match error {
        Error::Modules(error) => AppError::Modules(error),
        Error::Scripts(error) => AppError::Scripts(error),
        Error::Store(error) => AppError::Store(error),
        Error::App(error) => error,
        other => AppError::supply(other, category, hint),
    }
}

/// What the build step tells, on the terminal.
pub struct Told<'a>(pub &'a Terminal);

impl Report for Told<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Install { package, packages } => {
                let of = package.map(|package| format!("{package}: ")).unwrap_or_default();
                self.0.line(&format!("{of}installing {packages} packages for the build"))
            }
            Event::Script { package, script, command } => {
                self.0.line(&format!("{package}: {script}: {command}"))
            }
            Event::Dependency { package, script, command } => {
                self.0.line(&format!("{package}: {script}: {command}"))
            }
            Event::Line { package, line } => self.0.line(&format!("{package}: {line}")),
            Event::Warning { text } => self.0.warn(&format_args!("{text}")),
            Event::Done { .. } => {}
        }
    }
}

/// A pack below a prefix, all of it root's, with the parents that the base may have already.
struct PackFragment {
    store: Store,
    pack: Key,
    prefix: LayerPath,
    base: Arc<fourply_rootfs::RootfsMetadata>,
}

impl PackFragment {
    fn directory(&self, path: &LayerPath) -> Meta {
        self.base.directory_meta(path.as_str())
    }

    fn write(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let failed = |error: StoreError| BlobError::fragment(error.category(), error.hint(), error);
        let pack = self.store.open_pack(&self.pack).map_err(failed)?;
        let mut made = BTreeSet::new();
        for entry in pack.entries() {
            let path = self.prefix.join(&entry.path)?;
            for above in path.ancestors() {
                if made.insert(above.clone()) {
                    tar.directory(&above, &self.directory(&above))?;
                }
            }
            match &entry.kind {
                PackKind::Symlink { target } => tar.symlink(&path, &meta(0o777), target)?,
                PackKind::File { executable } => {
                    let mode = if *executable { 0o755 } else { 0o644 };
                    write_packed(tar, &path, &meta(mode), &pack, entry)?;
                }
            }
        }
        Ok(())
    }
}

fn meta(mode: u32) -> Meta {
    Meta { mode, ..Meta::directory(0, 0) }
}

impl Fragment for PackFragment {
    fn key(&self) -> Key {
        KeyBuilder::new("fourply pack fragment v1")
            .field("pack", self.pack.as_bytes())
            .field("prefix", self.prefix.as_str())
            .field("base", format!("{:?}", self.directory(&self.prefix)))
            .field("mtime", MTIME.to_le_bytes())
            .finish()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        self.write(tar)
    }

    fn size_hint(&self) -> u64 {
        0
    }
}
