//! One build on one screen: the stages in the order in which data flows. Settings come in, an image whose blobs lie in the store
//! goes out. What each stage does is told in its own crate; how it is skipped when nothing changed, in `build/`.

mod context;
mod dist;
mod image;
mod modules;
mod ply;

use fourply_base::Base;
use fourply_modules::{ImporterId, Libc, Target};

pub use context::Context;
pub use ply::PlyLayer;

use crate::Error;
use crate::cli::Settings;
use crate::cli::settings::ROOT_IN_IMAGE;
use crate::image::Image;

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
    let workspace = modules::workspace(settings)?;
    let service = workspace.importer(&settings.service)?;
    let base = context.base(settings)?;
    let production = modules::production(&workspace, &service, &target(settings, &base)?)?;

    let (account, user) = image::accounts(settings, context, &base)?;
    // A package that is injected from a folder has what the build left there.
    let dist = dist::ply(settings, context, &workspace, &service, &production, &base)?;
    let modules = modules::ply(settings, context, &workspace, &production, &base, &dist.folders)?;

    let plies: Vec<PlyLayer> = user.into_iter().chain([modules, dist.layer]).collect();
    let parts = image::Parts {
        workspace: &workspace,
        service: &service,
        base: &base,
        account: &account,
        plies: &plies,
    };
    let image = image::assemble(settings, context, &parts, dist.entry.as_deref())?;
    Ok(Built { image, plies })
}

/// The node_modules of the service's image, one line for each path.
///
/// # Errors
/// Those of the stages.
pub fn tree(
    settings: &Settings,
    context: &Context<'_>,
    libc: &str,
    node: Option<&str>,
) -> Result<String, Error> {
    let workspace = modules::workspace(settings)?;
    let service: ImporterId = workspace.importer(&settings.service)?;
    let libc = if libc == "musl" { Libc::Musl } else { Libc::Glibc };
    let production = modules::production(&workspace, &service, &target_for(settings, libc, node)?)?;
    let folders = modules::folders(&context.store, &workspace, &|_, _| false);
    let tree = modules::plan(settings, context, &workspace, &production, ROOT_IN_IMAGE, &folders)?;
    Ok(tree.entries(&context.store)?.iter().map(|entry| format!("{entry}\n")).collect())
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

fn target_for(settings: &Settings, libc: Libc, node: Option<&str>) -> Result<Target, Error> {
    let cpu = match settings.platform.architecture.as_str() {
        "amd64" => "x64",
        other => other,
    };
    let node = node.map(node_semver::Version::parse).transpose().map_err(|error| {
        Error::user(format!("the version of node cannot be read: {error}"), "give it as 20.20.2")
    })?;
    Ok(Target { os: "linux".to_owned(), cpu: cpu.to_owned(), libc, node })
}
