//! Parallel downloads. In: items, and a function that fetches one. Out: the results, in order. The fetcher's settings
//! limit the parallel downloads: they wait for servers, so the number of cores does not matter.

use std::sync::{Mutex, PoisonError};

use tracing::Span;

use super::Fetcher;

impl Fetcher {
    /// Applies `one` to each item, on threads that mostly wait. After the first error no further item is started.
    ///
    /// # Errors
    /// The error of the earliest failed item.
    pub fn several<T: Sync, R: Send, E: Send>(
        &self,
        items: &[T],
        one: impl Fn(&T) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        let queue = Mutex::new(items.iter().enumerate());
        let outcomes = Mutex::new(Vec::with_capacity(items.len()));
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let here = Span::current();
        let work = || {
            let _here = here.enter();
            while let Some((number, item)) = next() {
                let outcome = one(item);
                let failed = outcome.is_err();
                outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((number, outcome));
                if failed {
                    queue.lock().unwrap_or_else(PoisonError::into_inner).by_ref().for_each(drop);
                }
            }
        };
        let threads = self.settings.concurrency.clamp(1, items.len().max(1));
        std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcomes.sort_by_key(|(number, _)| *number);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::{FetchSettings, Store};

    #[test]
    fn as_many_are_under_way_as_the_settings_say_and_an_error_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let settings = FetchSettings { concurrency: 8, ..FetchSettings::default() };
        let fetcher = Fetcher::new(Store::open(folder.path()).unwrap(), settings);
        // Only eight parallel threads pass it.
        let barrier = Barrier::new(8);
        let items: Vec<u32> = (0..16).collect();
        let twice = |item: &u32| {
            barrier.wait();
            Ok::<_, ()>(item * 2)
        };
        assert_eq!(fetcher.several(&items, twice).unwrap(), (0..16).map(|n| n * 2).collect::<Vec<_>>());
        let begun = AtomicUsize::new(0);
        let fails = |item: &u32| {
            begun.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(*item)
        };
        assert!(fetcher.several(&items, fails).unwrap_err() < 8);
        assert!(begun.into_inner() <= 8);
        assert!(fetcher.several(&[], |item: &u32| Ok::<_, ()>(*item)).unwrap().is_empty());
    }
}
