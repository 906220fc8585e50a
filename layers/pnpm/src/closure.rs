//! What one service needs on one platform. In: a workspace that was read. Out: importers, packages and the edges
//! between them. It does not know the layout's directories or links.

mod edges;
mod graph;
mod image;
mod part;
mod peers;
mod reach;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use crate::platform::Platforms;
use crate::rules::ImporterOrder;
use crate::{DepPath, ImporterId, PackageInfo, PnpmError, Target, Workspace, names};
use graph::Skipped;
pub use graph::{Closure, ClosurePackage, Dependency, Include};
pub use image::image_closure;
pub use part::ImagePackages;

/// What `roots` need, as `pnpm install --prod --filter-prod 'svc...'` installs it, with the root importer's own
/// dependencies and the workspace packages that links lead to. With [`Include::All`], development dependencies count
/// everywhere.
///
/// # Errors
/// A root that the lockfile lacks; a reference to something missing or outside the workspace; an invalid name; under
/// `engineStrict`, a package for another platform or node.
pub fn closure(
    workspace: &Workspace,
    roots: &[ImporterId],
    include: Include,
    target: &Target,
) -> Result<Closure, PnpmError> {
    if let Some(unknown) = roots.iter().find(|root| !workspace.knows(root)) {
        return Err(workspace.no_importer(unknown.as_str()));
    }
    let platforms = platforms(workspace, target);
    let mut selected = walk::Selected::walk(workspace, roots, include)?;
    let mut reached = reach::packages(workspace, &mut selected, include, &platforms)?;
    let mut importers = selected.order;
    let others = match reach::takes_all(workspace) {
        false => BTreeSet::new(),
        true => workspace.lockfile.importers.keys().filter(|id| !importers.contains(id)).cloned().collect(),
    };
    match workspace.rules.closure.importer_order {
        ImporterOrder::AsReached => {}
        ImporterOrder::ByPath => importers.sort(),
    }
    let direct = |ids: &mut dyn Iterator<Item = &ImporterId>| {
        let lists = ids.map(|id| Ok((id.clone(), direct(workspace, id, include, &reached.skipped)?)));
        lists.collect::<Result<BTreeMap<_, _>, PnpmError>>()
    };
    let unlinked = direct(&mut reached.unlinked.iter())?;
    let direct = direct(&mut importers.iter())?;
    let mismatched = mismatched(workspace, &mut reached)?;
    let packages = reached.installed.into_iter().map(|(dep_path, node)| {
        let package = package(&dep_path, node, &reached.skipped)?;
        Ok((dep_path, package))
    });
    let packages = packages.collect::<Result<BTreeMap<_, _>, PnpmError>>()?;
    Ok(Closure {
        importers,
        others,
        include,
        direct,
        unlinked,
        packages,
        skipped: reached.skipped,
        mismatched,
    })
}

/// The setting `nodeVersion` replaces the image's node here, as it replaces pnpm's own.
fn platforms(workspace: &Workspace, target: &Target) -> Platforms {
    let setting = workspace
        .settings
        .platforms
        .node_version
        .as_deref()
        .and_then(|text| node_semver::Version::parse(text).ok());
    Platforms::new(
        target,
        &workspace.settings.platforms.supported_architectures,
        setting.or_else(|| target.node.clone()),
    )
}

/// Reports packages that are installed for another platform; under `engineStrict` this is an error.
fn mismatched(
    workspace: &Workspace,
    reached: &mut reach::Reached<'_>,
) -> Result<BTreeMap<DepPath, String>, PnpmError> {
    let nodes = reached.installed.iter_mut();
    let faults: BTreeMap<_, _> =
        nodes.filter_map(|(dep_path, node)| Some((dep_path.clone(), node.fault.take()?))).collect();
    match faults.iter().next().filter(|_| workspace.settings.platforms.engine_strict) {
        Some((package, reason)) => {
            Err(PnpmError::Unsupported { package: package.clone(), reason: reason.clone() })
        }
        None => Ok(faults),
    }
}

fn direct(
    workspace: &Workspace,
    id: &ImporterId,
    include: Include,
    skipped: &Skipped,
) -> Result<Vec<(String, Dependency)>, PnpmError> {
    let Some(importer) = workspace.lockfile.importers.get(id) else { return Ok(Vec::new()) };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut list: Vec<(String, Dependency)> = Vec::new();
    for (alias, entry) in walk::lists(importer, include).into_iter().flatten() {
        if walk::is_development_runtime(importer, entry) {
            continue;
        }
        let edge = edges::direct(id, alias, &entry.version)?;
        let dependency = edges::dependency(edge, id.as_str(), &entry.version)?;
        // A name in two lists has the value of the last and the position of the first.
        let place = *places.entry(alias).or_insert(list.len());
        match list.get_mut(place) {
            Some((_, held)) => *held = dependency,
            None => list.push((alias.clone(), dependency)),
        }
    }
    list.retain(|(_, dependency)| stays(dependency, skipped));
    Ok(list)
}

fn stays(dependency: &Dependency, skipped: &Skipped) -> bool {
    match dependency {
        Dependency::Package(dep_path) => !skipped.contains_key(dep_path),
        Dependency::Link(_) => true,
    }
}

fn package(
    dep_path: &DepPath,
    node: reach::Node<'_>,
    skipped: &Skipped,
) -> Result<ClosurePackage, PnpmError> {
    let name = package_name(dep_path, node.info);
    edges::named(name, dep_path.as_str())?;
    let info = node.info;
    let children = node
        .children
        .into_iter()
        .map(|(alias, child, _)| (alias, child))
        .filter(|(_, child)| stays(child, skipped));
    Ok(ClosurePackage {
        name: name.to_owned(),
        version: info.version.clone().unwrap_or_else(|| dep_path.version().to_owned()),
        resolution: info.resolution.clone(),
        children: children.collect(),
        has_bin: info.has_bin,
        optional: node.snapshot.optional,
        bundled: info.bundled.clone(),
        requires_build: info.requires_build,
    })
}

/// The real name of a package. Old `file:` keys do not start with a name; the entry has it.
pub(crate) fn package_name<'a>(dep_path: &'a DepPath, info: &'a PackageInfo) -> &'a str {
    if names::is_name(dep_path.name()) {
        return dep_path.name();
    }
    info.name.as_deref().unwrap_or_default()
}

/// A service with the workspace packages that it needs, and the needs of each of those.
pub(crate) fn walk_importers(
    workspace: &Workspace,
    service: &ImporterId,
    include: Include,
) -> Result<BTreeMap<ImporterId, BTreeSet<ImporterId>>, PnpmError> {
    if !workspace.knows(service) {
        return Err(workspace.no_importer(service.as_str()));
    }
    walk::Selected::graph(workspace, service, include)
}
