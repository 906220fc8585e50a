//! Documents and blobs of a registry. In: a reference. Out: bytes, checked against their digests on arrival. A blob
//! whose connection was cut continues where it stopped. The caller chooses among the images of an index.

use std::io::Write;

use fourply_blob::{Digest, DigestWriter};
use fourply_store::{Paced, Progress};
use futures_util::{StreamExt, TryStreamExt, stream};
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
};
use reqwest::header::{ACCEPT, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, Response, StatusCode};
use tokio::time::Instant;
use tracing::{Instrument as _, info_span};

use super::answer;
use super::error::RegistryError;
use super::transport::{Call, Repository, Transport};
use crate::descriptor::Descriptor;
use crate::manifest::Document;
use crate::reference::Reference;

/// The accepted documents: OCI's and Docker's indexes and manifests.
const DOCUMENTS: [&str; 4] = [
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
];

/// The size limit of a document when only its digest is needed, in bytes: the distribution specification's limit for
/// manifests.
pub(super) const MAX_DOCUMENT: u64 = 4 << 20;

/// A request for a manifest or index.
pub(super) fn manifest_call<'c>(
    repository: &Repository<'_>,
    what: &'c str,
    method: Method,
    name: &str,
) -> Result<Call<'c>, RegistryError> {
    let mut call = Call::new(what, method, repository.url(&format!("manifests/{name}"))?);
    call.headers.push((ACCEPT, DOCUMENTS.join(", ")));
    Ok(call)
}

/// The digest of the document that a reference names. If the registry does not report it, it is computed from the
/// document.
pub(super) async fn digest(
    transport: &Transport,
    reference: &Reference,
) -> Result<Option<Digest>, RegistryError> {
    let repository = transport.repository(reference, false, Vec::new()).await?;
    match head(&repository, &reference.wanted()).await? {
        Head::Absent => Ok(None),
        Head::Digest(digest) => Ok(Some(digest)),
        Head::Untold => {
            Ok(Some(Digest::of(&document(transport, reference, None, MAX_DOCUMENT).await?.bytes)))
        }
    }
}

/// The registry's answer about a tag or digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// The name does not exist.
    Absent,
    /// A document with this digest.
    Digest(Digest),
    /// A document whose digest the registry does not report.
    Untold,
}

/// Looks for the manifest with this tag or digest.
pub(super) async fn head(repository: &Repository<'_>, name: &str) -> Result<Head, RegistryError> {
    let what = format!("look for {name} in {}", repository.reference.name());
    let response = repository.send(&manifest_call(repository, &what, Method::HEAD, name)?).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(Head::Absent);
    }
    let response = repository.asked(&what).expect(response, &[200]).await?;
    let digest = name.parse().ok().or_else(|| answer::digest(response.headers()));
    Ok(digest.map_or(Head::Untold, Head::Digest))
}

/// The document that a reference names or that has this digest; from a mirror if one has it.
pub(super) async fn document(
    transport: &Transport,
    reference: &Reference,
    digest: Option<&Digest>,
    max: u64,
) -> Result<Document, RegistryError> {
    let wanted = digest.map_or_else(|| reference.wanted(), Digest::to_string);
    for mirror in transport.mirrors(reference) {
        // If a mirror lacks or damages it, the registry itself is asked.
        if let Ok(document) = document_at(transport, &mirror, &wanted, max).await {
            return Ok(document);
        }
    }
    document_at(transport, reference, &wanted, max).await
}

async fn document_at(
    transport: &Transport,
    reference: &Reference,
    wanted: &str,
    max: u64,
) -> Result<Document, RegistryError> {
    let repository = transport.repository(reference, false, Vec::new()).await?;
    let what = format!("pull the manifest {wanted} from {}", reference.name());
    let call = manifest_call(&repository, &what, Method::GET, wanted)?;
    let asked = repository.asked(&what);
    let attempt = || async {
        let response = repository.once(&call).await?;
        let response = asked.expect(response, &[200]).await?;
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.map(|text| text.split(';').next().unwrap_or(text).trim().to_owned());
        let told = answer::digest(response.headers());
        let bytes = asked.body(response, max).await?;
        Ok((Document { media_type, bytes }, told))
    };
    let (document, told) = transport.retry(transport.settings.retries, attempt).await?;
    let actual = Digest::of(&document.bytes);
    match wanted.parse().ok().or(told) {
        Some(expected) if expected != actual => {
            Err(RegistryError::Mismatch { what, expected, actual: actual.to_string() })
        }
        _ => Ok(document),
    }
}

/// Fetches a blob into the store, unless the store has it.
pub(super) async fn keep(
    transport: &Transport,
    reference: &Reference,
    descriptor: &Descriptor,
) -> Result<(), RegistryError> {
    let Some(store) = &transport.settings.store else {
        return Err(RegistryError::Missing { digest: descriptor.digest, target: reference.name() });
    };
    let flight = transport.fetches.of(&reference.name(), descriptor.digest);
    let _one_at_a_time = flight.lock().await;
    if store.blob_of_size(&descriptor.digest, descriptor.size).is_none() {
        let mut writer = store.blob_writer()?;
        blob(transport, reference, descriptor, &mut writer).await?;
        writer.commit(Some(&descriptor.digest))?;
    }
    Ok(())
}

/// Fetches the blobs that the store lacks, several at once.
pub(super) async fn keep_all(
    transport: &Transport,
    reference: &Reference,
    blobs: &[Descriptor],
    progress: &dyn Progress,
) -> Result<(), RegistryError> {
    let absent = |descriptor: &&Descriptor| {
        transport
            .settings
            .store
            .as_ref()
            .is_none_or(|store| store.blob_of_size(&descriptor.digest, descriptor.size).is_none())
    };
    let missing: Vec<&Descriptor> = blobs.iter().filter(absent).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let total = missing.iter().map(|descriptor| descriptor.size).sum();
    progress.begin_bytes(&format!("pull {}", reference.name()), total);
    let work = stream::iter(missing).map(|descriptor| async move {
        let span = info_span!("blob", of = %descriptor.digest);
        keep(transport, reference, descriptor).instrument(span).await?;
        progress.advance(descriptor.size);
        Ok(())
    });
    let span = info_span!("pull", of = %reference.name());
    let work = work.buffer_unordered(transport.settings.parallel.max(1)).try_collect::<Vec<()>>();
    let done = work.instrument(span).await;
    progress.end();
    done.map(drop)
}

/// Writes a blob. If a mirror fails in the middle, the next location continues where it stopped.
pub(super) async fn blob(
    transport: &Transport,
    reference: &Reference,
    descriptor: &Descriptor,
    out: &mut dyn Write,
) -> Result<(), RegistryError> {
    let received = tokio::sync::Mutex::new(Received { out: DigestWriter::new(out), count: 0 });
    let mut places = transport.mirrors(reference);
    places.push(reference.clone());
    let (last, mirrors) = places.split_last().unwrap_or((reference, &[]));
    let mut done = false;
    for mirror in mirrors {
        done = done || blob_at(transport, mirror, descriptor, &received).await.is_ok();
    }
    if !done {
        blob_at(transport, last, descriptor, &received).await?;
    }
    let (_, actual, count) = received.into_inner().out.into_parts();
    if actual != descriptor.digest || count != descriptor.size {
        let what = format!("pull blob {} from {}", descriptor.digest, reference.name());
        let actual = format!("{actual} with {count} bytes");
        return Err(RegistryError::Mismatch { what, expected: descriptor.digest, actual });
    }
    Ok(())
}

async fn blob_at(
    transport: &Transport,
    reference: &Reference,
    descriptor: &Descriptor,
    received: &tokio::sync::Mutex<Received<'_>>,
) -> Result<(), RegistryError> {
    let what = format!("pull blob {} from {}", descriptor.digest, reference.name());
    let repository = transport.repository(reference, false, Vec::new()).await?;
    let download =
        Download { repository: &repository, what: &what, expected: descriptor.digest, size: descriptor.size };
    loop {
        let (before, began) = (received.lock().await.count, Instant::now());
        let attempt = || async { download.go_on(&mut *received.lock().await).await };
        match transport.retry(transport.settings.retries, attempt).await {
            Ok(()) => return Ok(()),
            // The connection is bad but alive: it continues while each attempt brings enough bytes.
            Err(error) if error.is_transient() => {
                let came = received.lock().await.count - before;
                if !transport.settings.pace.keeps_up(came, began.elapsed()) {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

struct Download<'d> {
    repository: &'d Repository<'d>,
    what: &'d str,
    expected: Digest,
    size: u64,
}

/// The bytes received so far.
struct Received<'r> {
    out: DigestWriter<&'r mut dyn Write>,
    count: u64,
}

impl Download<'_> {
    async fn go_on(&self, received: &mut Received<'_>) -> Result<(), RegistryError> {
        if received.count == self.size && self.size > 0 {
            return Ok(());
        }
        let mut call =
            Call::new(self.what, Method::GET, self.repository.url(&format!("blobs/{}", self.expected))?);
        if received.count > 0 {
            call.headers.push((RANGE, format!("bytes={}-", received.count)));
        }
        let response = self.repository.once(&call).await?;
        let response = self.repository.asked(self.what).expect(response, &[200, 206]).await?;
        let skip = self.skipped(&response, received.count)?;
        self.receive(response, skip, received).await
    }

    /// How many bytes of the response to skip: none of a requested range, all received bytes of a whole blob.
    fn skipped(&self, response: &Response, count: u64) -> Result<u64, RegistryError> {
        if response.status() == StatusCode::OK {
            return Ok(count);
        }
        let range =
            response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match range_start(range) {
            Some(start) if start == count => Ok(0),
            _ => Err(self.protocol(format!("it was asked for bytes from {count} on and sent {range:?}"))),
        }
    }

    async fn receive(
        &self,
        response: Response,
        mut skip: u64,
        received: &mut Received<'_>,
    ) -> Result<(), RegistryError> {
        let (asked, url) = (self.repository.asked(self.what), response.url().clone());
        let mut pieces = Paced::new(response, asked.pace);
        while let Some(piece) = pieces.next().await.map_err(|lapse| asked.lapsed(lapse, &url))? {
            let piece = piece.as_ref();
            let here = usize::try_from(skip).unwrap_or(usize::MAX).min(piece.len());
            skip -= here as u64;
            let fresh = piece.get(here..).unwrap_or_default();
            if received.count + fresh.len() as u64 > self.size {
                return Err(
                    self.protocol(format!("it has more than the {} bytes that it should have", self.size))
                );
            }
            let failed = |source| RegistryError::Io { what: self.what.to_owned(), source };
            received.out.write_all(fresh).map_err(failed)?;
            received.count += fresh.len() as u64;
        }
        Ok(())
    }

    fn protocol(&self, reason: String) -> RegistryError {
        RegistryError::Protocol { what: self.what.to_owned(), reason: reason.into() }
    }
}

/// The first byte in `Content-Range: bytes 5-9/10`.
pub(super) fn range_start(range: &str) -> Option<u64> {
    let (start, _) = range.trim_start_matches("bytes ").split_once('-')?;
    start.trim().parse().ok()
}
