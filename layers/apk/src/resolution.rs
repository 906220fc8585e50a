//! The packages for a base, resolved once. In: the request, and the base's packages. Out: a list of packages with
//! checksums, from the store if it was resolved before, otherwise from the repositories. The packages' files are then
//! in the store and verified.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Digest, Raw};
use fourply_store::{Fetcher, Progress, Store};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::dependency::ApkDependency;
use crate::error::{ApkError, Result};
use crate::file;
use crate::index::{self, MAX_INDEX};
use crate::installed::InstalledApks;
use crate::keys::ApkKeyring;
use crate::record::{ApkRecord, Identity};
use crate::repository::ApkRepository;
use crate::solve::{ApkCandidate, Problem, solve};

/// The world of a base.
const WORLD: &str = "etc/apk/world";
/// The size limit of a package, in bytes.
const MAX_PACKAGE: u64 = 2 << 30;

/// The packages of a base, or those added to one, with all data for building the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApkResolution {
    /// Alpine's name of the architecture: `x86_64`, `aarch64`.
    pub architecture: String,
    /// In the order of installation.
    pub packages: Vec<ApkPin>,
}

/// One package by its checksums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApkPin {
    pub name: String,
    pub version: String,
    /// Its location when it was resolved.
    pub url: Url,
    /// Its file's size in bytes.
    pub size: u64,
    /// apk's identity of the package, from the signed index.
    pub identity: Identity,
    /// Its file's SHA-256, computed when the file was verified.
    pub sha256: Digest,
}

impl ApkPin {
    /// `name-version.apk`, for messages.
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}.apk", self.name, self.version)
    }
}

/// The input of a resolution.
pub(crate) struct Request<'r> {
    pub architecture: &'r str,
    pub repositories: &'r [ApkRepository],
    pub keyring: &'r ApkKeyring,
    /// Words of a world: `tini`, `nodejs~22`, `foo@edge`.
    pub world: &'r [String],
    pub installed: &'r InstalledApks<'r>,
    /// Whether packages of the base may be replaced or removed.
    pub upgrade: bool,
    /// An earlier resolution: while its packages match, they are preferred to newer ones.
    pub preferred: Option<&'r ApkResolution>,
}

/// The packages, from an earlier resolution or resolved now.
///
/// # Errors
/// Those of reading indexes, of the solver, and of fetching.
pub(crate) fn resolve(
    request: &Request<'_>,
    refresh: bool,
    store: &Store,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> Result<ApkResolution> {
    let inputs = request.inputs();
    if !refresh && let Some(known) = store.get(&inputs) {
        return Ok(known);
    }
    progress.begin("Alpine's indexes", None);
    let found = search(request, fetcher);
    progress.end();
    let found = found?;
    progress.begin("Alpine packages", Some(found.len() as u64));
    let one = |found: &Found| {
        let pin = found.pin(request.keyring, store, fetcher)?;
        progress.advance(1);
        Ok(pin)
    };
    let packages: Result<Vec<ApkPin>> = fetcher.several(&found, one);
    progress.end();
    let resolution = ApkResolution { architecture: request.architecture.to_owned(), packages: packages? };
    store.put(&inputs, &resolution)?;
    Ok(resolution)
}

fourply_store::record! {
    /// Every input to the list, except the repositories' state, which is read at a refresh.
    struct ResolutionInputs<'a> in ApkResolution, rules 3 => ApkResolution {
        architecture: &'a str,
        installed: &'a str,
        repositories: &'a [ApkRepository],
        /// The keys that may sign, by file name.
        keys: Vec<(&'a str, Raw<'a>)>,
        world: &'a [String],
        /// The base's own world.
        of_base: String,
        upgrade: bool,
        preferred: Vec<(&'a str, &'a str)>,
    }
}

impl<'r> Request<'r> {
    fn inputs(&self) -> ResolutionInputs<'r> {
        let Request { architecture, repositories, keyring, world, installed, upgrade, preferred } = *self;
        let keys = keyring.files().iter().map(|(name, bytes)| (name.as_str(), Raw(bytes))).collect();
        let preferred = preferred.into_iter().flat_map(|known| &known.packages);
        let preferred = preferred.map(|pin| (pin.name.as_str(), pin.version.as_str())).collect();
        let of_base = installed.text(WORLD);
        let installed = installed.installed_text();
        ResolutionInputs { architecture, installed, repositories, keys, world, of_base, upgrade, preferred }
    }
}

fourply_store::record! {
    /// The verified file of a package.
    struct FileOf<'a> in ApkFile, rules 2 => Digest {
        identity: &'a Identity,
    }
}

/// A chosen package that is not in the store yet.
struct Found {
    name: String,
    version: String,
    url: Url,
    size: u64,
    identity: Identity,
}

fn search(request: &Request<'_>, fetcher: &Fetcher) -> Result<Vec<Found>> {
    let tags: BTreeSet<&str> =
        request.repositories.iter().filter_map(|repository| repository.tag.as_deref()).collect();
    let world = world(request.installed, request.world, &tags, request.upgrade)?;
    let mut candidates = Candidates::new(request.preferred);
    for record in request.installed.records() {
        candidates.add(record.clone(), None);
    }
    for (place, repository) in request.repositories.iter().enumerate() {
        let url = repository.index(request.architecture)?;
        let read = |bytes: &[u8]| index::read(url.as_str(), bytes, request.keyring, request.architecture);
        let records = fetcher.latest(&url, MAX_INDEX, read)?;
        records.into_iter().for_each(|record| candidates.add(record, Some(place)));
    }
    let tags: Vec<Option<String>> =
        request.repositories.iter().map(|repository| repository.tag.clone()).collect();
    let problem = Problem { candidates: &candidates.all, tags: &tags, world: &world };
    let chosen = solve(&problem)
        .map_err(|reason| ApkError::Unsatisfied { reason, absent: absent(&problem, request.world) })?;
    let chosen: Vec<&ApkCandidate> = chosen.into_iter().filter_map(|at| candidates.all.get(at)).collect();
    if !request.upgrade {
        unchanged(request.installed, &chosen)?;
    }
    chosen
        .into_iter()
        .filter(|candidate| !candidate.installed)
        .map(|candidate| found(request, candidate))
        .collect()
}

/// The first requested name that no package has or provides, with similar names.
fn absent(problem: &Problem<'_>, asked: &[String]) -> Option<(String, Vec<String>)> {
    let has = |record: &ApkRecord, name: &str| {
        record.name == name || record.provides.iter().any(|provided| provided.name == name)
    };
    let is_absent = |name: &str| !problem.candidates.iter().any(|candidate| has(&candidate.record, name));
    let wanted = problem.world.iter().filter(|one| !one.conflict).map(|one| one.name.as_str());
    let name =
        wanted.filter(|name| asked.iter().any(|word| word.starts_with(name))).find(|name| is_absent(name))?;
    let names = problem.candidates.iter().map(|candidate| candidate.record.name.as_str());
    let is_alike =
        |other: &&str| other.chars().next() == name.chars().next() && other.len().abs_diff(name.len()) < 4;
    let alike: BTreeSet<&str> = names.filter(is_alike).collect();
    Some((name.to_owned(), alike.into_iter().map(str::to_owned).collect()))
}

/// The requested words and the base's own world, combined as by `apk add`. If nothing may be replaced, or the base has
/// no world, all packages of the base. `tags` are those of the repositories.
///
/// # Errors
/// If a word is invalid, or has a tag without a repository.
pub(crate) fn world(
    installed: &InstalledApks<'_>,
    asked: &[String],
    tags: &BTreeSet<&str>,
    upgrade: bool,
) -> Result<Vec<ApkDependency>> {
    let parse = |word: &String| {
        let wrong =
            || ApkError::setting("package", word, "write it as name, name=version, name~version or name@tag");
        ApkDependency::parse(word).ok_or_else(wrong)
    };
    let mut world: Vec<ApkDependency> = asked.iter().map(parse).collect::<Result<_>>()?;
    let known = |tag: &str| tags.contains(tag);
    if let Some(tag) = world.iter().find_map(|word| word.tag.as_deref().filter(|tag| !known(tag))) {
        return Err(ApkError::setting("tag", tag, "no repository has it; write one as \"@tag URL\""));
    }
    let of_base = installed.text(WORLD);
    let of_base = of_base.split_ascii_whitespace().filter_map(ApkDependency::parse);
    let of_base: Vec<ApkDependency> = match upgrade {
        // Packages that the base took from a repository that is not named here stay unchanged.
        true => {
            of_base.map(|word| ApkDependency { tag: word.tag.filter(|tag| known(tag)), ..word }).collect()
        }
        false => Vec::new(),
    };
    if of_base.is_empty() {
        let names = installed.records().iter().map(|record| record.name.clone());
        world.extend(names.map(|name| ApkDependency { name, conflict: false, tag: None, version: None }));
    } else {
        let named: BTreeSet<String> = world.iter().map(|word| word.name.clone()).collect();
        world.extend(of_base.into_iter().filter(|word| !named.contains(&word.name)));
    }
    Ok(world)
}

/// If nothing may be replaced, a layer on top only adds packages.
fn unchanged(installed: &InstalledApks<'_>, chosen: &[&ApkCandidate]) -> Result<()> {
    let installed: BTreeMap<&str, &str> =
        installed.records().iter().map(|record| (record.name.as_str(), record.version.as_str())).collect();
    let changed: Vec<String> = chosen
        .iter()
        .filter(|candidate| !candidate.installed)
        .filter_map(|candidate| {
            let ApkRecord { name, version, .. } = &candidate.record;
            installed.get(name.as_str()).map(|known| format!("{name} from {known} to {version}"))
        })
        .collect();
    match changed.is_empty() {
        true => Ok(()),
        false => Err(ApkError::Changes { reason: changed.join(", ") }),
    }
}

fn found(request: &Request<'_>, candidate: &ApkCandidate) -> Result<Found> {
    let ApkRecord { name, version, size, identity, .. } = &candidate.record;
    let nowhere = || ApkError::document(name, "the index has no checksum of it");
    let identity = identity.ok_or_else(nowhere)?;
    let repository = candidate.repositories.first().and_then(|place| request.repositories.get(*place));
    let url = repository.ok_or_else(nowhere)?.package(request.architecture, name, version)?;
    Ok(Found { name: name.clone(), version: version.clone(), url, size: *size, identity })
}

impl Found {
    fn pin(&self, keyring: &ApkKeyring, store: &Store, fetcher: &Fetcher) -> Result<ApkPin> {
        let file = FileOf { identity: &self.identity };
        let sha256 = match store.get(&file).filter(|known| self.is_there(known, keyring, store)) {
            Some(known) => known,
            None => {
                let bytes = fetcher.document(&self.url, self.size.min(MAX_PACKAGE))?;
                self.verify(&bytes, keyring)?;
                let sha256 = store.put_blob(&bytes)?;
                store.put(&file, &sha256)?;
                sha256
            }
        };
        Ok(ApkPin {
            name: self.name.clone(),
            version: self.version.clone(),
            url: self.url.clone(),
            size: self.size,
            identity: self.identity,
            sha256,
        })
    }

    /// Whether the store has the file, and it still matches, including these keys.
    fn is_there(&self, sha256: &Digest, keyring: &ApkKeyring, store: &Store) -> bool {
        let bytes = store.blob_path(sha256).and_then(|path| std::fs::read(path).ok());
        bytes.is_some_and(|bytes| Digest::of(&bytes) == *sha256 && self.verify(&bytes, keyring).is_ok())
    }

    fn verify(&self, bytes: &[u8], keyring: &ApkKeyring) -> Result<()> {
        let name = format!("{}-{}.apk", self.name, self.version);
        if bytes.len() as u64 != self.size {
            let reason = format!("it has {} bytes, but the index says {}", bytes.len(), self.size);
            return Err(ApkError::package(&name, "", reason));
        }
        file::verify(&name, bytes, &self.identity, keyring)
    }
}

/// Candidates, each once: by identity, as in apk.
struct Candidates {
    all: Vec<ApkCandidate>,
    known: BTreeMap<Identity, usize>,
    preferred: BTreeSet<Identity>,
}

impl Candidates {
    fn new(preferred: Option<&ApkResolution>) -> Self {
        let preferred = preferred.into_iter().flat_map(|known| &known.packages);
        let preferred = preferred.map(|pin| pin.identity).collect();
        Candidates { all: Vec::new(), known: BTreeMap::new(), preferred }
    }

    fn add(&mut self, record: ApkRecord, place: Option<usize>) {
        let known = record
            .identity
            .and_then(|identity| self.known.get(&identity))
            .and_then(|at| self.all.get_mut(*at));
        match known {
            Some(known) => known.repositories.extend(place),
            None => {
                self.known.extend(record.identity.map(|identity| (identity, self.all.len())));
                self.all.push(ApkCandidate {
                    preferred: record.identity.is_some_and(|identity| self.preferred.contains(&identity)),
                    record,
                    repositories: place.into_iter().collect(),
                    installed: place.is_none(),
                });
            }
        }
    }
}
