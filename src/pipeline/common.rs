//! What the services of one build have in common: the workspace, the base, and the layers that they share.

use std::collections::BTreeSet;
use std::sync::Arc;

use fourply_app::TurboCache;
use fourply_base::{Base, Pins, hidden};
use fourply_blob::{Directories, LayerFormat, LayerPath, Meta};
use fourply_modules::{ImageRoot, Prune, SharedLayers};
use fourply_oci::image::MAX_LAYERS;
use fourply_pnpm::{Target, Workspace, services};
use fourply_store::Progress as _;

use crate::Error;
use crate::build_root::Toolchain;
use crate::context::{Context, workspace};
use crate::downloads::unknown_names;
use crate::settings::{ROOT_IN_IMAGE, Settings};

use super::unmatched::unmatched;

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
        unmatched(settings, &workspace).iter().for_each(|text| context.terminal.warn(text));
        context.terminal.begin("reading the base", None);
        let (base, pins) = context.base(settings)?;
        context.terminal.end();
        let target = target(settings, &base)?;
        let toolchain = Toolchain::of(settings, context, &base)?;
        let prune = settings.layers.prune.as_ref().map(|options| Prune::new(options, &target)).transpose()?;
        let root = LayerPath::new(ROOT_IN_IMAGE.trim_start_matches('/'));
        let root = root.map_err(|error| Error::Blob(error.into()))?;
        let above = base.rootfs.parents(&root).into_iter();
        let directories: Directories = above.chain(place(settings, &base).map(|meta| (root, meta))).collect();
        let kept: Vec<&str> =
            settings.base.added.setup.folders.iter().map(|folder| folder.path.as_str()).collect();
        let hidden = hidden(&base.rootfs, ROOT_IN_IMAGE.trim_start_matches('/'), &kept);
        warn_of_hidden(context, &hidden);
        let budget = budget(settings, context, &base, !hidden.is_empty());
        let shared = SharedLayers::new(services, budget, settings.layers.format);
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

/// What `[base] folders` says of the workspace's place. What the base itself says of it does not count: whoever owns a folder could replace
/// what is in it.
pub(super) fn place(settings: &Settings, base: &Base) -> Option<Meta> {
    let mut folders = settings.base.added.setup.folders.iter();
    let is_named = folders.any(|folder| folder.path.trim_end_matches('/') == ROOT_IN_IMAGE);
    is_named.then(|| base.rootfs.directory_meta(ROOT_IN_IMAGE))
}

/// The layers of an image beside the base's and those of packages: the user, what was generated, the outputs.
const OWN_LAYERS: usize = 3;

/// How many layers packages may have where that is not configured: docs/modules-layers.md has the measurements.
pub(crate) fn default_budget(format: LayerFormat) -> usize {
    match format {
        LayerFormat::V1 => 10,
        LayerFormat::V2 => 56,
    }
}

/// An image has fewer layers than this where nothing is configured: engines and tools have bounds of their own near docker's.
const USUAL_BOUND: usize = 100;

/// How many layers packages may have, so that docker takes the image.
fn budget(settings: &Settings, context: &Context<'_>, base: &Base, is_cleared: bool) -> usize {
    let taken = base.layers.len() + OWN_LAYERS + usize::from(is_cleared);
    let format = settings.layers.format;
    let wanted = settings.layers.budget.unwrap_or_else(|| match format {
        LayerFormat::V1 => default_budget(format),
        LayerFormat::V2 => default_budget(format).min((USUAL_BOUND - 1).saturating_sub(taken).max(10)),
    });
    // Without any room, the image says so once it is known how many layers it has.
    let Some(room) = MAX_LAYERS.checked_sub(taken).filter(|room| *room > 0) else { return 1 };
    if room < wanted {
        context.terminal.warn(&format!(
            "the base has {} layers, and docker takes {MAX_LAYERS} in all: packages get at most {room}, not {wanted}",
            base.layers.len()
        ));
    }
    wanted.min(room)
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
