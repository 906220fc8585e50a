//! The packages of a base, resolved once. In: the configuration. Out: a list of packages with checksums, from the store
//! if it was resolved before, otherwise from the archives. No package is fetched here.

use std::io::{BufReader, Read};

use fourply_blob::{Digest, Raw, Reason};
use fourply_rootfs::stream::plain;
use fourply_store::{Checksum, Fetcher, Progress, Store, StoreError};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{DebianError, Result};
use crate::index::PackageIndex;
use crate::installed::InstalledDebs;
use crate::keyring::DebKeyring;
use crate::release::{self, Clock, Release};
use crate::solve::{SolveOn, solve};
use crate::sources::{AptSource, choose};
use crate::spec::DebianSpec;

/// The size limit of an InRelease in bytes; Debian's has 150 KB.
const MAX_RELEASE: u64 = 16 << 20;
/// The size limit of an index in bytes, compressed or not; Debian's main has 50 MB.
const MAX_INDEX: u64 = 1 << 30;
/// The minimum packages of a base for Node.js: its libraries, certificates, an init, and the identification of the
/// system.
pub(crate) const SMALLEST: [&str; 6] =
    ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "tini"];

/// The packages of a base, with all data for building the same base again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebResolution {
    /// `bookworm`, …
    pub suite: String,
    /// Debian's name of the architecture: `amd64`, `arm64`.
    pub architecture: String,
    /// Sorted by name.
    pub packages: Vec<DebPin>,
}

/// One package by its checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebPin {
    pub name: String,
    pub version: String,
    /// Its own architecture: the base's or `all`.
    pub architecture: String,
    /// Its location when it was resolved.
    pub url: Url,
    /// Its file's size in bytes.
    pub size: u64,
    /// Its file's SHA-256, from the signed index.
    pub sha256: Digest,
}

impl DebPin {
    /// The last part of its URL's path, for messages.
    pub(crate) fn file_name(&self) -> String {
        self.url.path().rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// The packages of a base, or those added to one, from an earlier resolution or resolved now; and whether this host's
/// own sources were used because the base has none.
pub(crate) fn resolve(
    spec: &DebianSpec,
    installed: Option<&InstalledDebs<'_>>,
    preferred: Option<&DebResolution>,
    architecture: &str,
    store: &Store,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> Result<(DebResolution, bool)> {
    let wanted = wanted(spec, installed.is_some());
    let inputs = inputs(spec, installed, &wanted, preferred, architecture);
    if !spec.options.refresh
        && let Some(known) = store.get(&inputs)
    {
        return Ok((known, false));
    }
    progress.begin("Debian's index", None);
    let resolved = search(spec, installed, &wanted, preferred, architecture, fetcher);
    progress.end();
    let (resolution, by_machine) = resolved?;
    store.put(&inputs, &resolution)?;
    Ok((resolution, by_machine))
}

pub(crate) fn wanted(spec: &DebianSpec, on_top: bool) -> Vec<String> {
    let named = |name: &str| spec.packages.iter().any(|request| request.split('=').next() == Some(name));
    let smallest = SMALLEST.iter().filter(|name| !on_top && !named(name)).map(|name| (*name).to_owned());
    let mut wanted: Vec<String> = smallest.chain(spec.packages.iter().cloned()).collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

fourply_store::record! {
    /// Every input to the list, except the archive's state and the host's sources: those are read at a refresh.
    struct ResolutionInputs<'a> in DebResolution, rules 3 => DebResolution {
        suite: Option<&'a str>,
        mirror: Option<&'a str>,
        architecture: &'a str,
        dependencies: bool,
        upgrade: bool,
        /// Whether all essential packages are included.
        essential: bool,
        repositories: &'a [String],
        base: Option<BaseInputs<'a>>,
        packages: &'a [String],
        preferred: Vec<(&'a str, &'a str)>,
    }
}

/// A base's data about its packages and their sources.
struct BaseInputs<'a> {
    installed: Vec<(&'a str, &'a str)>,
    /// apt's configuration and keys, by path.
    configuration: Vec<(&'a str, Raw<'a>)>,
}

fourply_blob::key_value!(BaseInputs<'a> { installed, configuration });

impl<'a> BaseInputs<'a> {
    fn new(base: &'a InstalledDebs<'_>) -> Self {
        let files = base.rootfs.databases.iter();
        let files = files.filter(|(path, _)| !path.starts_with(crate::installed::FOLDER));
        Self {
            installed: base.packages.iter().map(|package| (&*package.name, &*package.version)).collect(),
            configuration: files.map(|(path, bytes)| (path.as_str(), Raw(&bytes.0))).collect(),
        }
    }
}

fn inputs<'a>(
    spec: &'a DebianSpec,
    installed: Option<&'a InstalledDebs<'_>>,
    wanted: &'a [String],
    preferred: Option<&'a DebResolution>,
    architecture: &'a str,
) -> ResolutionInputs<'a> {
    ResolutionInputs {
        suite: spec.suite.as_deref(),
        mirror: spec.mirror.as_ref().map(Url::as_str),
        architecture,
        dependencies: spec.options.dependencies,
        upgrade: spec.options.upgrade,
        essential: spec.options.essential == Some(true),
        repositories: &spec.options.repositories,
        base: installed.map(BaseInputs::new),
        packages: wanted,
        preferred: preferred_versions(preferred),
    }
}

fn preferred_versions(preferred: Option<&DebResolution>) -> Vec<(&str, &str)> {
    let pins = preferred.into_iter().flat_map(|known| &known.packages);
    pins.map(|pin| (pin.name.as_str(), pin.version.as_str())).collect()
}

fn search(
    spec: &DebianSpec,
    installed: Option<&InstalledDebs<'_>>,
    wanted: &[String],
    preferred: Option<&DebResolution>,
    architecture: &str,
    fetcher: &Fetcher,
) -> Result<(DebResolution, bool)> {
    let chosen = choose(spec, installed.map(|installed| installed.rootfs), architecture)?;
    let mut index = PackageIndex::default();
    for source in &chosen.sources {
        let keyring = DebKeyring::read(&source.keys, source.apt)?;
        let url = join(&source.archive, &format!("dists/{}/InRelease", source.suite))?;
        let clock = clock(spec, source);
        let read = |bytes: &[u8]| release::read(url.as_str(), bytes, &source.suite, &keyring, clock);
        let release = fetcher.latest(&url, MAX_RELEASE, read)?;
        add(&mut index, source, &release, &url, architecture, fetcher)?;
    }
    let mut wanted = wanted.to_vec();
    if spec.options.essential == Some(true) {
        let there = |name: &str| wanted.iter().any(|request| request.split('=').next() == Some(name));
        let essential = index.all().filter(|package| package.essential && !there(&package.name));
        let names: std::collections::BTreeSet<String> =
            essential.map(|package| package.name.to_string()).collect();
        wanted.extend(names);
    }
    let wanted = wanted.as_slice();
    let mut preferred = preferred_versions(preferred);
    preferred.sort_unstable();
    // If each package has a file of its own, nothing lists the files of an old one.
    let upgrade = spec.options.upgrade && installed.is_some_and(|installed| !installed.has_separate_files());
    let installed = installed.map(|installed| installed.packages.as_slice()).unwrap_or_default();
    let base = SolveOn { installed, preferred: &preferred, upgrade };
    let packages = solve(&index, base, wanted, spec.options.dependencies)?;
    let pin = |package: &&crate::index::DebPackage| {
        Ok(DebPin {
            name: package.name.to_string(),
            version: package.version.to_string(),
            architecture: package.architecture.to_string(),
            url: index.url(package)?,
            size: package.size,
            sha256: package.sha256,
        })
    };
    let packages = packages.iter().map(pin).collect::<Result<_>>()?;
    Ok((
        DebResolution { suite: chosen.suite, architecture: architecture.into(), packages },
        chosen.by_machine,
    ))
}

fn clock(spec: &DebianSpec, source: &AptSource<'_>) -> Clock {
    match spec.options.now {
        Some(now) if source.check_valid_until && !spec.options.allow_expired => Clock::Now(now),
        _ => Clock::OwnDate,
    }
}

fn join(archive: &Url, path: &str) -> Result<Url> {
    archive.join(path).map_err(|error| {
        DebianError::document(archive.as_str(), Reason::because(format!("{path:?}: {error}"), error))
    })
}

/// Adds the packages of all components of a source.
fn add(
    index: &mut PackageIndex,
    source: &AptSource<'_>,
    release: &Release,
    url: &Url,
    architecture: &str,
    fetcher: &Fetcher,
) -> Result<()> {
    if !release.architectures.iter().any(|known| known == architecture) {
        let known = release.architectures.clone();
        return Err(DebianError::Platform {
            url: url.to_string(),
            architecture: architecture.to_owned(),
            known,
        });
    }
    for component in &source.components {
        let folder = format!("{component}/binary-{architecture}");
        let forms = ["Packages.xz", "Packages.gz", "Packages"];
        let listed =
            forms.iter().find_map(|form| Some((form, release.files.get(&format!("{folder}/{form}"))?)));
        let Some((form, (size, digest))) = listed else { continue };
        let url = join(url, &format!("{folder}/{form}"))?;
        let path = fetch_index(&url, release.by_hash, *size, digest, fetcher)?;
        let file = BufReader::with_capacity(1 << 16, fs_err::File::open(path)?);
        let (_, stream) = plain(file).map_err(|error| DebianError::document(url.as_str(), error))?;
        // The release has the uncompressed size too: more bytes are a decompression bomb.
        let most = release.files.get(&format!("{folder}/Packages")).map_or(MAX_INDEX, |(size, _)| *size);
        index.add(
            &source.archive,
            url.as_str(),
            architecture,
            BufReader::with_capacity(1 << 16, stream.take(most)),
        )?;
    }
    Ok(())
}

/// Fetches an index by its digest if the archive supports it, because an archive that is being updated has the old
/// index for a while. Source:
/// <https://wiki.debian.org/DebianRepository/Format#indices_acquisition_via_hashsums_.28by-hash.29>.
fn fetch_index(
    url: &Url,
    by_hash: bool,
    size: u64,
    digest: &Digest,
    fetcher: &Fetcher,
) -> Result<std::path::PathBuf> {
    if size > MAX_INDEX {
        return Err(DebianError::document(url.as_str(), format!("{size} bytes are more than any index has")));
    }
    let checksum = Checksum::Sha256(*digest);
    if by_hash {
        let by_hash = join(url, &format!("by-hash/SHA256/{}", digest.hex()))?;
        match fetcher.file(&by_hash, &checksum, size) {
            Err(StoreError::Absent { .. }) => {}
            Err(StoreError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => return Ok(other?),
        }
    }
    Ok(fetcher.file(url, &checksum, size)?)
}
