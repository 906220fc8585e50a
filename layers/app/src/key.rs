//! What decides a build. In: the request and the key over its sources. Out: keys. A written contract: a change here is a new domain.

use std::path::Path;

use fourply_blob::{Key, KeyBuilder};
use fourply_pnpm::{Closure, ImporterId, Resolution, Workspace};

use crate::AppRequest;
use fourply_scripts::key::{edge, package_manager, with_env};

/// The version of this crate's rules: which files a build sees, what its environment holds, what is captured.
const RULES: u64 = 6;

/// The key over everything that decides the outputs of a build with scripts.
pub(crate) fn build_key(request: &AppRequest<'_>, sources: &Key, script: &str) -> Key {
    let key = KeyBuilder::new("fourply dist v1").field("service", request.service.as_str());
    captured(around(key, request, script).field("sources", sources), request).finish()
}

/// The key over everything that decides what one level of packages makes: `visible` is the key over the sources that are in place when
/// its scripts run.
pub(crate) fn level_key(
    request: &AppRequest<'_>,
    script: &str,
    level: &[ImporterId],
    place: &Path,
    visible: &Key,
) -> Key {
    // What a level makes may hold the place of the build folder, which only the same place may see again.
    let mut key = KeyBuilder::new("fourply level v1").field("place", place.as_os_str().as_encoded_bytes());
    for package in level {
        key = key.field("package", package.as_str());
    }
    around(key, request, script).field("visible", visible).finish()
}

/// The key over everything that decides what a package makes that is built by itself, over the key of the sources that it sees.
pub(crate) fn package_key(request: &AppRequest<'_>, script: &str, sources: &Key) -> Key {
    let key = KeyBuilder::new("fourply package v1").field("package", request.service.as_str());
    around(key, request, script).field("sources", sources).finish()
}

/// What scripts find besides sources.
fn around(key: KeyBuilder, request: &AppRequest<'_>, script: &str) -> KeyBuilder {
    let install = whole_install(request);
    let pnpm = package_manager(request.workspace()).unwrap_or_default();
    let key = key
        .number("rules", RULES)
        .field("script", script)
        .field("install", install)
        .field("node", request.node_version)
        .field("package manager", pnpm)
        .field("epoch", request.install.settings.source_date_epoch.to_le_bytes());
    with_env(key, &request.install.settings.env)
}

/// The key over prebuilt outputs: what is captured is all there is.
pub(crate) fn prebuilt_key(request: &AppRequest<'_>, files: &Key) -> Key {
    let key = KeyBuilder::new("fourply prebuilt v1").number("rules", RULES);
    captured(key.field("service", request.service.as_str()).field("files", files), request).finish()
}

/// The key over an install with what its packages' own scripts made.
fn whole_install(request: &AppRequest<'_>) -> Key {
    let mut install = install_key(request.full, request.workspace(), &request.install.target.machine());
    if request.install.settings.from_pnpm_store {
        install = KeyBuilder::new("fourply install from pnpm's store v1").field("install", install).finish();
    }
    if !request.install_scripts() {
        return install;
    }
    let key = KeyBuilder::new("fourply install with scripts v2")
        .field("install", install)
        .field("node", request.node_version)
        .field("package manager", package_manager(request.workspace()).unwrap_or_default())
        .field("epoch", request.install.settings.source_date_epoch.to_le_bytes());
    with_env(key, &request.install.settings.env).finish()
}

/// The key over what an install of the full closure puts on disk: packages by integrity, edges, settings.
pub(crate) fn install_key(closure: &Closure, workspace: &Workspace, platform: &str) -> Key {
    let mut key = KeyBuilder::new("fourply install v1")
        .field("platform", platform)
        .field("dialect", workspace.rules.to_string())
        // All settings, also those that decide nothing here: one of them changes once in a year.
        .field("settings", format!("{:?}", workspace.settings));
    for importer in &closure.importers {
        key = key.field("importer", importer.as_str());
        for (alias, to) in closure.direct.get(importer).into_iter().flatten() {
            key = edge(key, alias, to);
        }
    }
    for (path, package) in &closure.packages {
        key = key.field("package", path.as_str()).field("resolution", format!("{:?}", package.resolution));
        key = key.field("name", &package.name).field("version", &package.version);
        for (alias, to) in &package.children {
            key = edge(key, alias, to);
        }
    }
    // Hoisting links every package of the workspace by its name.
    for (importer, manifest) in &workspace.manifests {
        key = key
            .field("folder", importer.as_str())
            .field("its name", manifest.name.as_deref().unwrap_or_default());
        for (command, path) in &manifest.bin {
            key = key.field("command", command).field("path", path);
        }
    }
    key.finish()
}

/// The key of what a build left in node_modules, from the build's.
pub(crate) fn generated_key(build: &Key) -> Key {
    KeyBuilder::new("fourply generated v1").field("build", build).finish()
}

/// What goes into the image.
fn captured(key: KeyBuilder, request: &AppRequest<'_>) -> KeyBuilder {
    let mut key = key.field("root", request.install.root_in_image).field("target", request.target.machine());
    for output in request.outputs {
        key = key.field("output", output);
    }
    for importer in &request.production.importers {
        key = key.field("image has", importer.as_str());
    }
    key
}

/// The name of the kept install that a build may use. Where packages are copies of folders, their files are part of it, which the
/// lockfile does not tell.
pub(crate) fn kept_install(request: &AppRequest<'_>, sources: &Key) -> Key {
    let install = whole_install(request);
    let copies = request.full.packages.values();
    let copies = copies.filter(|package| matches!(package.resolution, Resolution::Directory { .. })).count();
    match copies {
        0 => install,
        _ => KeyBuilder::new("fourply install with copies v1")
            .field("install", install)
            .field("sources", sources)
            .finish(),
    }
}
