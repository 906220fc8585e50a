//! An image into repositories. In: an image, references. Out: what was sent and what was there. The order is what keeps a tag whole:
//! blobs, manifest by digest, tags; a failure before the last leaves every tag as it was. A manifest that is there
//! already says that its blobs are. Source of the order: distribution specification, "Pushing manifests".

use fourply_blob::Digest;
use fourply_store::Progress;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use super::body::Payload;
use super::pull::{self, Head};
use super::transport::{Call, Repository, Transport};
use super::upload::{Outcome, blob};
use super::{Reference, RegistryError, answer};
use crate::image::{Blob, Image};

/// What a push did, over all its repositories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PushReport {
    /// Blobs that were sent, and the manifest if it was.
    pub uploaded: usize,
    /// Blobs (and manifests) that were there.
    pub present: usize,
    /// Blobs that the registry took over from another of its repositories.
    pub mounted: usize,
    /// The size of what was sent, in bytes.
    pub bytes: u64,
    /// Tags that were set, or changed.
    pub tagged: usize,
}

/// One repository and the tags that the image gets there.
struct Target<'t> {
    reference: &'t Reference,
    tags: Vec<&'t str>,
}

/// Pushes the image under all references.
pub(super) async fn push(
    transport: &Transport,
    image: &Image,
    references: &[Reference],
    progress: &dyn Progress,
) -> Result<PushReport, RegistryError> {
    let mut report = PushReport::default();
    let mut done: Vec<&Reference> = Vec::new();
    for target in targets(references)? {
        let own = done.iter().filter(|other| other.host() == target.reference.host());
        let own: Vec<String> = own.map(|other| other.repository().to_owned()).collect();
        let push = Push { transport, image, target: &target, own: &own, progress };
        push.run(&mut report).await?;
        done.push(target.reference);
    }
    Ok(report)
}

/// By repository, in the order of the references.
fn targets(references: &[Reference]) -> Result<Vec<Target<'_>>, RegistryError> {
    let mut targets: Vec<Target<'_>> = Vec::new();
    for reference in references {
        let wrong = |reason| RegistryError::Target { target: reference.to_string(), reason };
        if reference.digest().is_some() {
            return Err(wrong("leave the digest out: it follows from the image"));
        }
        let tag = reference.tag().ok_or_else(|| wrong("the tag is missing"))?;
        match targets.iter_mut().find(|target| target.reference.name() == reference.name()) {
            Some(target) if target.tags.contains(&tag) => {}
            Some(target) => target.tags.push(tag),
            None => targets.push(Target { reference, tags: vec![tag] }),
        }
    }
    Ok(targets)
}

struct Push<'p> {
    transport: &'p Transport,
    image: &'p Image,
    target: &'p Target<'p>,
    /// Repositories of the same registry that have the whole image since a moment ago.
    own: &'p [String],
    progress: &'p dyn Progress,
}

impl Push<'_> {
    async fn run(&self, report: &mut PushReport) -> Result<(), RegistryError> {
        let base = self.base_repository();
        let sources = self.own.iter().cloned().chain(base.clone()).collect();
        let repository = self.transport.repository(self.target.reference, true, sources).await?;
        let digest = self.image.digest();
        let known = self.current(&repository, &digest.to_string()).await? != Head::Absent;
        if known {
            report.present += self.image.blobs().len() + 1;
        } else {
            self.blobs(&repository, base.as_ref(), report).await?;
            self.manifest(&repository, &digest.to_string(), digest).await?;
            report.uploaded += 1;
            report.bytes += self.image.manifest.len() as u64;
        }
        for tag in &self.target.tags {
            if !known || self.current(&repository, tag).await? != Head::Digest(digest) {
                self.manifest(&repository, tag, digest).await?;
                report.tagged += 1;
            }
        }
        Ok(())
    }

    /// What the repository has under a name. Some registries (Artifactory) forbid to look for what is not there; whether the push
    /// is allowed will show.
    async fn current(&self, repository: &Repository<'_>, name: &str) -> Result<Head, RegistryError> {
        match pull::head(repository, name).await {
            Err(RegistryError::Status { status, .. }) if [401, 403].contains(&status.as_u16()) => {
                Ok(Head::Absent)
            }
            answer => answer,
        }
    }

    /// The base's repository, if it is another one of the same registry.
    fn base_repository(&self) -> Option<String> {
        let base = Reference::parse(self.image.base_name.as_deref()?).ok()?;
        let target = self.target.reference;
        (base.host() == target.host() && base.repository() != target.repository())
            .then(|| base.repository().to_owned())
    }

    async fn blobs(
        &self,
        repository: &Repository<'_>,
        base: Option<&String>,
        report: &mut PushReport,
    ) -> Result<(), RegistryError> {
        let blobs = self.image.blobs();
        let total = blobs.iter().map(|blob| blob.content.size).sum();
        self.progress.begin(&format!("push {}", repository.reference.name()), Some(total));
        let work = stream::iter(&blobs).map(|one| self.blob(repository, one, base));
        let parallel = self.transport.settings.parallel.max(1);
        let outcomes = work.buffered(parallel).try_collect::<Vec<_>>().await;
        self.progress.end();
        for (outcome, blob) in outcomes?.into_iter().zip(&blobs) {
            match outcome {
                Outcome::Present => report.present += 1,
                Outcome::Mounted => report.mounted += 1,
                Outcome::Uploaded => {
                    report.uploaded += 1;
                    report.bytes += blob.content.size;
                }
            }
        }
        Ok(())
    }

    async fn blob(
        &self,
        repository: &Repository<'_>,
        one: &Blob<'_>,
        base: Option<&String>,
    ) -> Result<Outcome, RegistryError> {
        let base = base.filter(|_| one.from_base);
        let sources: Vec<String> = self.own.iter().take(1).chain(base).cloned().collect();
        blob(repository, one, &sources, self.progress).await
    }

    /// Puts the manifest under a digest or a tag. The answer's `Location` is of no use, so one that lacks it is taken.
    async fn manifest(
        &self,
        repository: &Repository<'_>,
        name: &str,
        digest: Digest,
    ) -> Result<(), RegistryError> {
        let what = format!("push the manifest {name} to {}", repository.reference.name());
        let mut call = Call::new(&what, Method::PUT, repository.url(&format!("manifests/{name}"))?);
        call.headers.push((CONTENT_TYPE, self.image.manifest_content().media_type));
        call.body = Payload::Bytes(&self.image.manifest);
        let response = repository.send(&call).await?;
        let response =
            answer::expect(response, &[200, 201, 202], &what, repository.reference.registry()).await?;
        match answer::digest(response.headers()) {
            Some(actual) if actual != digest => {
                Err(RegistryError::Mismatch { what, expected: digest, actual: actual.to_string() })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
