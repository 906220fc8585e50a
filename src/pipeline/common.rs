//! What the services of one build have in common: the workspace, the base, and the layers that they share.

use std::sync::Arc;

use fourply_base::Base;
use fourply_blob::{Directories, LayerPath};
use fourply_modules::{ImageRoot, Prune, SharedLayers};
use fourply_pnpm::{Target, Workspace, services};

use crate::Error;
use crate::build_root::Toolchain;
use crate::context::{Context, workspace};
use crate::settings::{ROOT_IN_IMAGE, Settings};

/// See the module. Settings of a workspace, not of one service, decide it.
pub(super) struct Common {
    pub workspace: Workspace,
    /// What all images stand on.
    pub base: Base,
    /// The base with a toolchain, which scripts run in.
    pub toolchain: Option<Toolchain>,
    /// What their packages have to fit.
    pub target: Target,
    /// The layers that services share.
    pub shared: SharedLayers,
    /// What is left out of packages.
    pub prune: Option<Arc<Prune>>,
    directories: Directories,
}

impl Common {
    /// Reads the workspace and resolves the base.
    ///
    /// # Errors
    /// Those of the workspace and the base.
    pub(super) fn read(settings: &Settings, context: &Context<'_>) -> Result<Common, Error> {
        let workspace = workspace(settings)?;
        let services = services(&workspace, settings.workspace.services.as_deref())?;
        let base = context.base(settings)?;
        let target = target(settings, &base)?;
        let toolchain = Toolchain::of(settings, context, &base)?;
        let prune = settings.layers.prune.as_ref().map(|options| Prune::new(options, &target)).transpose()?;
        let root = LayerPath::new(ROOT_IN_IMAGE.trim_start_matches('/'));
        // What the base says of the workspace's place itself does not count: whoever owns a folder could replace what is in it.
        let above = base.rootfs.parents(&root.map_err(|error| Error::Blob(error.into()))?);
        let directories = above.into_iter().collect();
        let shared = SharedLayers::new(services, settings.layers.budget);
        Ok(Common { workspace, base, toolchain, target, shared, prune: prune.map(Arc::new), directories })
    }

    pub(super) fn image_root(&self, settings: &Settings) -> ImageRoot<'_> {
        ImageRoot { path: ROOT_IN_IMAGE, directories: &self.directories, codec: settings.layers.codec }
    }
}

/// What the packages have to fit: the base's C library and node.
fn target(settings: &Settings, base: &Base) -> Result<Target, Error> {
    let libc = base.rootfs.libc.ok_or_else(|| {
        Error::user(
            "the base has no C library that can be told: neither musl's loader nor glibc's is there",
            "take a base that node runs on, such as node:22-alpine",
        )
    })?;
    Ok(Target::new(&settings.base.platform.architecture, libc, base.rootfs.node.as_deref())?)
}
