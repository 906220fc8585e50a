//! The media types that are written here. Source: OCI image specification, media-types.md.

/// Of an image's or an artifact's manifest.
pub const MANIFEST: &str = oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
/// Of an index: the manifests of one image for several platforms.
pub const INDEX: &str = oci_client::manifest::OCI_IMAGE_INDEX_MEDIA_TYPE;
/// Of an image's configuration.
pub const CONFIG: &str = oci_client::manifest::IMAGE_CONFIG_MEDIA_TYPE;
/// Of a configuration that holds nothing: `{}`.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Of an SBOM in the form of CycloneDX.
pub const CYCLONEDX: &str = "application/vnd.cyclonedx+json";
/// Of an SBOM in the form of SPDX.
pub const SPDX: &str = "application/spdx+json";
/// Of an in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";
/// Of a blob as a delta against others: docs/delta-format.md.
pub const DELTA: &str = "application/vnd.fourply.blob.delta.v1";
/// The artifact type of parts of a store, see [`crate::artifact`].
pub const STORE_ARTIFACT: &str = "application/vnd.fourply.store.v1";
