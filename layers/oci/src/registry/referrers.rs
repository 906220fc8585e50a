//! Manifests that name another as their subject: signatures, SBOMs, provenance. In: a subject. Out: the list that the
//! registry maintains. If it maintains none: the index under the tag `sha256-<hex>`, which every client that pushes
//! must maintain. Source: distribution specification, "Listing Referrers" and "Pushing Manifests with Subject".

use fourply_blob::{Digest, Reason};
use reqwest::header::{ACCEPT, LINK};
use reqwest::{Method, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::body::Payload;
use super::error::RegistryError;
use super::pull::{MAX_DOCUMENT, manifest_call};
use super::transport::{Call, Repository, Transport};
use crate::manifest::Manifest;
use crate::media_type;
use crate::reference::Reference;
use crate::referrer::Referrer;

/// The most pages of a list that are read.
const MAX_PAGES: usize = 100;
/// The most entries of a list.
const MAX_REFERRERS: usize = 20_000;
/// How often the tag is written again if another writer was faster.
const ATTEMPTS: usize = 5;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    schema_version: u8,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    manifests: Vec<Referrer>,
}

/// The referrers of a manifest.
pub(super) async fn list(
    transport: &Transport,
    reference: &Reference,
    subject: &Digest,
) -> Result<Vec<Referrer>, RegistryError> {
    let repository = transport.repository(reference, false, Vec::new()).await?;
    match listed(&repository, subject).await? {
        Some(list) => Ok(list),
        None => Ok(tagged(&repository, subject).await?.unwrap_or_default()),
    }
}

/// The registry's own list; `None` if it maintains none.
async fn listed(
    repository: &Repository<'_>,
    subject: &Digest,
) -> Result<Option<Vec<Referrer>>, RegistryError> {
    let what = format!("list the referrers of {subject} in {}", repository.reference.name());
    let mut url = repository.url(&format!("referrers/{subject}"))?;
    let mut all = Vec::new();
    for _ in 0..MAX_PAGES {
        let mut call = Call::new(&what, Method::GET, url.clone());
        call.headers.push((ACCEPT, media_type::INDEX.to_owned()));
        let response = repository.send(&call).await?;
        // Registries without such lists answer in many ways. Registries with them answer 200 even for an empty list.
        if response.status() != StatusCode::OK {
            return Ok(None);
        }
        let next = next_page(&response).map(|next| repository.locate(&url, &next, &what)).transpose()?;
        let bytes = body(repository, response, &what).await?;
        let Ok(list) = serde_json::from_slice::<List>(&bytes) else { return Ok(None) };
        all.extend(list.manifests);
        if all.len() > MAX_REFERRERS {
            let reason = format!("the list has more than {MAX_REFERRERS} entries").into();
            return Err(RegistryError::Protocol { what: what.clone(), reason });
        }
        match next {
            Some(next) => url = next,
            None => break,
        }
    }
    Ok(Some(all))
}

async fn body(repository: &Repository<'_>, response: Response, what: &str) -> Result<Vec<u8>, RegistryError> {
    repository.asked(what).body(response, MAX_DOCUMENT).await
}

fn next_page(response: &Response) -> Option<String> {
    next_of(response.headers().get(LINK)?.to_str().ok()?)
}

/// `Link: </v2/…>; rel="next"`.
pub(super) fn next_of(link: &str) -> Option<String> {
    let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    rest.contains("next").then(|| target.to_owned())
}

fn tag(subject: &Digest) -> String {
    format!("sha256-{}", subject.hex())
}

/// The list under the tag; `None` if the tag does not exist.
async fn tagged(
    repository: &Repository<'_>,
    subject: &Digest,
) -> Result<Option<Vec<Referrer>>, RegistryError> {
    let what = format!("read the referrers of {subject} in {}", repository.reference.name());
    let call = manifest_call(repository, &what, Method::GET, &tag(subject))?;
    let response = repository.send(&call).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let response = repository.asked(&what).expect(response, &[200]).await?;
    let bytes = body(repository, response, &what).await?;
    let wrong = |error: serde_json::Error| RegistryError::Protocol {
        what: what.clone(),
        reason: Reason::because(format!("the tag {} is no list of referrers", tag(subject)), error),
    };
    Ok(Some(serde_json::from_slice::<List>(&bytes).map_err(wrong)?.manifests))
}

/// Ensures that a manifest is in the list of its subject. `kept` means that the registry recorded it.
pub(super) async fn attach(
    repository: &Repository<'_>,
    manifest: &Manifest,
    subject: &Digest,
    kept: bool,
) -> Result<(), RegistryError> {
    if kept || listed(repository, subject).await?.is_some() {
        return Ok(());
    }
    let entry = Referrer::of(manifest);
    let listed = |list: &[Referrer]| list.iter().any(|one| one.descriptor.digest == entry.descriptor.digest);
    for _ in 0..ATTEMPTS {
        let mut manifests = tagged(repository, subject).await?.unwrap_or_default();
        if listed(&manifests) {
            return Ok(());
        }
        manifests.push(entry.clone());
        manifests.sort_by_key(|one| one.descriptor.digest);
        let list = List { schema_version: 2, media_type: media_type::INDEX.to_owned(), manifests };
        let what = format!("note a referrer of {subject} in {}", repository.reference.name());
        let bytes = serde_json::to_vec(&list).map_err(|error| RegistryError::Protocol {
            what: what.clone(),
            reason: Reason::because("the list cannot be written as JSON", error),
        })?;
        let mut call = manifest_call(repository, &what, Method::PUT, &tag(subject))?;
        call.headers = vec![(reqwest::header::CONTENT_TYPE, media_type::INDEX.to_owned())];
        call.body = Payload::Bytes(&bytes);
        let response = repository.send(&call).await?;
        repository.asked(&what).expect(response, &[200, 201, 202]).await?;
        // Registries write tags unconditionally: a faster writer is detected by reading again.
    }
    match tagged(repository, subject).await?.is_some_and(|list| listed(&list)) {
        true => Ok(()),
        false => Err(RegistryError::Protocol {
            what: format!("note a referrer of {subject} in {}", repository.reference.name()),
            reason: format!("somebody else writes the tag {} all the time", tag(subject)).into(),
        }),
    }
}
