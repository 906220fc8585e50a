//! Paths that several stages must agree on.

/// Where programs are looked for, as docker sets it for images that do not set it.
/// Source: moby, `oci/defaults.go`, `DefaultPathEnv`.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The bundle of certificates, where Alpine and Debian have it and programs look for it; relative to the root.
pub const CERTIFICATE_BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";

/// Where links to certificates lie, by name and by hash.
pub const CERTIFICATE_LINKS: &str = "etc/ssl/certs";

/// Where whoever runs a system puts certificates of his own.
pub const LOCAL_CERTIFICATES: &str = "usr/local/share/ca-certificates";
