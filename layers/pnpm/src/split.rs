//! Layers by use: which packages of a service go to layers that other services have as well, and which to the service's own.
//!
//! In: what each service of the workspace uses, a budget. Out: [`SharedLayer`]s. It is a function of the lockfile and the settings alone,
//! so runners that build one service each make the same shared layers without a word between them.
//!
//! The rule. Packages that the same services use are one group. The groups are gone through from the one whose sharing saves most;
//! each becomes a layer if every one of its services has room in its budget. A group that gets none joins layers that exist
//! already, those of the most services first, as long as every service of such a layer uses the group; who is left has it
//! in the layer of its own. A layer never holds what one of its services does not use.
//!
//! A package's size is not in the lockfile, and to learn it every runner would have to fetch the packages of every service. So a
//! package counts one, and one that is made for some platforms alone, which holds machine code, counts [`NATIVE`]. Where no
//! service is over its budget, and that is the rule, sizes decide nothing.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::{ClosurePackage, DepPath, ImporterId, PnpmError, Resolution, Target, Workspace, image_closure};

/// What a package with machine code counts beside one without.
const NATIVE: u64 = 16;

/// Packages that some services use, and a layer for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLayer {
    /// The services: two or more.
    pub users: BTreeSet<ImporterId>,
    /// The packages. Every user uses all of them, and finds them in no other layer.
    pub packages: BTreeSet<DepPath>,
}

/// What each service uses, and what it weighs.
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
        // What a folder of the workspace has depends on what was built, so it is never shared.
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

/// The shared layers in the order in which images stack them: those of the most services come first, so that images have their
/// lowest layers in common. No service has more than `budget` layers, its own one counted.
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

/// Packages by the services that use them, where there are two or more; what saves most comes first.
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

/// Adds a group to layers all of whose services use it, each service once.
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
