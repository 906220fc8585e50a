//! Work that mostly waits, for several things at once, on threads of its own: a thread of rayon's that waits for a program could be the
//! one that the program's files wait for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use fourply_scripts::in_turns;

/// What `work` makes of each item, in the order of the items. After the first error nothing more is begun; of several errors, that of the
/// earliest item is given.
///
/// # Errors
/// Those of `work`.
pub(super) fn at_once<T: Sync, R: Send, E: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let waits = vec![BTreeSet::new(); items.len()];
    let outcomes = Mutex::new(BTreeMap::new());
    in_turns(&waits, threads, &|number| {
        let Some(item) = items.get(number) else { return true };
        let outcome = work(item);
        let went = outcome.is_ok();
        outcomes.lock().unwrap_or_else(PoisonError::into_inner).insert(number, outcome);
        went
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

#[cfg(test)]
mod tests;
