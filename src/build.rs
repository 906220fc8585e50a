//! One build on one screen: the stages in the order in which data flows. Settings come in, an image whose blobs lie in the store
//! goes out. What each stage does is told in its own crate; how it is skipped when nothing changed, in `build/`.

pub mod architecture;
mod at_once;
pub mod base_image;
pub mod cache;
mod common;
mod context;
mod dist;
mod engines;
mod image;
mod modules;
mod ply;
mod repositories;
mod scripts;
pub mod supplies;
mod turbo;

use fourply_base::Base;
use fourply_modules::{Prune, entries, removals};
use fourply_pnpm::{Closure, ImporterId, Libc, Target, Tree};

use architecture::cpu;
use at_once::at_once;
use common::Common;
pub use context::{Context, image_tree};
use dist::DistPly;
pub use modules::workspace;
pub use ply::PlyLayer;

use crate::Error;
use crate::settings::{ROOT_IN_IMAGE, Settings};
use fourply_oci::image::Image;

/// For how many services scripts run at once, at most: as many as pnpm runs packages at once (its `workspaceConcurrency`).
const AT_ONCE: usize = 4;

/// What a build made.
#[derive(Debug)]
pub struct Built {
    /// The image; its blobs are in the store.
    pub image: Image,
    /// The layers that are not the base's, in their order.
    pub plies: Vec<PlyLayer>,
}

/// Builds one service's image.
///
/// # Errors
/// Those of the stages.
pub fn build(settings: &Settings, context: &Context<'_>) -> Result<Built, Error> {
    let common = Common::read(settings, context)?;
    assemble(settings, context, &common, run_scripts(settings, context, &common)?)
}

/// Builds the image of every service of a workspace. What scripts do is done for several services at once; the layers come one after the
/// other, so that each shared one is made once and no more is in memory than for one. `settings` gives those of a service by its folder.
///
/// # Errors
/// Those of the stages; nothing was written but to the store.
pub fn build_all(
    first: &Settings,
    context: &Context<'_>,
    settings: impl Fn(&str) -> Result<Settings, Error> + Sync,
) -> Result<Vec<(Settings, Built)>, Error> {
    let common = Common::read(first, context)?;
    let threads = rayon::current_num_threads().min(AT_ONCE);
    let scripted = at_once(&common.services, threads, |service| {
        let settings = settings(service.as_str())?;
        let scripted = run_scripts(&settings, context, &common)?;
        Ok::<_, Error>((settings, scripted))
    })?;
    let finish = |(settings, scripted): (Settings, Scripted)| {
        let built = assemble(&settings, context, &common, scripted)?;
        Ok((settings, built))
    };
    scripted.into_iter().map(finish).collect()
}

/// A service whose scripts ran.
struct Scripted {
    service: ImporterId,
    production: Closure,
    dist: DistPly,
}

fn run_scripts(settings: &Settings, context: &Context<'_>, common: &Common) -> Result<Scripted, Error> {
    let Common { workspace, base, target, .. } = common;
    let service = workspace.importer(&settings.service)?;
    let production = modules::production(workspace, &service, target)?;
    let mut warnings = engines::warnings(workspace, &service, base);
    if let Some(script) = &settings.script {
        let (manifests, packages) = (&workspace.manifests, &production.importers);
        warnings.extend(turbo::warnings(&workspace.root, manifests, &service, packages, script));
    }
    warnings.iter().for_each(|warning| context.terminal.warn(warning));
    let dist = dist::ply(settings, context, workspace, &service, &production, base, target)?;
    Ok(Scripted { service, production, dist })
}

fn assemble(
    settings: &Settings,
    context: &Context<'_>,
    common: &Common,
    scripted: Scripted,
) -> Result<Built, Error> {
    let Scripted { service, production, dist } = scripted;
    let Common { workspace, base, .. } = common;
    let (account, user) = image::accounts(settings, context, base)?;
    // An injected package has what the build left in its folder, and so has a command of a workspace package.
    let modules = modules::ply(settings, context, common, &service, &production, &dist)?;
    let plies: Vec<PlyLayer> = user.into_iter().chain(modules).chain(dist.layers).collect();
    let parts = image::Parts { workspace, service: &service, base, account: &account, plies: &plies };
    let image = image::assemble(settings, context, &parts, dist.entry.as_deref())?;
    Ok(Built { image, plies })
}

/// The node_modules of the service's image as pnpm lays it out, one line for each path.
///
/// # Errors
/// Those of the stages.
pub fn tree(settings: &Settings, context: &Context<'_>, target: &Target) -> Result<String, Error> {
    let tree = planned(settings, context, target)?;
    Ok(entries(&tree, &context.store)?.iter().map(|entry| format!("{entry}\n")).collect())
}

/// What the image leaves out of it, one line for each file: its path, the rule, its size in bytes, between tabs.
///
/// # Errors
/// Those of the stages.
pub fn pruned(settings: &Settings, context: &Context<'_>, target: &Target) -> Result<String, Error> {
    let tree = planned(settings, context, target)?;
    let Some(options) = &settings.prune else { return Ok(String::new()) };
    let removals = removals(&tree, &context.store, &Prune::new(options, target)?)?;
    Ok(removals.iter().map(|removal| format!("{removal}\n")).collect())
}

fn planned(settings: &Settings, context: &Context<'_>, target: &Target) -> Result<Tree, Error> {
    let workspace = modules::workspace(settings)?;
    let service: ImporterId = workspace.importer(&settings.service)?;
    let production = modules::production(&workspace, &service, target)?;
    let folders = modules::folders(&context.store, &workspace, &|_, _| false);
    let install = modules::Install { settings, target, strict: false, built: None };
    modules::plan(context, &workspace, &production, ROOT_IN_IMAGE, &folders, &install)
        .map(|planned| planned.tree)
}

/// What the packages have to fit: the base's C library and node.
fn target(settings: &Settings, base: &Base) -> Result<Target, Error> {
    let libc = match base.rootfs.libc {
        Some(fourply_platform::Libc::Musl) => Libc::Musl,
        Some(fourply_platform::Libc::Glibc) => Libc::Glibc,
        None => {
            return Err(Error::user(
                "the base has no C library that can be told: neither musl's loader nor glibc's is there",
                "take a base that node runs on, such as node:22-alpine",
            ));
        }
    };
    target_for(settings, libc, base.rootfs.node.as_deref())
}

/// What packages have to fit on a machine of the settings' platform with this C library and node.
///
/// # Errors
/// Where the version cannot be read.
pub fn target_for(settings: &Settings, libc: Libc, node: Option<&str>) -> Result<Target, Error> {
    let cpu = cpu(&settings.platform.architecture)?;
    let node = node.map(node_semver::Version::parse).transpose().map_err(|error| {
        Error::user(format!("the version of node cannot be read: {error}"), "give it as 20.20.2")
    })?;
    Ok(Target { os: "linux".to_owned(), cpu, libc, node })
}
