//! State that the pushes of one process share. In: uploads that started and finished, bodies that were too large. Out:
//! who must wait, which repository has a blob already, the size that a registry accepts. It sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use fourply_blob::Digest;

use crate::reference::Reference;

/// Blobs that are being uploaded, and blobs that have arrived.
#[derive(Debug, Default)]
pub(super) struct Flights {
    flights: Mutex<BTreeMap<(String, Digest), Flight>>,
    /// By registry and digest: the repositories that have the blob.
    places: Mutex<BTreeMap<(String, Digest), BTreeSet<String>>>,
    /// By registry: the size of the smallest body that was refused as too large, in bytes.
    refused: Mutex<BTreeMap<String, u64>>,
}

/// `true` once the blob has arrived.
type Flight = Arc<tokio::sync::Mutex<bool>>;

impl Flights {
    /// The lock of a blob in a repository.
    pub(super) fn of(&self, repository: &str, digest: Digest) -> Flight {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.entry((repository.to_owned(), digest)).or_default().clone()
    }

    /// Records that a repository has a blob.
    pub(super) fn arrived(&self, reference: &Reference, digest: Digest) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry((reference.host().to_owned(), digest)).or_default();
        place.insert(reference.repository().to_owned());
    }

    /// Another repository of the same registry that is known to have a blob.
    pub(super) fn elsewhere(&self, reference: &Reference, digest: Digest) -> Option<String> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let all = places.get(&(reference.host().to_owned(), digest))?;
        all.iter().find(|name| *name != reference.repository()).cloned()
    }

    /// Records that a registry refused a body of this size in bytes as too large.
    pub(super) fn refuse(&self, reference: &Reference, bytes: u64) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let least = refused.entry(reference.host().to_owned()).or_insert(bytes);
        *least = bytes.min(*least);
    }

    /// The size of the smallest body that the registry refused, in bytes.
    pub(super) fn refused(&self, reference: &Reference) -> Option<u64> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get(reference.host()).copied()
    }
}
