//! One build on one screen: the stages in the order in which data flows. Settings come in, an image whose blobs lie in the store
//! goes out. What each stage does is told in its own crate; how it is skipped when nothing changed, in `build/`.

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

use fourply_base::Base;
use fourply_modules::{ImporterId, Libc, Prune, Target, Tree};

use common::Common;
pub use context::{Context, index};
pub use modules::workspace;
pub use ply::PlyLayer;

use crate::Error;
use crate::image::Image;
use crate::settings::{ROOT_IN_IMAGE, Settings};

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
    build_in(settings, context, &Common::read(settings, context)?)
}

/// Builds the image of every service of a workspace, one after the other, so that each shared layer is made once and no more is in memory
/// than for one. `settings` gives those of a service by its folder.
///
/// # Errors
/// Those of the stages; nothing was written but to the store.
pub fn build_all(
    first: &Settings,
    context: &Context<'_>,
    settings: impl Fn(&str) -> Result<Settings, Error>,
) -> Result<Vec<(Settings, Built)>, Error> {
    let common = Common::read(first, context)?;
    let build_one = |service: &ImporterId| {
        let settings = settings(service.as_str())?;
        let built = build_in(&settings, context, &common)?;
        Ok((settings, built))
    };
    common.services.iter().map(build_one).collect()
}

fn build_in(settings: &Settings, context: &Context<'_>, common: &Common) -> Result<Built, Error> {
    let Common { workspace, base, target, .. } = common;
    let service = workspace.importer(&settings.service)?;
    let production = modules::production(workspace, &service, target)?;
    engines::warnings(workspace, &service, base).iter().for_each(|warning| context.terminal.line(warning));

    let (account, user) = image::accounts(settings, context, base)?;
    // An injected package has what the build left in its folder, and so has a command of a workspace package.
    let dist = dist::ply(settings, context, workspace, &service, &production, base, target)?;
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
    Ok(tree.entries(&context.store)?.iter().map(|entry| format!("{entry}\n")).collect())
}

/// What the image leaves out of it, one line for each file: its path, the rule, its size in bytes, between tabs.
///
/// # Errors
/// Those of the stages.
pub fn pruned(settings: &Settings, context: &Context<'_>, target: &Target) -> Result<String, Error> {
    let tree = planned(settings, context, target)?;
    let Some(options) = &settings.prune else { return Ok(String::new()) };
    let removals = tree.removals(&context.store, &Prune::new(options, target)?)?;
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
    let libc = match base.facts.libc {
        Some(fourply_base::Libc::Musl) => Libc::Musl,
        Some(fourply_base::Libc::Glibc) => Libc::Glibc,
        None => {
            return Err(Error::user(
                "the base has no C library that can be told: neither musl's loader nor glibc's is there",
                "take a base that node runs on, such as node:22-alpine",
            ));
        }
    };
    target_for(settings, libc, base.facts.node.as_deref())
}

/// What packages have to fit on a machine of the settings' platform with this C library and node.
///
/// # Errors
/// Where the version cannot be read.
pub fn target_for(settings: &Settings, libc: Libc, node: Option<&str>) -> Result<Target, Error> {
    let cpu = match settings.platform.architecture.as_str() {
        "amd64" => "x64",
        other => other,
    };
    let node = node.map(node_semver::Version::parse).transpose().map_err(|error| {
        Error::user(format!("the version of node cannot be read: {error}"), "give it as 20.20.2")
    })?;
    Ok(Target { os: "linux".to_owned(), cpu: cpu.to_owned(), libc, node })
}
