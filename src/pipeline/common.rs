//! What the services of one build have in common: the workspace, the base, and the layers that they share.

use std::collections::BTreeSet;
use std::sync::Arc;

use fourply_app::TurboCache;
use fourply_base::{Base, Pins, hidden};
use fourply_blob::{Directories, LayerPath};
use fourply_modules::{ImageRoot, Prune, SharedLayers};
use fourply_pnpm::{Target, Workspace, services};

use crate::Error;
use crate::build_root::Toolchain;
use crate::context::{Context, workspace};
use crate::downloads::unknown_names;
use crate::settings::{ROOT_IN_IMAGE, Settings};

/// See the module. Settings of a workspace, not of one service, decide it.
pub(super) struct Common {
    pub workspace: Workspace,
    /// What all images stand on.
    pub base: Base,
    /// What it was made of.
    pub pins: Pins,
    /// The base with a toolchain, which scripts run in.
    pub toolchain: Option<Toolchain>,
    /// What their packages have to fit.
    pub target: Target,
    /// The layers that services share.
    pub shared: SharedLayers,
    pub turbo: TurboCache,
    /// What is left out of packages.
    pub prune: Option<Arc<Prune>>,
    directories: Directories,
    /// What the base has at the workspace's place.
    pub hidden: BTreeSet<String>,
}

impl Common {
    /// Reads the workspace and resolves the base.
    ///
    /// # Errors
    /// Those of the workspace and the base.
    pub(super) fn read(settings: &Settings, context: &Context<'_>) -> Result<Common, Error> {
        let workspace = workspace(settings)?;
        let services = services(&workspace, settings.workspace.services.as_deref())?;
        warn_of_unknown(settings, context, &workspace);
        let (base, pins) = context.base(settings)?;
        let target = target(settings, &base)?;
        let toolchain = Toolchain::of(settings, context, &base)?;
        let prune = settings.layers.prune.as_ref().map(|options| Prune::new(options, &target)).transpose()?;
        let root = LayerPath::new(ROOT_IN_IMAGE.trim_start_matches('/'));
        // What the base says of the workspace's place itself does not count: whoever owns a folder could replace what is in it.
        let above = base.rootfs.parents(&root.map_err(|error| Error::Blob(error.into()))?);
        let directories = above.into_iter().collect();
        let kept: Vec<&str> =
            settings.base.added.setup.folders.iter().map(|folder| folder.path.as_str()).collect();
        let hidden = hidden(&base.rootfs, ROOT_IN_IMAGE.trim_start_matches('/'), &kept);
        warn_of_hidden(context, &hidden);
        let shared = SharedLayers::new(services, settings.layers.budget);
        let prune = prune.map(Arc::new);
        let turbo = TurboCache::default();
        Ok(Common { workspace, base, pins, toolchain, target, shared, turbo, prune, directories, hidden })
    }

    pub(super) fn image_root(&self, settings: &Settings) -> ImageRoot<'_> {
        ImageRoot { path: ROOT_IN_IMAGE, directories: &self.directories, codec: settings.layers.codec }
    }
}

/// Warns of names of `network` that are nobody's.
pub(super) fn warn_of_unknown(settings: &Settings, context: &Context<'_>, workspace: &Workspace) {
    let unknown = unknown_names(&settings.install.network.names, &settings.build.network_table, workspace);
    unknown.iter().for_each(|text| context.terminal.warn(text));
}

/// How many paths a warning names.
const SHOWN: usize = 5;

fn warn_of_hidden(context: &Context<'_>, hidden: &BTreeSet<String>) {
    if hidden.is_empty() {
        return;
    }
    let mut names: Vec<&str> = hidden.iter().take(SHOWN).map(String::as_str).collect();
    if hidden.len() > SHOWN {
        names.push("…");
    }
    context.terminal.warn(&format!(
        "the base has files in {ROOT_IN_IMAGE}, which belongs to the service: images leave out /{}; a folder that is meant to be there is named \
         in [base] folders",
        names.join(", /")
    ));
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
