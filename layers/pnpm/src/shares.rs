//! How many parts each layer by use is divided into. In: shared layers, what services use, the most package layers of
//! an image. Out: numbers. Only the lockfile decides them, so every user of a shared layer divides it the same way.

use crate::split::{ServiceUses, SharedLayer};
use crate::{DepPath, ImporterId};

/// The allowed numbers of parts. Between them, one package more or less rarely changes the number, which would move
/// packages between parts.
const NUMBERS: [usize; 22] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96];

/// The number of parts of each layer: proportional to its weight for the user with the least room. `most` is the limit
/// of package layers of one image, including its service's own. No service exceeds it if it starts with at most that
/// many `layers` plus its own.
pub fn shares(layers: &[SharedLayer], uses: &ServiceUses, most: usize) -> Vec<usize> {
    let whole = |service: &ImporterId| uses.get(service).map_or(0, |packages| packages.values().sum::<u64>());
    let count =
        |service: &ImporterId| 1 + layers.iter().filter(|layer| layer.users.contains(service)).count();
    let for_user = |layer: &SharedLayer, user: &ImporterId| {
        let weight = |package: &DepPath| uses.get(user)?.get(package).copied();
        let weight: u64 = layer.packages.iter().filter_map(weight).sum();
        let room = most.saturating_sub(count(user));
        1 + (room as u64 * weight / whole(user).max(1)) as usize
    };
    let share = |layer: &SharedLayer| layer.users.iter().map(|user| for_user(layer, user)).min();
    layers.iter().map(|layer| round_number(share(layer).unwrap_or(1))).collect()
}

/// The number of parts of a service's own packages, out of those that its shared layers leave.
pub fn own_share(left: usize) -> usize {
    round_number(left)
}

/// The greatest of [`NUMBERS`] that is at most `number`; at least 1.
fn round_number(number: usize) -> usize {
    NUMBERS.into_iter().rev().find(|known| *known <= number).unwrap_or(1)
}

#[cfg(test)]
mod tests;
