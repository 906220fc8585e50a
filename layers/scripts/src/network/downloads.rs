//! The downloads of scripts, by owner and URL. In: locked downloads. Out: these and new ones. All parts of a build
//! share one instance.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use fourply_store::Download;

use super::authority::Authority;

/// By owner (`puppeteer@22.1.0`, `services/web`), then by URL.
pub type DownloadLines = BTreeMap<String, BTreeMap<String, Download>>;

/// Held during a download, so that a server with changing responses is asked only once.
type Turn = tokio::sync::Mutex<()>;

/// The most downloads of one owner's scripts.
const MOST: usize = 10_000;

/// The downloads of a build. Clones share their state.
#[derive(Clone, Default)]
pub struct Downloads(Arc<State>);

#[derive(Default)]
struct State {
    only_locked: bool,
    lines: Mutex<Lines>,
    /// The downloads in progress, by owner and URL.
    asked: Mutex<BTreeMap<(String, String), Arc<Turn>>>,
    authority: OnceLock<Arc<Authority>>,
}

#[derive(Default)]
struct Lines {
    all: DownloadLines,
    /// New downloads, which were not locked.
    added: DownloadLines,
}

impl Downloads {
    /// The locked downloads; with `only_locked`, no others are allowed.
    pub fn new(locked: DownloadLines, only_locked: bool) -> Downloads {
        let lines = Mutex::new(Lines { all: locked, added: DownloadLines::new() });
        Downloads(Arc::new(State { only_locked, lines, ..State::default() }))
    }

    /// The downloads that are not locked.
    pub fn added(&self) -> DownloadLines {
        self.lines().added.clone()
    }

    /// The downloads of some owners.
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

    /// The turn for an owner's URL.
    pub(super) fn turn(&self, owner: &str, url: &str) -> Arc<Turn> {
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.entry((owner.to_owned(), url.to_owned())).or_default().clone()
    }

    pub(super) fn find(&self, owner: &str, url: &str) -> Option<Download> {
        self.lines().all.get(owner)?.get(url).cloned()
    }

    /// Adds a download. Returns whether there was room for it, or it existed already.
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
