//! A size limit for a store. In: a number of bytes. Out: if the store was larger, its least recently used parts are
//! removed. The store is not measured for each command: bytes written since the last measurement are counted.

use std::io::Read as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::{PruneReport, PruneRequest, Result, Store};
use fourply_input::open_file;

/// How long a measurement is valid.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// The last measurement.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Measure {
    bytes: u64,
    /// Whether the user was informed that the limit is enforced.
    told: bool,
}

/// The result of enforcing the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded {
    /// The removed and the remaining parts.
    pub report: PruneReport,
    /// Whether something was removed for the first time.
    pub first: bool,
}

impl Store {
    /// Keeps the store at no more than `most` bytes. The least recently used parts are removed, except those that a
    /// running command uses. Does nothing if there is no reason to measure.
    ///
    /// # Errors
    /// Those of [`Store::prune`].
    pub fn keep_below(&self, most: u64, now: SystemTime) -> Result<Option<Bounded>> {
        let known = self.measure();
        let written = self.written().load(Ordering::Relaxed);
        if let Some((measure, at)) = &known {
            let fresh = now.duration_since(*at).is_ok_and(|age| age < FRESH);
            if written == 0 || (fresh && measure.bytes + written <= most) {
                return Ok(None);
            }
        }
        let report =
            self.prune(&PruneRequest { unused_since: None, keep: Some(most), now, pretend: false })?;
        let told = known.is_some_and(|(measure, _)| measure.told);
        let measure = Measure { bytes: report.left.bytes, told: told || !report.gone.is_empty() };
        let text = serde_json::to_vec(&measure).map_err(std::io::Error::from)?;
        self.write(&self.root().join(MEASURED), &text)?;
        self.written().store(0, Ordering::Relaxed);
        Ok((!report.gone.is_empty()).then_some(Bounded { report, first: !told }))
    }

    /// The last measurement and its time; `None` if it is damaged.
    fn measure(&self) -> Option<(Measure, SystemTime)> {
        let path = self.root().join(MEASURED);
        let mut bytes = Vec::new();
        open_file(&path).ok()?.take(1 << 10).read_to_end(&mut bytes).ok()?;
        Some((serde_json::from_slice(&bytes).ok()?, std::fs::metadata(path).ok()?.modified().ok()?))
    }
}

/// The file with the measurement, in the store's folder.
const MEASURED: &str = "locks/measured";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn fill(store: &Store, text: &str) {
        store.put_blob(text.repeat(1000).as_bytes()).unwrap();
    }

    #[test]
    fn the_bound_is_kept_and_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let open = || Store::open(dir.path()).unwrap();
        let store = open();
        fill(&store, "a");
        assert_eq!(store.keep_below(1500, now).unwrap(), None, "it is small enough");
        fill(&store, "b");
        let bounded = store.keep_below(1500, now).unwrap().unwrap();
        assert!(bounded.first && bounded.report.left.bytes <= 1500);
        assert_eq!(store.keep_below(1500, now).unwrap(), None, "nothing was written since");
        drop(store);
        let store = open();
        fill(&store, "c");
        assert!(!store.keep_below(1500, now).unwrap().unwrap().first);
        drop(store);
        assert_eq!(open().keep_below(10, now).unwrap(), None, "who writes nothing does not measure");
    }

    #[test]
    fn others_keep_what_they_use() {
        let dir = tempfile::tempdir().unwrap();
        let (store, other) = (Store::open(dir.path()).unwrap(), Store::open(dir.path()).unwrap());
        fill(&other, "a");
        fill(&store, "b");
        assert_eq!(store.keep_below(10, SystemTime::now()).unwrap(), None);
    }
}
