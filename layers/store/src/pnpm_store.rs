//! A pnpm store as a source of packages. In: its folder, a package with its integrity. Out: the package's files, each
//! verified by its SHA-512. Nothing in the folder is ever written.
//!
//! | folder | pnpm | index of a package |
//! |---|---|---|
//! | `v3` | 9 | `files/<2 digits>/<126 digits>-index.json`, the digits of the tarball's SHA-512 |
//! | `v10` | 10 | `index/<2 digits>/<62 digits>-<name, + for />@<version>.json` |
//! | `v11` | 11, 12 | the table `package_index` of the SQLite file `index.db`, by `<integrity>\t<name>@<version>` |
//!
//! The files themselves are `files/<2 digits>/<126 digits>[-exec]` in all of them.
//!
//! The limits of trust: each file is verified against the index, but the index cannot be verified without the tarball.
//! A store is therefore used only if the user names it, and its packages are never recorded as the content of the
//! tarball. A build without the store, or with another index, does not use them.

mod database;
mod file;
mod msgpack;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use fourply_blob::{Inputs as _, Key};
use serde::Deserialize;
use sha2::{Digest as _, Sha512};

use crate::integrity::Integrity;
use crate::{ExecutableBy, PackBuilder, PackageRequest, Result, Store, StoreError};
use database::Database;
use file::StoreFile;

/// The size limit of one package's index, in bytes.
const MAX_INDEX: u64 = 256 << 20;

/// The stores of all versions in one folder.
#[derive(Debug)]
pub(crate) struct PnpmStore(Vec<Version>);

#[derive(Debug)]
struct Version {
    folder: PathBuf,
    index: Index,
}

#[derive(Debug)]
enum Index {
    Three,
    Ten,
    Eleven(Database),
}

/// Whether bytes are an index of pnpm 11; for the fuzz targets.
pub(crate) fn is_index(bytes: &[u8]) -> bool {
    msgpack::files(bytes).is_some()
}

impl PnpmStore {
    /// Opens the stores in `folder`, which is pnpm's `store-dir`, or one version's folder in it.
    ///
    /// # Errors
    /// If it has no store of a known version.
    pub(crate) fn open(folder: &Path, tmp: &Path) -> Result<PnpmStore> {
        let own =
            folder.file_name().is_some_and(|name| ["v3", "v10", "v11"].iter().any(|known| name == *known));
        let folders = if own {
            vec![folder.to_path_buf()]
        } else {
            ["v11", "v10", "v3"].map(|name| folder.join(name)).to_vec()
        };
        let mut versions = Vec::new();
        for folder in folders.into_iter().filter(|folder| folder.join("files").is_dir()) {
            let index = match folder.file_name().and_then(|name| name.to_str()) {
                Some("v3") => Index::Three,
                Some("v10") => Index::Ten,
                _ => match Database::open(&folder, tmp)? {
                    Some(database) => Index::Eleven(database),
                    None => continue,
                },
            };
            versions.push(Version { folder, index });
        }
        if versions.is_empty() {
            return Err(StoreError::Setting {
                message: format!(
                    "{} is no store of pnpm: it has no v3, v10 or v11; `pnpm store path` tells where it is",
                    folder.display()
                )
                .into(),
            });
        }
        Ok(PnpmStore(versions))
    }

    /// The archive of a package. `None` if no version has it completely. An unreadable index, a missing file and a file
    /// that does not match the index count as missing, because the registry has the package.
    ///
    /// # Errors
    /// If the archive cannot be written.
    pub(crate) fn pack(&self, store: &Store, request: &PackageRequest) -> Result<Option<Key>> {
        for version in &self.0 {
            let Some(files) = version.files(request) else { continue };
            let key = IndexedInputs { integrity: request.integrity.to_string(), files: &files }.key();
            if let Some(pack) = store.derived_pack(&key)? {
                return Ok(Some(pack));
            }
            let Some(builder) = version.read(store, &files)? else { continue };
            let pack = match builder.save(store) {
                Err(StoreError::Path { .. }) => continue,
                other => other?,
            };
            store.record_derived(&key, &pack)?;
            return Ok(Some(pack));
        }
        Ok(None)
    }
}

fourply_blob::inputs! {
    /// A package as the index describes it, so that another index leads to another archive.
    struct IndexedInputs<'a>: "package of pnpm's store", rules 3 {
        integrity: String,
        files: &'a [StoreFile],
    }
}

impl Version {
    /// The package's files in the index.
    fn files(&self, request: &PackageRequest) -> Option<Vec<StoreFile>> {
        let digits = hex::encode(request.integrity.sha512()?);
        let (head, rest) = digits.split_at_checked(2)?;
        match &self.index {
            Index::Three => {
                let path = self.folder.join("files").join(head).join(format!("{rest}-index.json"));
                parse(&read_index(&path)?)
            }
            Index::Ten => {
                let rest = rest.get(..62)?;
                let name = format!("{rest}-{}@{}.json", request.name.replace('/', "+"), request.version);
                parse(&read_index(&self.folder.join("index").join(head).join(name))?)
            }
            Index::Eleven(database) => {
                msgpack::files(&database.get(&format!("{}\t{}", request.integrity, request.label()))?)
            }
        }
    }

    /// The verified files; `None` if one is missing or damaged.
    fn read(&self, store: &Store, files: &[StoreFile]) -> Result<Option<PackBuilder>> {
        let mut builder = PackBuilder::spooling(store);
        for file in files {
            let Some(bytes) = self.bytes(file) else { return Ok(None) };
            match builder.begin_file(&file.path, file.executable) {
                Err(StoreError::Path { .. }) => return Ok(None),
                other => other?.write(&bytes)?,
            }
        }
        Ok(Some(builder))
    }

    fn bytes(&self, file: &StoreFile) -> Option<Vec<u8>> {
        let digits = hex::encode(&file.digest);
        let (head, rest) = digits.split_at_checked(2)?;
        let opened = |suffix: &str| {
            std::fs::File::open(self.folder.join("files").join(head).join(format!("{rest}{suffix}"))).ok()
        };
        // pnpm versions differ in the path of a file with only some x bits.
        let opened = match file.executable {
            ExecutableBy::Nobody => opened(""),
            ExecutableBy::Some => opened("-exec").or_else(|| opened("")),
            ExecutableBy::Everybody => opened("-exec"),
        }?;
        let mut bytes = Vec::new();
        opened.take(file.size.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        let whole = bytes.len() as u64 == file.size && Sha512::digest(&bytes).as_slice() == file.digest;
        whole.then_some(bytes)
    }
}

fn read_index(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_INDEX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[derive(Deserialize)]
struct JsonIndex {
    files: BTreeMap<String, JsonFile>,
}

#[derive(Deserialize)]
struct JsonFile {
    integrity: String,
    mode: u32,
    size: u64,
}

fn parse(json: &[u8]) -> Option<Vec<StoreFile>> {
    let index: JsonIndex = serde_json::from_slice(json).ok()?;
    let file = |(path, file): (String, JsonFile)| {
        let integrity: Integrity = file.integrity.parse().ok()?;
        let digest = integrity.sha512()?.to_vec();
        Some(StoreFile { path, executable: ExecutableBy::of_mode(file.mode), size: file.size, digest })
    };
    index.files.into_iter().map(file).collect()
}

#[cfg(test)]
mod tests;
