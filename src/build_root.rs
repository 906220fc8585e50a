//! The root file system that scripts run in, where `[build] toolchain` asks for one. In: settings and the base. Out: the base with the
//! toolchain, resolved as the base itself is, and a place for scripts that knows it. It must not know what runs there.

use std::path::Path;

use fourply_base::{Base, Pins, ToolchainRequest, files_key, unpacked, with_toolchain};
use fourply_blob::{Cause, Codec};
use fourply_platform::{Architecture, Libc};
use fourply_pnpm::Target;
use fourply_rootfs::{DEFAULT_PATH, RootfsMetadata, Tools};
use fourply_scripts::{BuildRoot, RootNode, ScriptHost, machine};

use crate::Error;
use crate::context::{Context, held, with_script_host};
use crate::settings::Settings;

/// A base with a toolchain.
#[derive(Debug)]
pub(crate) struct Toolchain {
    pub base: Base,
    /// What its packages were resolved to.
    pub pins: Pins,
    architecture: Architecture,
    libc: Libc,
    node: Option<RootNode>,
}

impl Toolchain {
    /// Puts the toolchain of the settings on a base; nothing where they ask for none.
    ///
    /// # Errors
    /// Those of resolving packages; a lock without them, where nothing but the lock counts.
    pub(crate) fn of(
        settings: &Settings,
        context: &Context<'_>,
        base: &Base,
    ) -> Result<Option<Toolchain>, Error> {
        let packages = &settings.build.toolchain;
        if packages.is_empty() {
            return Ok(None);
        }
        let _span = tracing::info_span!("toolchain").entered();
        let locked = settings.base.lock.any().and_then(|locked| locked.toolchain.as_deref());
        let pins = locked.map(|locked| locked.pins(&settings.workspace.root)).transpose()?;
        if settings.base.locked && pins.is_none() {
            return Err(Error::user(
                format!("{} has no packages for [build] toolchain", crate::lock::FILE_NAME),
                "run fourply lock, and look at what changed",
            ));
        }
        let libc = base.rootfs.libc.ok_or_else(|| {
            Error::user(
                "the base has no C library that can be told, so no toolchain fits it",
                "take a base that node runs on",
            )
        })?;
        let (spec, added) = (&settings.base.spec, &settings.base.added);
        let request = ToolchainRequest { packages, spec, added, held: held(settings, pins.as_ref()) };
        let tools = Tools {
            platform: &settings.base.platform,
            store: &context.store,
            fetcher: &context.fetcher,
            progress: context.terminal,
            // No image has it.
            codec: Codec::Gzip,
        };
        let (root, pins) = with_toolchain(base, &request, &tools, || context.complete_base(base))?;
        let node = node(base, &root.rootfs);
        let architecture = settings.base.platform.architecture.clone();
        Ok(Some(Toolchain { base: root, pins, architecture, libc, node }))
    }

    pub(crate) fn libc(&self) -> Libc {
        self.libc
    }

    /// Has the files on disk.
    fn files(&self, context: &Context<'_>) -> Result<std::path::PathBuf, Error> {
        context.complete_base(&self.base)?;
        Ok(unpacked(&self.base, &context.store.root().join("build/roots"), &context.store)?)
    }
}

/// The node of a base, as it lies in the root file system with the toolchain.
fn node(base: &Base, root: &RootfsMetadata) -> Option<RootNode> {
    let env = base.config.config().as_ref().and_then(|config| config.env().clone()).unwrap_or_default();
    let path = env.iter().find_map(|variable| variable.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
    let program = root.which("node", path)?;
    let (real, _) = root.lookup(&program)?;
    let real = format!("/{real}");
    let prefix = Path::new(&real).parent()?.parent()?.to_path_buf();
    let header = prefix.join("include/node/node_version.h");
    Some(RootNode {
        bin_dir: Path::new(&program).parent()?.to_path_buf(),
        version: base.rootfs.node.clone()?,
        has_headers: root.lookup(&header.to_string_lossy()).is_some(),
        is_packaged: prefix == Path::new("/usr"),
        prefix,
    })
}

/// Calls `work` with this machine as a place for scripts, which run in a root file system of their own where there is a toolchain.
pub(crate) fn with_root<T>(
    context: &Context<'_>,
    toolchain: Option<&Toolchain>,
    work: impl FnOnce(ScriptHost<'_>) -> T,
) -> T {
    let Some(toolchain) = toolchain else { return with_script_host(context, work) };
    let files = || toolchain.files(context).map_err(|error| Cause::from(Box::new(error)));
    let root = BuildRoot {
        key: files_key(&toolchain.base),
        architecture: toolchain.architecture.clone(),
        libc: toolchain.libc,
        node: toolchain.node.clone(),
        files: &files,
    };
    with_script_host(context, |host| work(ScriptHost { root: Some(&root), ..host }))
}

/// What scripts run on, with the node that runs them.
///
/// # Errors
/// Where the version of node is none.
pub(crate) fn script_machine(toolchain: Option<&Toolchain>, node: Option<&str>) -> Result<Target, Error> {
    match toolchain {
        Some(toolchain) => Ok(Target::new(&toolchain.architecture, toolchain.libc, node)?),
        None => Ok(machine(node)?),
    }
}
