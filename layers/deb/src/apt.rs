//! Apt's configuration on this host or in a base. In: a folder, or the metadata of a base. Out: the texts of its
//! sources, and keys by their paths. This module must not know the meaning of the texts. Source of the paths:
//! sources.list(5), apt-key(8).

use std::path::{Path, PathBuf};

use fourply_blob::Cause;
use fourply_rootfs::RootfsMetadata;

use crate::error::{DebianError, Result};

/// The size limit of a keyring in bytes; Debian's has 60 KB.
const MAX_KEYRING: u64 = 16 << 20;
/// The folder in a base.
const FOLDER: &str = "etc/apt";

#[derive(Debug, Clone, Copy)]
pub(crate) enum Apt<'a> {
    /// This host's folder, usually `/etc/apt`. Keys are files of this host.
    Machine(&'a Path),
    /// A base's own. Keys are files of the base.
    Base(&'a RootfsMetadata),
}

/// Whether a file in a keys folder is a key, by its name.
pub(crate) fn is_key(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "gpg" || end == "asc")
}

impl Apt<'_> {
    /// Its name in messages.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Machine(folder) => folder.display().to_string(),
            Self::Base(_) => format!("the base's /{FOLDER}"),
        }
    }

    /// `sources.list`, then the files of `sources.list.d` sorted by name: each with its name in messages and its text.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn sources(&self) -> Result<Vec<(PathBuf, String)>> {
        let files = std::iter::once(PathBuf::from("sources.list")).chain(self.listed("sources.list.d"));
        let is_source =
            |file: &PathBuf| file.extension().is_some_and(|end| end == "list" || end == "sources");
        let mut texts = Vec::new();
        for file in files.filter(is_source) {
            match self {
                Self::Machine(folder) if folder.join(&file).is_file() => {
                    let path = folder.join(&file);
                    let text = fourply_store::read_text(&path, fourply_store::InputKind::Other)?;
                    texts.push((path, text));
                }
                Self::Machine(_) => {}
                Self::Base(rootfs) => {
                    let path = Path::new(FOLDER).join(&file);
                    let bytes = path.to_str().and_then(|path| rootfs.content(path));
                    let text = bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                    texts.extend(text.map(|text| (Path::new("/").join(path), text)));
                }
            }
        }
        Ok(texts)
    }

    /// The keys that apt trusts for every source without its own: `trusted.gpg` and those of `trusted.gpg.d`.
    pub(crate) fn trusted(&self) -> Vec<PathBuf> {
        let all = self.listed("trusted.gpg.d").into_iter().chain([PathBuf::from("trusted.gpg")]);
        let folder = match self {
            Self::Machine(folder) => folder.to_path_buf(),
            Self::Base(_) => Path::new("/").join(FOLDER),
        };
        let mut keys: Vec<PathBuf> = all.filter(|file| is_key(file)).map(|file| folder.join(file)).collect();
        keys.retain(|path| self.has(path));
        keys.sort();
        keys
    }

    /// Whether a file of keys exists.
    pub(crate) fn has(&self, path: &Path) -> bool {
        match self {
            Self::Machine(_) => path.is_file(),
            Self::Base(rootfs) => path.to_str().is_some_and(|path| rootfs.content(path).is_some()),
        }
    }

    /// The bytes of a file of keys.
    ///
    /// # Errors
    /// [`DebianError::Keyring`] if it does not exist or is too large.
    pub(crate) fn key(&self, path: &Path) -> Result<Vec<u8>> {
        let keyring = match self {
            Self::Machine(_) => path.display().to_string(),
            Self::Base(_) => format!("the base's {}", path.display()),
        };
        let fault = |reason: Cause| DebianError::Keyring { keyring: keyring.clone(), reason };
        match self {
            Self::Machine(_) if path.is_dir() => {
                Err(fault("there is no *.gpg or *.asc in this folder".into()))
            }
            Self::Machine(_) => {
                let size = std::fs::metadata(path).map_err(|error| fault(error.into()))?.len();
                if size > MAX_KEYRING {
                    return Err(fault(format!("it has more than {MAX_KEYRING} bytes").into()));
                }
                fourply_store::read_file(path, fourply_store::InputKind::Credentials)
                    .map_err(|error| fault(error.into()))
            }
            Self::Base(rootfs) => {
                let bytes = path.to_str().and_then(|path| rootfs.content(path));
                bytes.map(<[u8]>::to_vec).ok_or_else(|| fault("it is not there".into()))
            }
        }
    }

    /// The files of one of its folders, as paths below the configuration, sorted by name.
    fn listed(&self, folder: &str) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = match self {
            Self::Machine(apt) => {
                let found = std::fs::read_dir(apt.join(folder)).into_iter().flatten().flatten();
                found.map(|entry| Path::new(folder).join(entry.file_name())).collect()
            }
            Self::Base(rootfs) => {
                let start = format!("{FOLDER}/{folder}/");
                let below =
                    rootfs.entries.range(start.clone()..).map_while(|(path, _)| path.strip_prefix(&start));
                below.filter(|name| !name.contains('/')).map(|name| Path::new(folder).join(name)).collect()
            }
        };
        files.sort();
        files
    }
}
