//! Locked downloads in the store, for transfer to a place without a network. In: owners. Out: the blobs.

use std::collections::BTreeSet;
use std::sync::Mutex;

use fourply_blob::Digest;

use super::ScriptNetwork;
use super::asked::ports;
use super::session::Session;
use crate::{Result, ScriptsError};

/// Ensures that the store has the locked downloads of one owner; `texts` name servers of this host that may be used.
///
/// # Errors
/// A download is gone, or has changed.
pub fn complete<'t>(
    network: ScriptNetwork<'t>,
    texts: impl Iterator<Item = &'t str>,
) -> Result<BTreeSet<Digest>> {
    let local = ports(texts.chain([network.configured])).local;
    let session = Session { network, local, attempts: Mutex::default() };
    let lines = network.downloads.of(|owner| owner == network.owner);
    let mut blobs = BTreeSet::new();
    for url in lines.values().flat_map(|of| of.keys()) {
        let Ok(url) = url.parse() else { continue };
        let failed = |problem| ScriptsError::Download { owner: network.owner.to_owned(), problem };
        let answer = network.fetcher.runtime()?.block_on(session.download(&url, &[])).map_err(failed)?;
        if answer.size > 0 {
            blobs.insert(answer.sha256);
        }
    }
    Ok(blobs)
}
