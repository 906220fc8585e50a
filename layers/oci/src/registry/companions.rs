//! cosign's tags for a manifest. In: a manifest's digest. Out: the tags that the repository has, with their manifests.

use fourply_blob::Digest;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::error::RegistryError;
use super::pull::{self, Head};
use super::transport::Transport;
use crate::companion::companions;
use crate::manifest::Manifest;
use crate::reference::Reference;

/// The tags and their manifests. The lookups use `HEAD` until one tag exists.
pub(super) async fn list(
    transport: &Transport,
    reference: &Reference,
    subject: &Digest,
) -> Result<Vec<(String, Manifest)>, RegistryError> {
    let repository = &transport.repository(reference, false, Vec::new()).await?;
    let looked = companions(subject).map(|tag| async move {
        match pull::head(repository, &tag).await {
            // Some registries answer "forbidden" for a missing manifest.
            Ok(Head::Absent) => Ok(None),
            Err(RegistryError::Status { status, .. }) if [401, 403].contains(&status.as_u16()) => Ok(None),
            Ok(_) => Ok(Some(tag)),
            Err(error) => Err(error),
        }
    });
    // All tags exist.
    let count = looked.len();
    let found: Vec<Option<String>> = stream::iter(looked).buffered(count).try_collect().await?;
    let mut all = Vec::new();
    for tag in found.into_iter().flatten() {
        let place = reference.with_tag(&tag)?;
        let document = pull::document(transport, &place, None, pull::MAX_DOCUMENT).await?;
        all.push((tag, Manifest::of(document)));
    }
    Ok(all)
}
