//! Layers by use: which packages of a service go to layers shared with other services, and which to the service's own.
//!
//! In: the packages that each service of the workspace uses, a budget. Out: [`SharedLayer`]s. The result depends only
//! on the lockfile and the settings, so runners that build one service each produce the same shared layers without
//! communicating.
//!
//! The rule: packages that the same services use form a group. The groups are processed in order of the bytes that
//! sharing saves. A group becomes a layer if each of its services has room in its budget. Otherwise it joins existing
//! layers, those with the most services first, as long as every service of such a layer uses the group. The remaining
//! services have it in their own layer. A layer never contains a package that one of its services does not use.
//!
//! The lockfile does not contain package sizes, and to learn them every runner would have to fetch every service's
//! packages. So a package counts one, and a package for some platforms only, which contains machine code, counts
//! [`NATIVE`]. If no service exceeds its budget, as is usual, sizes do not matter.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::{ClosurePackage, DepPath, ImporterId, PnpmError, Resolution, Target, Workspace, image_closure};

/// The weight of a package with machine code; one without has 1.
const NATIVE: u64 = 16;

/// Packages that some services use, and a layer for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLayer {
    /// The services: two or more.
    pub users: BTreeSet<ImporterId>,
    /// The packages. Every user uses all of them and has them in no other layer.
    pub packages: BTreeSet<DepPath>,
}

/// The packages that each service uses, with their weights.
pub type ServiceUses = BTreeMap<ImporterId, BTreeMap<DepPath, u64>>;

/// The production closures of these services on one platform.
///
/// # Errors
/// Those of a closure.
pub fn uses(
    workspace: &Workspace,
    services: &[ImporterId],
    target: &Target,
) -> Result<ServiceUses, PnpmError> {
    let of_service = |service: &ImporterId| {
        let closure = image_closure(workspace, service, target)?;
        // The content of a workspace folder depends on the build, so it is never shared.
        let shareable =
            |package: &ClosurePackage| !matches!(package.resolution, Resolution::Directory { .. });
        let packages =
            closure.packages.into_iter().filter(|(_, package)| shareable(package)).map(|(path, _)| {
                let weight = weight(workspace, &path);
                (path, weight)
            });
        Ok((service.clone(), packages.collect()))
    };
    services.par_iter().map(of_service).collect()
}

fn weight(workspace: &Workspace, path: &DepPath) -> u64 {
    let info = workspace.lockfile.info(path);
    let native = info.is_some_and(|info| info.os.is_some() || info.cpu.is_some() || info.libc.is_some());
    if native { NATIVE } else { 1 }
}

/// The shared layers in the order in which images stack them: layers with the most services come first, so that images
/// share their lowest layers. No service has more than `budget` layers, including its own.
pub fn split(uses: &ServiceUses, budget: usize) -> Vec<SharedLayer> {
    let mut room: BTreeMap<&ImporterId, usize> =
        uses.keys().map(|service| (service, budget.saturating_sub(1))).collect();
    let mut layers = Vec::new();
    let mut rest = Vec::new();
    for layer in groups(uses) {
        if layer.users.iter().all(|user| room.get(user).is_some_and(|room| *room > 0)) {
            layer.users.iter().for_each(|user| {
                if let Some(room) = room.get_mut(user) {
                    *room -= 1;
                }
            });
            layers.push(layer);
        } else {
            rest.push(layer);
        }
    }
    layers.sort_by(|a, b| (b.users.len(), &a.users).cmp(&(a.users.len(), &b.users)));
    rest.into_iter().for_each(|group| join(&mut layers, group));
    layers
}

/// Packages by the set of services that use them, for sets of two or more; the group that saves most comes first.
fn groups(uses: &ServiceUses) -> Vec<SharedLayer> {
    let mut users: BTreeMap<&DepPath, (BTreeSet<ImporterId>, u64)> = BTreeMap::new();
    for (service, packages) in uses {
        for (package, weight) in packages {
            let (users, known) = users.entry(package).or_default();
            users.insert(service.clone());
            *known = *weight;
        }
    }
    let mut groups: BTreeMap<BTreeSet<ImporterId>, (u64, BTreeSet<DepPath>)> = BTreeMap::new();
    for (package, (users, weight)) in users {
        let (total, packages) = groups.entry(users).or_default();
        *total += weight;
        packages.insert(package.clone());
    }
    let shared = groups.into_iter().filter(|(users, _)| users.len() > 1);
    let saved = |users: &BTreeSet<ImporterId>, weight: u64| weight.saturating_mul(users.len() as u64 - 1);
    let mut shared: Vec<(u64, SharedLayer)> = shared
        .map(|(users, (weight, packages))| (saved(&users, weight), SharedLayer { users, packages }))
        .collect();
    // The sort is stable: groups that save the same stay in the order of their services.
    shared.sort_by_key(|(saved, _)| std::cmp::Reverse(*saved));
    shared.into_iter().map(|(_, layer)| layer).collect()
}

/// Adds a group to layers whose services all use it, each service once.
fn join(layers: &mut [SharedLayer], group: SharedLayer) {
    let mut left = group.users;
    for layer in layers {
        if layer.users.is_subset(&left) {
            left = left.difference(&layer.users).cloned().collect();
            layer.packages.extend(group.packages.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests;
