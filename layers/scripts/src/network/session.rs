//! Downloads of one script. In: URLs. Out: what is locked, or what the server answers and is locked from now on.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fourply_store::{Download, DownloadRequest};
use url::Url;

use super::asked::written;
use super::{Attempts, Problem, ScriptNetwork};

/// How many bytes one file may have.
const LARGEST: u64 = 4 << 30;

/// See the module.
pub(super) struct Session<'a> {
    pub network: ScriptNetwork<'a>,
    /// Ports of this machine's loopback interface that the user named.
    pub local: BTreeSet<u16>,
    pub attempts: Mutex<Attempts>,
}

impl Session<'_> {
    pub(super) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a text holds a secret of the script.
    pub(super) fn is_secret(&self, text: &str) -> bool {
        self.network.secrets.is_some_and(|secrets| secrets.find(text.as_bytes()).is_some())
    }

    /// What a URL answers. Its bytes lie in the store.
    pub(super) async fn download(
        &self,
        url: &Url,
        headers: &[(String, String)],
    ) -> Result<Download, Problem> {
        let ScriptNetwork { owner, downloads, fetcher, .. } = self.network;
        let line = written(url);
        let locked = downloads.find(owner, &line);
        let here = |known: &Download| known.size == 0 || fetcher.store().blob_path(&known.sha256).is_some();
        match locked {
            Some(known) if here(&known) => return Ok(known),
            None if downloads.only_locked() => return Err(Problem::NotLocked { url: line }),
            _ if fetcher.offline() => return Err(Problem::Offline { url: line }),
            _ => {}
        }
        let request = DownloadRequest { url, headers, local: &self.local, max: LARGEST };
        let failed = |reason: String| Problem::Failed { url: line.clone(), reason };
        let found = fetcher.download(request).await.map_err(|error| failed(texts(&error)))?;
        if found.location.as_ref().is_some_and(|location| self.is_secret(location)) {
            return Err(Problem::Secret { host: url.host_str().unwrap_or_default().to_owned() });
        }
        // Another connection of the same script may have been faster.
        let locked = locked.or_else(|| downloads.find(owner, &line));
        match locked {
            Some(locked) if !same(&locked, &found) => {
                Err(Problem::Changed { url: line, locked: told(&locked), found: told(&found) })
            }
            Some(locked) => Ok(locked),
            None if downloads.add(owner, &line, &found) => Ok(found),
            None => Err(failed("there are too many downloads".to_owned())),
        }
    }
}

fn same(locked: &Download, found: &Download) -> bool {
    let told = |it: &Download| (it.status, it.sha256, it.location.clone());
    told(locked) == told(found)
}

fn told(download: &Download) -> String {
    let Download { status, sha256, location, .. } = download;
    match location {
        Some(location) => format!("{status} to {location}"),
        None if *status == 200 => sha256.to_string(),
        None => format!("{status} with {sha256}"),
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
