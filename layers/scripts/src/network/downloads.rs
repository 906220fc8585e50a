//! What scripts downloaded, by whose script it was and by URL. In: what is locked. Out: that, with what came since; all parts of a build share it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use fourply_store::Download;

use super::authority::Authority;

/// By owner (`puppeteer@22.1.0`, `services/web`), then by URL.
pub type DownloadLines = BTreeMap<String, BTreeMap<String, Download>>;

/// Held by whoever asks a server for a file: a server that answers each time with something else is asked once.
type Turn = tokio::sync::Mutex<()>;

/// How many files one owner's scripts may download.
const MOST: usize = 10_000;

/// See the module. Clones are one.
#[derive(Clone, Default)]
pub struct Downloads(Arc<State>);

#[derive(Default)]
struct State {
    only_locked: bool,
    lines: Mutex<Lines>,
    /// What is asked of servers at the moment, by owner and URL.
    asked: Mutex<BTreeMap<(String, String), Arc<Turn>>>,
    authority: OnceLock<Arc<Authority>>,
}

#[derive(Default)]
struct Lines {
    all: DownloadLines,
    /// Those that were not locked.
    added: DownloadLines,
}

impl Downloads {
    /// What is locked; with `only_locked`, nothing else may come.
    pub fn new(locked: DownloadLines, only_locked: bool) -> Downloads {
        let lines = Mutex::new(Lines { all: locked, added: DownloadLines::new() });
        Downloads(Arc::new(State { only_locked, lines, ..State::default() }))
    }

    /// What is not locked.
    pub fn added(&self) -> DownloadLines {
        self.lines().added.clone()
    }

    /// Those of some owners.
    pub fn of(&self, owner: impl Fn(&str) -> bool) -> DownloadLines {
        let lines = self.lines();
        lines
            .all
            .iter()
            .filter(|(name, _)| owner(name))
            .map(|(name, of)| (name.clone(), of.clone()))
            .collect()
    }

    pub(super) fn only_locked(&self) -> bool {
        self.0.only_locked
    }

    /// The turn of an owner's URL.
    pub(super) fn turn(&self, owner: &str, url: &str) -> Arc<Turn> {
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.entry((owner.to_owned(), url.to_owned())).or_default().clone()
    }

    pub(super) fn find(&self, owner: &str, url: &str) -> Option<Download> {
        self.lines().all.get(owner)?.get(url).cloned()
    }

    /// Whether there is room for it, or it is there already.
    pub(super) fn add(&self, owner: &str, url: &str, download: &Download) -> bool {
        let mut lines = self.lines();
        let Lines { all, added } = &mut *lines;
        let of = all.entry(owner.to_owned()).or_default();
        if of.len() >= MOST && !of.contains_key(url) {
            return false;
        }
        if of.insert(url.to_owned(), download.clone()).is_none() {
            added.entry(owner.to_owned()).or_default().insert(url.to_owned(), download.clone());
        }
        true
    }

    /// The certificate authority of this build.
    pub(super) fn authority(&self) -> Result<&Arc<Authority>, rcgen::Error> {
        if let Some(authority) = self.0.authority.get() {
            return Ok(authority);
        }
        let authority = Arc::new(Authority::new()?);
        Ok(self.0.authority.get_or_init(|| authority))
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Downloads {
    fn eq(&self, other: &Downloads) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.of(|_| true) == other.of(|_| true)
    }
}

impl Eq for Downloads {}

impl fmt::Debug for Downloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Downloads").field(&self.lines().all).finish()
    }
}
