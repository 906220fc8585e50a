//! Downloads of one script. In: URLs. Out: the locked response, or the server's, which is locked from now on.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fourply_blob::Digest;
use fourply_store::{Download, DownloadRequest};
use url::Url;

use super::asked::{is_metadata, written};
use super::{Attempts, Problem, ScriptNetwork};

/// The most bytes of one file.
const LARGEST: u64 = 4 << 30;

/// The downloads of one script.
pub(super) struct Session<'a> {
    pub network: ScriptNetwork<'a>,
    /// Ports of this host's loopback interface that the user named.
    pub local: BTreeSet<u16>,
    pub attempts: Mutex<Attempts>,
}

impl Session<'_> {
    pub(super) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a text contains a secret of the script.
    pub(super) fn is_secret(&self, text: &str) -> bool {
        self.network.secrets.is_some_and(|secrets| secrets.find(text.as_bytes()).is_some())
    }

    /// Whether the store has the bytes of a locked response. The lock may have been edited: bytes of another size do
    /// not count.
    fn has(&self, locked: &Download, url: &str) -> Result<bool, Problem> {
        let path = self.network.fetcher.store().sound_blob(&locked.sha256);
        let size = match path.and_then(|path| std::fs::metadata(path).ok()) {
            Some(found) => found.len(),
            None if locked.sha256 == Digest::of(b"") => 0,
            None => return Ok(false),
        };
        match size == locked.size {
            true => Ok(true),
            false => {
                let found = told(&Download { size, ..locked.clone() });
                Err(Problem::Changed { url: url.to_owned(), locked: told(locked), found })
            }
        }
    }

    /// The response for a URL. Its bytes are in the store.
    pub(super) async fn download(
        &self,
        url: &Url,
        headers: &[(String, String)],
    ) -> Result<Download, Problem> {
        let ScriptNetwork { owner, downloads, fetcher, installs, configured, .. } = self.network;
        let line = written(url);
        if installs && is_metadata(url, configured) {
            return self.fetched(url, headers, &line).await;
        }
        let turn = downloads.turn(owner, &line);
        let _turn = turn.lock().await;
        let locked = downloads.find(owner, &line);
        match locked {
            Some(known) if self.has(&known, &line)? => return Ok(known),
            None if downloads.only_locked() => return Err(Problem::NotLocked { url: line }),
            _ if fetcher.offline() => return Err(Problem::Offline { url: line }),
            _ => {}
        }
        let found = self.fetched(url, headers, &line).await?;
        if found.location.as_ref().is_some_and(|location| self.is_secret(location)) {
            return Err(Problem::Secret { host: url.host_str().unwrap_or_default().to_owned() });
        }
        match locked {
            Some(locked) if !same(&locked, &found) => {
                Err(Problem::Changed { url: line, locked: told(&locked), found: told(&found) })
            }
            Some(locked) => Ok(locked),
            None if downloads.add(owner, &line, &found) => Ok(found),
            None => Err(Problem::Failed { url: line, reason: "there are too many downloads".to_owned() }),
        }
    }

    /// The current response of the server.
    async fn fetched(
        &self,
        url: &Url,
        headers: &[(String, String)],
        line: &str,
    ) -> Result<Download, Problem> {
        let request = DownloadRequest { url, headers, local: &self.local, max: LARGEST };
        let found = self.network.fetcher.download(request).await;
        found.map_err(|error| Problem::Failed { url: line.to_owned(), reason: texts(&error) })
    }
}

fn same(locked: &Download, found: &Download) -> bool {
    let told = |it: &Download| (it.status, it.sha256, it.size, it.location.clone());
    told(locked) == told(found)
}

fn told(download: &Download) -> String {
    let Download { status, sha256, size, location, .. } = download;
    match location {
        Some(location) => format!("{status} to {location}"),
        None if *status == 200 => format!("{sha256} of {size} bytes"),
        None => format!("{status} with {sha256} of {size} bytes"),
    }
}

/// An error with its causes.
fn texts(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
