//! Paths that several stages must agree on.

/// The default search path for programs, which docker sets for images without one. Source: moby, `oci/defaults.go`,
/// `DefaultPathEnv`.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The certificate bundle, where Alpine and Debian have it and programs look for it; relative to the root.
pub const CERTIFICATE_BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";

/// The folder of links to certificates, by name and by hash.
pub const CERTIFICATE_LINKS: &str = "etc/ssl/certs";

/// The folder for an administrator's own certificates.
pub const LOCAL_CERTIFICATES: &str = "usr/local/share/ca-certificates";
