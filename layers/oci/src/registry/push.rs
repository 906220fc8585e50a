//! Manifests and their blobs into repositories. In: an [`ImageTree`], references. Out: counts of sent and present
//! blobs. The order keeps every tag valid: blobs, then manifests by digest (children before parents), then tags. A
//! failure before the last step leaves every tag unchanged. If a manifest exists, its blobs exist too. Source of the
//! order: distribution specification, "Pushing manifests".

use fourply_blob::Digest;
use fourply_store::Progress;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use tracing::{Instrument as _, info_span};

use super::body::Payload;
use super::error::RegistryError;
use super::pull::{self, Head};
use super::transport::{Call, Repository, Transport};
use super::upload::{UploadOutcome, blob};
use super::{answer, referrers};
use crate::blob::Blob;
use crate::manifest::Manifest;
use crate::reference::Reference;
use crate::tree::ImageTree;

/// The result of a push, over all of its repositories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PushReport {
    /// Number of sent blobs and manifests.
    pub uploaded: usize,
    /// Number of blobs and manifests that were present.
    pub present: usize,
    /// Number of blobs that were mounted from another repository of the registry.
    pub mounted: usize,
    /// Sent bytes.
    pub bytes: u64,
    /// Number of tags that were created or changed.
    pub tagged: usize,
}

/// A repository, and the image's tags in it.
struct Target<'t> {
    reference: &'t Reference,
    tags: Vec<&'t str>,
}

impl PushReport {
    /// Adds the counts of another push.
    pub fn add(&mut self, other: PushReport) {
        self.uploaded += other.uploaded;
        self.present += other.present;
        self.mounted += other.mounted;
        self.bytes += other.bytes;
        self.tagged += other.tagged;
    }
}

/// Pushes the tree under all references.
pub(super) async fn push(
    transport: &Transport,
    tree: &ImageTree,
    references: &[Reference],
    progress: &dyn Progress,
) -> Result<PushReport, RegistryError> {
    let mut report = PushReport::default();
    for target in targets(references, tree.root)? {
        let push = Push { transport, tree, target: &target, progress };
        let span = info_span!("push", of = %target.reference.name());
        push.run(&mut report).instrument(span).await?;
    }
    Ok(report)
}

/// The references by repository, in their order.
fn targets(references: &[Reference], root: Digest) -> Result<Vec<Target<'_>>, RegistryError> {
    let mut targets: Vec<Target<'_>> = Vec::new();
    for reference in references {
        let wrong = |reason| RegistryError::Target { target: reference.to_string(), reason };
        let tag = match (reference.digest(), reference.tag()) {
            (None, Some(tag)) => Some(tag),
            (None, None) => return Err(wrong("the tag is missing")),
            (Some(digest), None) if digest == root => None,
            (Some(_), None) => return Err(wrong("its digest is another one than the image's")),
            (Some(_), Some(_)) => return Err(wrong("leave the digest out: it follows from the image")),
        };
        match targets.iter_mut().find(|target| target.reference.name() == reference.name()) {
            Some(target) if tag.is_none_or(|tag| target.tags.contains(&tag)) => {}
            Some(target) => target.tags.extend(tag),
            None => targets.push(Target { reference, tags: tag.into_iter().collect() }),
        }
    }
    Ok(targets)
}

struct Push<'p> {
    transport: &'p Transport,
    tree: &'p ImageTree,
    target: &'p Target<'p>,
    progress: &'p dyn Progress,
}

impl Push<'_> {
    async fn run(&self, report: &mut PushReport) -> Result<(), RegistryError> {
        let repository = self.transport.repository(self.target.reference, true, self.mount_sources()).await?;
        let missing = self.missing(&repository).await?;
        report.present += self.tree.manifests.len() - missing.len();
        if missing.is_empty() {
            report.present += self.tree.blobs.len();
            let arrived =
                |blob: &Blob| self.transport.flights.arrived(self.target.reference, blob.descriptor.digest);
            self.tree.blobs.iter().for_each(arrived);
        } else {
            self.blobs(&repository, report).await?;
        }
        for manifest in &self.tree.manifests {
            let subject = manifest.subject();
            let mut kept = false;
            if missing.contains(&manifest.descriptor.digest) {
                kept = self.put(&repository, &manifest.descriptor.digest.to_string(), manifest).await?;
                report.uploaded += 1;
                report.bytes += manifest.descriptor.size;
            }
            if let Some(subject) = subject {
                referrers::attach(&repository, manifest, &subject, kept).await?;
            }
        }
        for (tag, digest) in &self.tree.companions {
            self.tag_as(&repository, tag, *digest, missing.contains(digest), report).await?;
        }
        for tag in &self.target.tags {
            self.tag_as(&repository, tag, self.tree.root, missing.contains(&self.tree.root), report).await?;
        }
        Ok(())
    }

    /// The manifests that the repository lacks. An image has one manifest, so one request answers for the whole image.
    async fn missing(&self, repository: &Repository<'_>) -> Result<Vec<Digest>, RegistryError> {
        let look = stream::iter(&self.tree.manifests).map(|manifest| async move {
            let digest = manifest.descriptor.digest;
            let head = self.current(repository, &digest.to_string()).await?;
            Ok::<_, RegistryError>((head == Head::Absent).then_some(digest))
        });
        let found = look.buffered(self.transport.settings.parallel.max(1)).try_collect::<Vec<_>>().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Sets the tag to a manifest that the repository has. `new` means that the manifest was just sent.
    async fn tag_as(
        &self,
        repository: &Repository<'_>,
        tag: &str,
        digest: Digest,
        new: bool,
        report: &mut PushReport,
    ) -> Result<(), RegistryError> {
        let mut all = self.tree.manifests.iter();
        let Some(manifest) = all.find(|manifest| manifest.descriptor.digest == digest) else { return Ok(()) };
        if new || self.current(repository, tag).await? != Head::Digest(digest) {
            self.put(repository, tag, manifest).await?;
            report.tagged += 1;
        }
        Ok(())
    }

    /// The digest under a name in the repository. Some registries (Artifactory) answer "forbidden" for a missing name;
    /// the push itself then shows whether it is allowed.
    async fn current(&self, repository: &Repository<'_>, name: &str) -> Result<Head, RegistryError> {
        match pull::head(repository, name).await {
            Err(RegistryError::Status { status, .. }) if [401, 403].contains(&status.as_u16()) => {
                Ok(Head::Absent)
            }
            answer => answer,
        }
    }

    /// Repositories of the same registry that may have some of the blobs: those that just received one, and the blobs'
    /// origins.
    fn mount_sources(&self) -> Vec<String> {
        let blobs = self.tree.blobs.iter();
        let mut sources: Vec<String> = blobs.flat_map(|blob| self.sources(blob)).collect();
        sources.sort();
        sources.dedup();
        sources
    }

    /// Repositories that one blob can be mounted from, most certain first.
    fn sources(&self, blob: &Blob) -> Vec<String> {
        let target = self.target.reference;
        let known = self.transport.flights.elsewhere(target, blob.descriptor.digest);
        let origin = blob.origin.as_ref().and_then(|origin| Reference::parse(origin).ok());
        let origin = origin
            .filter(|origin| origin.host() == target.host() && origin.repository() != target.repository());
        let origin = origin.map(|origin| origin.repository().to_owned());
        let origin = origin.filter(|origin| known.as_ref() != Some(origin));
        known.into_iter().chain(origin).collect()
    }

    async fn blobs(&self, repository: &Repository<'_>, report: &mut PushReport) -> Result<(), RegistryError> {
        let blobs = &self.tree.blobs;
        let total = blobs.iter().map(|blob| blob.descriptor.size).sum();
        self.progress.begin_bytes(&format!("push {}", repository.reference.name()), total);
        let work = stream::iter(blobs).map(|one| async move {
            let span = info_span!("blob", of = %one.descriptor.digest);
            blob(repository, one, &self.sources(one), self.progress).instrument(span).await
        });
        let parallel = self.transport.settings.parallel.max(1);
        let outcomes = work.buffered(parallel).try_collect::<Vec<_>>().await;
        self.progress.end();
        for (outcome, blob) in outcomes?.into_iter().zip(blobs) {
            match outcome {
                UploadOutcome::Present => report.present += 1,
                UploadOutcome::Mounted => report.mounted += 1,
                UploadOutcome::Uploaded => {
                    report.uploaded += 1;
                    report.bytes += blob.descriptor.size;
                }
            }
        }
        Ok(())
    }

    /// Uploads a manifest under a digest or a tag. The response's `Location` is not needed, so a response without it is
    /// accepted. Returns whether the registry has recorded the subject.
    async fn put(
        &self,
        repository: &Repository<'_>,
        name: &str,
        manifest: &Manifest,
    ) -> Result<bool, RegistryError> {
        let what = format!("push the manifest {name} to {}", repository.reference.name());
        let mut call = Call::new(&what, Method::PUT, repository.url(&format!("manifests/{name}"))?);
        call.headers.push((CONTENT_TYPE, manifest.descriptor.media_type.clone()));
        call.body = Payload::Bytes(&manifest.bytes);
        let response = repository.send(&call).await?;
        let response = repository.asked(&what).expect(response, &[200, 201, 202]).await?;
        let expected = manifest.descriptor.digest;
        match answer::digest(response.headers()) {
            Some(actual) if actual != expected => {
                Err(RegistryError::Mismatch { what, expected, actual: actual.to_string() })
            }
            _ => Ok(response.headers().contains_key("oci-subject")),
        }
    }
}

#[cfg(test)]
mod tests;
