//! An `.apk` of version 2: gzip members with signatures (or none), control and data. In: its bytes, from any source.
//! Out: its content, after it was verified against an index or a lock; its data, entry by entry. Nothing is unpacked.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use fourply_rootfs::RootfsError;
use fourply_rootfs::tarball::{Sequential, TarEntry, TarKind, TarReader, normalise};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::error::{ApkError, Result};
use crate::index::signatures;
use crate::info::Info;
use crate::keys::{ApkKeyring, Signature};
use crate::members;
use crate::record::Identity;

/// The size limit in bytes of an uncompressed control part; scripts have some KB.
const MAX_CONTROL: u64 = 16 << 20;
/// The most entries in a control part.
const MAX_CONTROL_ENTRIES: usize = 100;
/// The size limit of a package's uncompressed data, in bytes.
const MAX_DATA: u64 = 8 << 30;

/// When a script would run, in the order of the database.
pub(crate) const SCRIPTS: [&str; 7] = [
    "pre-install",
    "post-install",
    "pre-deinstall",
    "post-deinstall",
    "pre-upgrade",
    "post-upgrade",
    "trigger",
];

/// The contents of the control part.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    pub info: Info,
    /// The scripts, each with the position of its name in [`SCRIPTS`], in this order.
    pub scripts: Vec<(usize, Vec<u8>)>,
}

struct ApkMembers<'b> {
    signatures: Vec<Signature>,
    control: &'b [u8],
    plain: Vec<u8>,
    data: &'b [u8],
}

fn parts<'b>(name: &str, bytes: &'b [u8]) -> Result<ApkMembers<'b>> {
    if let Some(schema) = members::adb(bytes) {
        return Err(ApkError::Adb { file: name.into(), schema });
    }
    let first =
        |bytes| members::first(bytes, MAX_CONTROL).map_err(|reason| ApkError::package(name, "", reason));
    let (head, rest) = first(bytes)?;
    let signatures = signatures(name, &head)?;
    let (plain, data, signed) = match signatures.is_empty() {
        true => (head, rest, bytes),
        false => {
            let (plain, data) = first(rest)?;
            (plain, data, rest)
        }
    };
    let length = signed.len() - data.len();
    let control = signed.get(..length).unwrap_or_default();
    Ok(ApkMembers { signatures, control, plain, data })
}

/// Verifies that the bytes are the package of this identity: its control part by the identity (and by its signature, if
/// a known key has signed it), its data by the control part.
///
/// # Errors
/// If a part does not match, or the file cannot be read.
pub(crate) fn verify(name: &str, bytes: &[u8], identity: &Identity, keyring: &ApkKeyring) -> Result<()> {
    let ApkMembers { signatures, control, plain, data } = parts(name, bytes)?;
    let found = Identity(Sha1::digest(control).into());
    if found != *identity {
        let reason = format!("it is {found}, but the index says {identity}");
        return Err(ApkError::package(name, "", reason));
    }
    if keyring.knows(&signatures) {
        keyring.verify(name, &signatures, control)?;
    }
    let info = control_of(name, &plain)?.info;
    let hash = hex::encode(Sha256::digest(data));
    match hash == info.data_hash {
        true => Ok(()),
        false => Err(ApkError::package(
            name,
            "",
            format!("its data is {hash}, but its control part says {:?}", info.data_hash),
        )),
    }
}

/// Reads the control part without verifying it.
///
/// # Errors
/// If it is damaged or has no `.PKGINFO`.
fn control_of(name: &str, plain: &[u8]) -> Result<Control> {
    let fault = |error: RootfsError| fault(name, error);
    let mut tar = TarReader::new(Sequential(plain), name);
    let mut info = None;
    let mut scripts = Vec::new();
    for _ in 0..MAX_CONTROL_ENTRIES {
        let Some(entry) = tar.next().map_err(fault)? else { break };
        if entry.kind != TarKind::File {
            continue;
        }
        let file = entry.path.strip_prefix("./").unwrap_or(&entry.path);
        if file == ".PKGINFO" {
            let bytes = tar.head(entry.size).map_err(fault)?;
            let text = String::from_utf8(bytes).map_err(|error| ApkError::package(name, file, error))?;
            info = Some(Info::parse(&text).map_err(|reason| ApkError::package(name, file, reason))?);
        } else if let Some(at) = SCRIPTS.iter().position(|script| file.strip_prefix('.') == Some(script)) {
            scripts.push((at, tar.head(entry.size).map_err(fault)?));
        }
    }
    scripts.sort();
    let info = info.ok_or_else(|| ApkError::package(name, ".PKGINFO", "it is missing"))?;
    Ok(Control { info, scripts })
}

fn fault(name: &str, error: RootfsError) -> ApkError {
    match error {
        RootfsError::Layer { path, reason, .. } => ApkError::package(name, &path, reason),
        other => ApkError::package(name, "", other),
    }
}

/// A package's file, which was verified when it was stored.
#[derive(Debug, Clone)]
pub(crate) struct ApkFile {
    path: PathBuf,
    /// The file's name in messages.
    pub name: String,
    /// The offset of its data.
    data: u64,
}

/// The entries of the data.
pub(crate) struct Data {
    tar: TarReader<Sequential<std::io::Take<Box<dyn Read + Send>>>>,
    name: String,
}

impl ApkFile {
    /// Opens a package and reads its control part.
    ///
    /// # Errors
    /// If it is not a package, or not the one of `identity`.
    pub(crate) fn open(path: &Path, name: &str, identity: &Identity) -> Result<(Self, Control)> {
        let bytes = fs_err::read(path)?;
        let ApkMembers { control, plain, data, .. } = parts(name, &bytes)?;
        if Identity(Sha1::digest(control).into()) != *identity {
            return Err(ApkError::package(name, "", format!("it is not {identity}")));
        }
        let start = (bytes.len() - data.len()) as u64;
        let apk = Self { path: path.into(), name: name.into(), data: start };
        Ok((apk, control_of(name, &plain)?))
    }

    /// Starts reading the data.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub(crate) fn data(&self) -> Result<Data> {
        let mut file = fs_err::File::open(&self.path)?.into_parts().0;
        file.seek(SeekFrom::Start(self.data))?;
        let plain: Box<dyn Read + Send> =
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file)));
        Ok(Data {
            tar: TarReader::new(Sequential(plain.take(MAX_DATA)), &self.name),
            name: self.name.clone(),
        })
    }
}

impl Data {
    /// The next entry with its cleaned path; `None` at the end. Top-level entries that begin with a dot are skipped, as
    /// in apk.
    ///
    /// # Errors
    /// If the archive is damaged, has a path that is absolute or leads out of it, or a kind of entry that packages must
    /// not contain: a device or a pipe.
    pub(crate) fn next(&mut self) -> Result<Option<(TarEntry, String)>> {
        loop {
            let Some(entry) = self.tar.next().map_err(|error| fault(&self.name, error))? else {
                return Ok(None);
            };
            let refuse = |reason: &str| Err(ApkError::package(&self.name, &entry.path, reason));
            if entry.path.starts_with('/') {
                return refuse("its path is absolute");
            }
            match normalise(&entry.path) {
                Ok(None) => {}
                Ok(Some(path)) if path.starts_with('.') => {}
                Ok(Some(_)) if entry.kind == TarKind::Other => {
                    return refuse("it is a device, a pipe, or nothing that is known");
                }
                Ok(Some(path)) => return Ok(Some((entry, path))),
                Err(reason) => return refuse(reason),
            }
        }
    }

    /// The content of the current entry.
    pub(crate) fn content(&mut self) -> impl Read + '_ {
        self.tar.body()
    }
}
