//! The media types that this crate writes. Source: OCI image specification, media-types.md.

/// The manifest of an image or an artifact.
pub const MANIFEST: &str = oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
/// An index: the manifests of one image for several platforms.
pub const INDEX: &str = oci_client::manifest::OCI_IMAGE_INDEX_MEDIA_TYPE;
/// The configuration of an image.
pub const CONFIG: &str = oci_client::manifest::IMAGE_CONFIG_MEDIA_TYPE;
/// An empty configuration: `{}`.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// An SBOM in CycloneDX format.
pub const CYCLONEDX: &str = "application/vnd.cyclonedx+json";
/// An SBOM in SPDX format.
pub const SPDX: &str = "application/spdx+json";
/// An in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";
/// A blob as a delta against others: docs/delta-format.md.
pub const DELTA: &str = "application/vnd.fourply.blob.delta.v1";
/// The artifact type for parts of a store: see [`crate::artifact`].
pub const STORE_ARTIFACT: &str = "application/vnd.fourply.store.v1";
