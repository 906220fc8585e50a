//! The result of every way to a base: layers, a configuration and rootfs metadata.

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

/// A complete and verified base. Its layers' blobs are in the store. Blobs of a registry's image that was read before
/// may be in the registry only.
#[derive(Debug, Clone)]
pub struct Base {
    /// The image's name, if it is meaningful on other hosts: a registry's. Never a path, because the name may be
    /// written to the image, whose bytes must not depend on a folder.
    pub name: Option<String>,
    /// The digest of this platform's manifest at its source (before Docker's media types were replaced).
    pub digest: Option<Digest>,
    /// The digest of the image's name: of the index for several platforms, otherwise of the manifest. It pins the name
    /// for every platform. Only for a registry's image.
    pub pin: Option<Digest>,
    /// From the lowest to the topmost. A layer can occur more than once.
    pub layers: Vec<BaseLayer>,
    /// The configuration. `rootfs.diff_ids` match `layers`, and the history has as many non-empty entries.
    pub config: ImageConfiguration,
    /// The configuration as received, including fields that [`ImageConfiguration`] lacks (Docker's `Healthcheck`,
    /// `Shell`, `OnBuild`).
    pub raw_config: serde_json::Value,
    /// The metadata of the layers' files.
    pub rootfs: Arc<RootfsMetadata>,
    /// Notices about how the base was built.
    pub notices: Vec<Notice>,
}

impl Base {
    /// Assembles a base from layers of the store: reads the rootfs metadata, checks it against the platform, and
    /// adjusts the configuration's lists to the layers.
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
