//! Which packages a base has, settled once. Comes in: what was asked for. Goes out: a list of packages with checksums, from
//! the store where it was settled before, else from the archives. No package is fetched here.

use std::io::{BufReader, Read};

use fourply_blob::{Digest, Key, KeyBuilder};
use fourply_store::{Checksum, Fetcher, Progress, Store, StoreError};
use serde::{Deserialize, Serialize};
use url::Url;

use super::error::{DebianError, Result};
use super::ground::Ground;
use super::index::Index;
use super::keyring::Keyring;
use super::release::{self, Clock, Release};
use super::solve::{solve, solve_on};
use super::sources::{Source, choose};
use crate::notice::Notice;
use crate::spec::DebianSpec;
use crate::stream::plain;

/// The store's name for these records.
const RECORD: &str = "debian";
/// The largest InRelease; Debian's has 150 KB.
const MAX_RELEASE: u64 = 16 << 20;
/// The largest index, compressed or not; Debian's main has 50 MB.
const MAX_INDEX: u64 = 1 << 30;
/// What a base for node has at least: its libraries, certificates, an init, and what says which system it is.
pub(super) const SMALLEST: [&str; 6] =
    ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "tini"];

/// The packages of a base: all that is needed to make the same one again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// `bookworm`, …
    pub suite: String,
    /// Debian's name of the architecture: `amd64`, `arm64`.
    pub architecture: String,
    /// In the order of their names.
    pub packages: Vec<Pin>,
}

/// One package by its checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its own architecture: the base's or `all`.
    pub architecture: String,
    /// Where it lay when it was settled.
    pub url: Url,
    /// Its file's size in bytes.
    pub size: u64,
    /// Its file's SHA-256, from the signed index.
    pub sha256: Digest,
}

impl Pin {
    /// The last part of its URL's path, for messages.
    pub(super) fn file_name(&self) -> String {
        self.url.path().rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// The packages of a base, or what is put on one, as they were settled, or settled now; and what should be known of that.
pub(super) fn settle(
    spec: &DebianSpec,
    ground: Option<&Ground<'_>>,
    architecture: &str,
    store: &Store,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> Result<(Resolution, Option<Notice>)> {
    let wanted = wanted(spec, ground.is_some());
    let key = key(spec, ground, &wanted, architecture);
    if !spec.options.refresh
        && let Some(known) = store.record::<Resolution>(RECORD, &key)?
    {
        return Ok((known, None));
    }
    progress.begin("Debian's index", None);
    let resolved = resolve(spec, ground, &wanted, architecture, fetcher);
    progress.end();
    let (resolution, by_machine) = resolved?;
    store.put_record(RECORD, &key, &resolution)?;
    let notice = by_machine.then(|| Notice::MachineSources { suite: resolution.suite.clone() });
    Ok((resolution, notice))
}

fn wanted(spec: &DebianSpec, on_top: bool) -> Vec<String> {
    let named = |name: &str| spec.packages.iter().any(|request| request.split('=').next() == Some(name));
    let smallest = SMALLEST.iter().filter(|name| !on_top && !named(name)).map(|name| (*name).to_owned());
    let mut wanted: Vec<String> = smallest.chain(spec.packages.iter().cloned()).collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

/// What decides the list, but for the archive's state and the machine's sources: those are what a refresh asks for.
fn key(spec: &DebianSpec, ground: Option<&Ground<'_>>, wanted: &[String], architecture: &str) -> Key {
    let start = KeyBuilder::new("fourply debian resolution v1")
        .field("suite", spec.suite.as_deref().unwrap_or_default())
        .field("mirror", spec.mirror.as_ref().map(Url::as_str).unwrap_or_default())
        .field("architecture", architecture)
        .number("dependencies", spec.options.dependencies.into())
        .number("packages", wanted.len() as u64);
    let installed = ground.into_iter().flat_map(|ground| &ground.installed);
    let add = |key: KeyBuilder, package: &super::index::Package| {
        key.field("installed", &*package.name).field("version", &*package.version)
    };
    let start = installed.fold(start, add);
    let named = |key: KeyBuilder, line: &String| key.field("repository", line);
    let start = spec.options.repositories.iter().fold(start, named);
    let of_base = ground.into_iter().flat_map(|ground| ground.facts.databases.iter());
    let start = of_base
        .filter(|(path, _)| !path.starts_with(super::ground::FOLDER))
        .fold(start, |key, (path, bytes)| key.field("of the base", path).field("content", &bytes.0));
    wanted.iter().fold(start, |key, name| key.field("package", name)).finish()
}

fn resolve(
    spec: &DebianSpec,
    ground: Option<&Ground<'_>>,
    wanted: &[String],
    architecture: &str,
    fetcher: &Fetcher,
) -> Result<(Resolution, bool)> {
    let chosen = choose(spec, ground.map(|ground| ground.facts), architecture)?;
    let mut index = Index::default();
    for source in &chosen.sources {
        let keyring = Keyring::read(&source.keys, source.apt)?;
        let url = join(&source.archive, &format!("dists/{}/InRelease", source.suite))?;
        let clock = clock(spec, source);
        let read = |bytes: &[u8]| release::read(url.as_str(), bytes, &source.suite, &keyring, clock);
        let release = fetcher.latest(&url, MAX_RELEASE, read)?;
        add(&mut index, source, &release, &url, architecture, fetcher)?;
    }
    let packages = match ground {
        Some(ground) => solve_on(&index, &ground.installed, wanted, spec.options.dependencies)?,
        None => solve(&index, wanted, spec.options.dependencies)?,
    };
    let pin = |package: &&super::index::Package| {
        Ok(Pin {
            name: package.name.to_string(),
            version: package.version.to_string(),
            architecture: package.architecture.to_string(),
            url: index.url(package)?,
            size: package.size,
            sha256: package.sha256,
        })
    };
    let packages = packages.iter().map(pin).collect::<Result<_>>()?;
    Ok((Resolution { suite: chosen.suite, architecture: architecture.into(), packages }, chosen.by_machine))
}

fn clock(spec: &DebianSpec, source: &Source<'_>) -> Clock {
    match spec.options.now {
        Some(now) if source.check_valid_until && !spec.options.allow_expired => Clock::Now(now),
        _ => Clock::OwnDate,
    }
}

fn join(archive: &Url, path: &str) -> Result<Url> {
    archive.join(path).map_err(|error| DebianError::document(archive.as_str(), format!("{path:?}: {error}")))
}

/// Adds the packages of all components of a source.
fn add(
    index: &mut Index,
    source: &Source<'_>,
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
        // The release tells the plain size as well: more than that is a bomb.
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

/// By its digest where the archive has it so, since an archive that is being updated has the old index for a while.
/// Source: <https://wiki.debian.org/DebianRepository/Format#indices_acquisition_via_hashsums_.28by-hash.29>.
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
