//! What all ways to a base end in: layers, a configuration and rootfs metadata.

pub(crate) mod config;

use std::sync::Arc;

use fourply_blob::Digest;
use fourply_platform::Platform;
use fourply_rootfs::RootfsMetadata;
use fourply_store::Store;
use oci_spec::image::ImageConfiguration;

use crate::error::{BaseError, Result};
use crate::image::ResolvedImage;
use crate::layer::{BaseLayer, rootfs_layers};
use crate::notice::Notice;

/// A base that is whole and verified. Its layers' blobs lie in the store; those of a registry's image that was read before may be
/// at the registry alone.
#[derive(Debug, Clone)]
pub struct Base {
    /// The image's name where that says something beyond this machine: a registry's. Never a path, since it may be
    /// written into the image, whose bytes are the same from every folder.
    pub name: Option<String>,
    /// The digest of the manifest of this platform, as its source has it (before docker's media types were replaced).
    pub digest: Option<Digest>,
    /// The digest that the image's name led to: of the index where it is for several platforms, else that of the manifest.
    /// This is what pins the name for every platform. Only for a registry's image.
    pub pin: Option<Digest>,
    /// From the lowest to the topmost; the same layer may occur more than once.
    pub layers: Vec<BaseLayer>,
    /// The configuration: `rootfs.diff_ids` are those of `layers`, and the history's non-empty entries are as many.
    pub config: ImageConfiguration,
    /// The configuration as it came, with what [`ImageConfiguration`] has no room for (docker's `Healthcheck`, `Shell`,
    /// `OnBuild`).
    pub raw_config: serde_json::Value,
    /// What the layers hold.
    pub rootfs: Arc<RootfsMetadata>,
    /// What whoever asked for it should know of how it was made.
    pub notices: Vec<Notice>,
}

impl Base {
    /// Puts a base together from layers of the store: reads the rootfs metadata, checks them against the platform, and brings the
    /// configuration's lists in line with the layers.
    pub(crate) fn assemble(
        store: &Store,
        image: ResolvedImage,
        platform: &Platform,
        shown: &str,
    ) -> Result<Self> {
        let ResolvedImage { name, digest, pin, layers, config: mut raw_config } = image;
        config::reconcile(&mut raw_config, &layers);
        let config: ImageConfiguration = serde_json::from_value(raw_config.clone())
            .map_err(|error| BaseError::malformed(shown, "its configuration", error))?;
        let env = config.config().as_ref().and_then(|config| config.env().as_deref()).unwrap_or_default();
        let rootfs = RootfsMetadata::read(store, &rootfs_layers(&layers), env)?;
        if let Some(found) = rootfs.architecture.clone().filter(|found| *found != platform.architecture) {
            return Err(BaseError::OtherPlatform {
                image: shown.to_owned(),
                wanted: Box::new(platform.clone()),
                found: format!("{}/{found}", platform.os),
                evidence: "its programs are".into(),
            });
        }
        Ok(Self {
            name,
            digest,
            pin,
            layers,
            config,
            raw_config,
            rootfs: Arc::new(rootfs),
            notices: Vec::new(),
        })
    }
}
