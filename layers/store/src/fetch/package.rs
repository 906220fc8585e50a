//! Downloads of packages, many at once. In: requests. Out: package archives in the store. Each tarball is hashed during
//! the download, verified and unpacked. No large package is in memory as a whole.

use std::io::{BufReader, Seek as _};

use fourply_blob::{Key, Reason};
use futures_util::{StreamExt, TryStreamExt, stream};
use rayon::prelude::*;
use tempfile::SpooledTempFile;
use tracing::{Instrument as _, info_span};
use url::Url;

use super::clients::Clients;
use super::{Fetcher, PackageRequest, http};
use crate::hashed::HashingWriter;
use crate::integrity::Hasher;
use crate::npmrc::registry_url;
use crate::pnpm_store::PnpmStore;
use crate::{Integrity, Limits, PackBuilder, Progress, Result, Store, StoreError, read_tarball};

/// The size limit of a tarball, in bytes. npm's largest have about 200 MB.
const MAX_TARBALL: u64 = 1 << 30;

impl Fetcher {
    /// The package archives of these packages, in order. Those that the store lacks are fetched, many at once.
    ///
    /// # Errors
    /// If a package does not exist, is refused, or does not match its integrity. Archives that were fetched before the
    /// error stay.
    pub fn packages(&self, requests: &[PackageRequest], progress: &dyn Progress) -> Result<Vec<Key>> {
        let mut packs = vec![None; requests.len()];
        let mut missing = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            match self.store.pack_for(&request.integrity)? {
                Some(pack) => set(&mut packs, index, pack),
                None => missing.push((index, request)),
            }
        }
        let missing = self.take_from_pnpm(missing, &mut packs)?;
        if !missing.is_empty() {
            let _span = info_span!("packages").entered();
            progress.begin("packages", Some(missing.len() as u64));
            let fetched = self.missing(&missing, progress);
            progress.end();
            for (index, pack) in fetched? {
                set(&mut packs, index, pack);
            }
        }
        Ok(packs.into_iter().flatten().collect())
    }

    /// The same for optional packages: each result is an archive, or the reason why it is missing. A package that does
    /// not match its integrity is still an error.
    ///
    /// # Errors
    /// If a package does not match its integrity, or the store cannot be written.
    pub fn optional_packages(
        &self,
        requests: &[PackageRequest],
        progress: &dyn Progress,
    ) -> Result<Vec<Result<Key>>> {
        match self.packages(requests, progress) {
            Ok(packs) => return Ok(packs.into_iter().map(Ok).collect()),
            Err(error) if error.is_unfetched() => {}
            Err(error) => return Err(error),
        }
        let one = |request| match self.packages(std::slice::from_ref(request), progress) {
            Ok(packs) => {
                packs.into_iter().map(Ok).next().ok_or(StoreError::Offline { what: request.label() })
            }
            Err(error) if error.is_unfetched() => Ok(Err(error)),
            Err(error) => Err(error),
        };
        requests.iter().map(one).collect()
    }

    /// Imports packages that a pnpm store has, and returns the others. If tarballs are to be kept, everything is
    /// fetched, because exported content must be verified.
    fn take_from_pnpm<'r>(
        &self,
        missing: Vec<(usize, &'r PackageRequest)>,
        packs: &mut [Option<Key>],
    ) -> Result<Vec<(usize, &'r PackageRequest)>> {
        let wanted = !missing.is_empty() && !self.settings.keep_tarballs;
        let Some(folder) = self.settings.pnpm_store.as_ref().filter(|_| wanted) else {
            return Ok(missing);
        };
        let pnpm = match self.pnpm_store.get() {
            Some(pnpm) => pnpm,
            None => {
                let opened = PnpmStore::open(folder, &self.store.tmp())?;
                self.pnpm_store.get_or_init(|| opened)
            }
        };
        let found = missing.par_iter().map(|(_, request)| pnpm.pack(&self.store, request));
        let found = found.collect::<Result<Vec<_>>>()?;
        let mut rest = Vec::new();
        for ((index, request), pack) in missing.into_iter().zip(found) {
            match pack {
                Some(pack) => set(packs, index, pack),
                None => rest.push((index, request)),
            }
        }
        Ok(rest)
    }

    /// Computes the current integrity of an unverified tarball. Nothing is kept. `tarball` is a URL, or `file:` and an
    /// absolute path.
    ///
    /// # Errors
    /// If the tarball does not exist or is refused.
    pub fn integrity_of(&self, label: &str, tarball: &str) -> Result<Integrity> {
        if let Some(path) = tarball.strip_prefix("file:") {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut http::local(path.as_ref())?, &mut bytes)?;
            return Ok(Integrity::of(&bytes));
        }
        self.online(label)?;
        let url = Url::parse(tarball).map_err(|error| StoreError::Setting {
            message: Reason::because(format!("the tarball {tarball:?} of {label} is no URL"), error).into(),
        })?;
        let engine = self.engine()?;
        let get = http::Get { url: &url, accept: None, what: label, max: MAX_TARBALL, package: None };
        let bytes = http::bytes(&engine.clients, &self.settings, get);
        Ok(Integrity::of(&engine.runtime.block_on(bytes)?))
    }

    /// Ensures that the store has the tarballs of these packages. Missing ones are fetched again.
    ///
    /// # Errors
    /// Those of [`Fetcher::packages`].
    pub fn tarballs(&self, requests: &[PackageRequest], progress: &dyn Progress) -> Result<()> {
        let lacks = |request: &&PackageRequest| !self.store.tarball_place(&request.integrity).is_file();
        let missing: Vec<(usize, &PackageRequest)> = requests.iter().filter(lacks).enumerate().collect();
        if missing.is_empty() {
            return Ok(());
        }
        progress.begin("tarballs", Some(missing.len() as u64));
        let fetched = self.missing(&missing, progress);
        progress.end();
        fetched.map(drop)
    }

    fn missing(
        &self,
        missing: &[(usize, &PackageRequest)],
        progress: &dyn Progress,
    ) -> Result<Vec<(usize, Key)>> {
        let (local, remote): (Vec<_>, Vec<_>) = missing
            .iter()
            .copied()
            .partition(|(_, request)| request.tarball.as_deref().is_some_and(|url| url.starts_with("file:")));
        let mut packs = Vec::with_capacity(missing.len());
        for (index, request) in local {
            let path =
                request.tarball.as_deref().and_then(|url| url.strip_prefix("file:")).unwrap_or_default();
            let mut tarball = download(&self.store, request);
            std::io::copy(&mut http::local(path.as_ref())?, &mut tarball)?;
            packs.push((index, keep(tarball, &self.store, request, self.settings.keep_tarballs)?));
            progress.advance(1);
        }
        let urls =
            remote.into_iter().map(|(index, request)| Ok((index, request, self.tarball_url(request)?)));
        let urls: Vec<_> = urls.collect::<Result<_>>()?;
        if let Some((_, request, _)) = urls.first() {
            self.online(&request.label())?;
            let engine = self.engine()?;
            let downloads = stream::iter(urls).map(|(index, request, url)| async move {
                let span = info_span!("package", of = %format_args!("{}@{}", request.name, request.version));
                let pack = self.fetch_one(&engine.clients, request, &url).instrument(span).await?;
                progress.advance(1);
                Ok((index, pack))
            });
            let fetched: Result<Vec<_>> = engine
                .runtime
                .block_on(downloads.buffer_unordered(self.settings.concurrency.max(1)).try_collect());
            packs.extend(fetched?);
        }
        Ok(packs)
    }

    async fn fetch_one(&self, clients: &Clients, request: &PackageRequest, url: &Url) -> Result<Key> {
        let label = request.label();
        let get =
            http::Get { url, accept: None, what: &label, max: MAX_TARBALL, package: Some(&request.name) };
        let open = || Ok(download(&self.store, request));
        let tarball = http::body(clients, &self.settings, get, open).await?;
        let (store, request, whole) = (self.store.clone(), request.clone(), self.settings.keep_tarballs);
        let unpacked = tokio::task::spawn_blocking(move || keep(tarball, &store, &request, whole)).await;
        unpacked.map_err(|error| StoreError::Tarball { package: label, reason: error.into() })?
    }

    fn tarball_url(&self, request: &PackageRequest) -> Result<Url> {
        if let Some(url) = &request.tarball {
            let fault = |error| StoreError::Setting {
                message: Reason::because(
                    format!("the tarball {url:?} of {} is no URL", request.label()),
                    error,
                )
                .into(),
            };
            return Url::parse(url).map_err(fault);
        }
        let base = request.name.rsplit('/').next().unwrap_or(&request.name);
        let registry = match &request.registry {
            Some(name) => self.settings.npm.named(name, &request.name)?,
            None => self.registry(&request.name)?,
        };
        let path = format!("{}/-/{base}-{}.tgz", request.name, request.version);
        registry.join(&path).map_err(|error| StoreError::Setting {
            message: Reason::because(format!("{registry}{path} is no URL"), error).into(),
        })
    }

    /// The registry for the package.
    pub(super) fn registry(&self, package: &str) -> Result<Url> {
        if let Some(url) = self.settings.npm.registry_for(package)? {
            return Ok(url);
        }
        let default = self.registry.get_or_init(|| self.fallback.and_then(|ask| ask()));
        let default = default.as_ref().ok_or_else(|| StoreError::NoRegistry { what: package.to_owned() })?;
        registry_url(default)
    }
}

/// A tarball during its download, with its hash. A large one is in a file of `tmp/`.
type Download = HashingWriter<SpooledTempFile, Hasher>;

/// The most bytes of a tarball that stay in memory.
const IN_MEMORY: usize = 1 << 20;

fn download(store: &Store, request: &PackageRequest) -> Download {
    let out = tempfile::spooled_tempfile_in(IN_MEMORY, store.tmp());
    HashingWriter { out, hasher: request.integrity.hasher() }
}

/// Verifies the tarball, then stores its files, and the tarball itself if it is needed as a whole. The content is not
/// read before.
fn keep(tarball: Download, store: &Store, request: &PackageRequest, whole: bool) -> Result<Key> {
    let label = request.label();
    request.integrity.check(&label, tarball.hasher)?;
    let mut file = tarball.out;
    file.rewind()?;
    if whole {
        store.keep_tarball(&request.integrity, &mut file)?;
        file.rewind()?;
    }
    let input = BufReader::with_capacity(1 << 16, file);
    let builder = PackBuilder::spooling(store);
    let pack = read_tarball(&label, input, Limits::default(), builder)?.save(store)?;
    store.record_source(&request.integrity, &pack)?;
    Ok(pack)
}

fn set(packs: &mut [Option<Key>], index: usize, pack: Key) {
    if let Some(slot) = packs.get_mut(index) {
        *slot = Some(pack);
    }
}
