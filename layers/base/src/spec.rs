//! The configuration of a base. In: text of the settings, and the folder of relative paths. Out: a resolved
//! [`BaseSpec`]; nothing is opened or fetched. This module must not know the meaning of a registry reference.

use std::fmt;
use std::path::{Path, PathBuf};

use fourply_apk::{AlpineSpec, ApkSources};
use fourply_blob::{Cause, Codec, Digest};
use fourply_deb::{DebianOptions, DebianSpec};
use url::Url;

use crate::error::BaseError;
use crate::setup::Setup;

/// One kind of base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseSpec {
    /// An existing image.
    Image(ImageRef),
    /// A root file system in one tarball.
    Rootfs(RootfsSpec),
    /// Debian packages, with npm's Node.js on top.
    Debian(DebianBase),
    Alpine(AlpineSpec),
}

/// Debian packages, with npm's Node.js on top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DebianBase {
    pub packages: DebianSpec,
    /// A version, range or tag of npm's Node.js (`22`, `20.20.2`); `None` adds none.
    pub node: Option<String>,
}

/// A root file system tarball (`.tar`, gzip, zstd or xz) with its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootfsSpec {
    pub location: Location,
    /// The SHA-256 of the file as stored.
    pub sha256: Digest,
}

/// The location of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file on this host.
    File(PathBuf),
    /// `http`, `https` or `file`.
    Url(Url),
}

impl Location {
    /// `https://…`, `http://…` and `file://…` are URLs; other text is a path relative to `root`.
    pub fn parse(text: &str, root: &Path) -> Result<Self, BaseError> {
        let wrong = |reason: Cause| BaseError::Setting { what: "file or URL", text: text.into(), reason };
        if text.is_empty() {
            return Err(wrong("it is empty".into()));
        }
        if !text.contains("://") {
            return Ok(Self::File(root.join(text)));
        }
        let url = Url::parse(text).map_err(|error| wrong(error.into()))?;
        match url.scheme() {
            "http" | "https" | "file" => Ok(Self::Url(url)),
            other => Err(wrong(format!("{other} is not supported; use https, http or file").into())),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Url(url) => write!(out, "{url}"),
        }
    }
}

/// Additions to a base.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedToBase {
    /// Packages, in the form of the base's own package manager.
    pub packages: Vec<String>,
    /// A package with an init and its program, for a base that lacks the program: `tini`. It is left out if it is not
    /// available.
    pub init: Option<String>,
    /// A version, range or tag of npm's Node.js (`22`, `20.20.2`), for bases with glibc.
    pub node: Option<String>,
    /// For bases with apk: the packages' source if it is not the base's, and additional trusted keys.
    pub sources: ApkSources,
    /// For bases with dpkg: the source of packages for the base's release, if it is not the base's.
    pub debian: DebianOptions,
    /// Packages whose maintainer scripts may be skipped. If set, skipping any other is an error; otherwise it is a
    /// [`crate::Notice`].
    pub accept_scripts: Option<Vec<String>>,
    /// Groups, users, folders, certificates.
    pub setup: Setup,
    /// The compression of layers that are written for the base: gzip, in members or as one.
    pub codec: Codec,
}

/// An image by name. [`fmt::Display`] returns the form in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageRef {
    /// A registry name without `docker://`, otherwise as written.
    Registry(String),
    /// `oci:DIR[:ref]` or `oci:DIR@sha256:…`: an OCI layout.
    Layout(LocalImage),
    /// `oci-archive:FILE[:ref]`: an OCI layout in a tar, which may be gzipped.
    OciArchive(LocalImage),
    /// `docker-archive:FILE[:ref]`: an archive of `docker save`.
    DockerArchive(LocalImage),
}

/// An image in a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalImage {
    /// The folder or file.
    pub path: PathBuf,
    /// Selects one of its images; needed only if there are several.
    pub choice: ImageChoice,
}

/// Selects one of several images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageChoice {
    Only,
    /// By its name in the layout (annotation `org.opencontainers.image.ref.name`) or archive (`RepoTags`).
    Name(String),
    /// By the digest of its manifest or index.
    Digest(Digest),
}

/// Transports that other tools support: rejected by name instead of being looked up in a registry.
const FOREIGN: [&str; 5] = ["docker-daemon:", "containers-storage:", "ostree:", "sif:", "tarball:"];

impl ImageRef {
    /// Parses an image's name; relative paths start at `root`. A path cannot contain a colon, as in skopeo
    /// (containers-transports(5)).
    pub fn parse(text: &str, root: &Path) -> Result<Self, BaseError> {
        let wrong =
            |reason: String| BaseError::Setting { what: "image", text: text.into(), reason: reason.into() };
        let local = |rest: &str| LocalImage::parse(rest, root).map_err(wrong);
        if let Some(rest) = text.strip_prefix("oci:") {
            return Ok(Self::Layout(local(rest)?));
        }
        if let Some(rest) = text.strip_prefix("oci-archive:") {
            return Ok(Self::OciArchive(local(rest)?));
        }
        if let Some(rest) = text.strip_prefix("docker-archive:") {
            return Ok(Self::DockerArchive(local(rest)?));
        }
        let name = text.strip_prefix("docker://").unwrap_or(text);
        match registry_name_fault(name) {
            Some(reason) => Err(wrong(reason)),
            None => Ok(Self::Registry(name.to_owned())),
        }
    }

    /// The digest in the name, if there is one.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Registry(name) => name.split_once('@').and_then(|(_, digest)| digest.parse().ok()),
            Self::Layout(image) | Self::OciArchive(image) | Self::DockerArchive(image) => match &image.choice
            {
                ImageChoice::Digest(digest) => Some(*digest),
                ImageChoice::Only | ImageChoice::Name(_) => None,
            },
        }
    }
}

fn registry_name_fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty".into());
    }
    if name.contains("://") {
        return Some("leave the scheme out: registry/name:tag".into());
    }
    if let Some(transport) = FOREIGN.iter().find(|prefix| name.starts_with(**prefix)) {
        return Some(format!(
            "{transport} is not supported; use a registry, oci:, oci-archive: or docker-archive:"
        ));
    }
    if name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("it contains white space or control characters".into());
    }
    match name.split_once('@') {
        Some((_, digest)) if digest.parse::<Digest>().is_err() => {
            Some(format!("{digest:?} is no digest; write sha256: and 64 hexadecimal digits"))
        }
        Some(("", _)) => Some("the name before the digest is missing".into()),
        _ => None,
    }
}

impl LocalImage {
    fn parse(rest: &str, root: &Path) -> Result<Self, String> {
        let (path, choice) = match (rest.split_once("@sha256:"), rest.split_once(':')) {
            (Some((path, hex)), _) => {
                let digest =
                    format!("sha256:{hex}").parse().map_err(|_| format!("sha256:{hex} is no digest"))?;
                (path, ImageChoice::Digest(digest))
            }
            (None, Some((_, ""))) => return Err("the name after the colon is missing".into()),
            (None, Some((path, name))) => (path, ImageChoice::Name(name.to_owned())),
            (None, None) => (rest, ImageChoice::Only),
        };
        if path.is_empty() {
            return Err("the path is missing".into());
        }
        Ok(Self { path: root.join(path), choice })
    }
}

impl fmt::Display for LocalImage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.path.display())?;
        match &self.choice {
            ImageChoice::Only => Ok(()),
            ImageChoice::Name(name) => write!(out, ":{name}"),
            ImageChoice::Digest(digest) => write!(out, "@{digest}"),
        }
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(name) => write!(out, "{name}"),
            Self::Layout(image) => write!(out, "oci:{image}"),
            Self::OciArchive(image) => write!(out, "oci-archive:{image}"),
            Self::DockerArchive(image) => write!(out, "docker-archive:{image}"),
        }
    }
}

#[cfg(test)]
mod tests;
