//! An archive for `docker load` and `podman load`: an OCI archive with Docker's `manifest.json` next to the index, the
//! form that Docker writes since version 25. Podman and older Docker versions use `manifest.json` and accept compressed
//! layers. A Docker that keeps images in containerd uses the index, so the image keeps its digest. Source: moby,
//! `image/tarexport/save.go`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fourply_store::Progress;
use serde_json::json;

use super::error::SinkError;
use super::place::{Sink, SinkReport};
use super::{archive, file};
use fourply_blob::Reason;

use crate::descriptor::Descriptor;
use crate::reference::Reference;
use crate::tree::ImageTree;

/// The target file of a Docker archive.
#[derive(Debug, Clone)]
pub struct DockerArchive {
    path: PathBuf,
}

impl DockerArchive {
    /// The archive at `path`. Its folder need not exist.
    pub fn new(path: &Path) -> DockerArchive {
        DockerArchive { path: path.to_path_buf() }
    }
}

impl Sink for DockerArchive {
    fn check(&self) -> Result<(), SinkError> {
        file::check(&self.path)
    }

    /// The names are `repository:tag`. Without a name, the image is loaded unnamed.
    fn put(
        &mut self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let (tags, manifest) = named(tree, names)?;
        let place = format!("docker-archive:{}", self.path.display());
        let more = BTreeMap::from([("manifest.json".to_owned(), manifest)]);
        archive::write(&self.path, place, tree, &tags, more, progress)
    }
}

/// The full names, and `manifest.json` for them.
///
/// # Errors
/// If a name is invalid, or the tree is an index: such an archive holds one image.
pub(super) fn named(tree: &ImageTree, names: &[String]) -> Result<(Vec<String>, Vec<u8>), SinkError> {
    let image = tree.root_manifest().filter(|root| !root.is_index()).ok_or(SinkError::Platforms)?;
    let tags = names.iter().map(|name| repo_tag(name)).collect::<Result<Vec<_>, _>>()?;
    let manifest = manifest(&image.names("the image")?.blobs, &tags)?;
    Ok((tags, manifest))
}

/// The full name with its tag: `docker.io/library/auth:1`. Docker and Podman shorten it to `auth:1`.
fn repo_tag(name: &str) -> Result<String, SinkError> {
    let wrong = |reason: Reason| SinkError::Name { name: name.to_owned(), place: "a docker archive", reason };
    let reference =
        Reference::parse(name).map_err(|error| wrong(Reason::because("it is no image's name", error)))?;
    match reference.tag() {
        Some(_) if reference.digest().is_none() => Ok(reference.to_string()),
        _ => Err(wrong("write it as repository:tag, without a digest".into())),
    }
}

/// `manifest.json` for an image's configuration and its layers in order.
fn manifest(blobs: &[Descriptor], tags: &[String]) -> Result<Vec<u8>, SinkError> {
    let path = |blob: &Descriptor| format!("blobs/sha256/{}", blob.digest.hex());
    let (config, layers) = blobs.split_first().ok_or(SinkError::Platforms)?;
    let layers: Vec<String> = layers.iter().map(path).collect();
    let manifest = json!([{ "Config": path(config), "RepoTags": tags, "Layers": layers }]);
    serde_json::to_vec(&manifest).map_err(|source| SinkError::Json { document: "manifest.json", source })
}
