//! The files of a workspace's folders as they lie on disk, after scripts or without. In: a folder. Out: a sorted list; the same as npm sees a
//! package. It does not know what of it is taken.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use fourply_blob::Cause;
use fourply_pnpm::{ImporterId, PackageFolder};
use fourply_store::open_file;

use crate::Result;
use crate::deepest::{check_depth, depth};
use crate::inside::stays_inside;
use crate::own_files::{OwnFiles, is_archive, is_layout};
use crate::sources::{SourceFile, SourceKind};
use fourply_scripts::files::{is_executable, read_target, relative};

/// The largest manifest or ignore file that is read.
const LARGEST_TEXT: u64 = 16 << 20;

/// Where files are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing<'a> {
    pub root: &'a Path,
    /// The folders of all packages: what lies in one is no part of another.
    pub packages: &'a BTreeSet<String>,
    /// The name of the folders of links, `node_modules`: those at the top of packages are none of their files.
    pub modules: &'a str,
    /// If set, nothing else is seen.
    pub only: Option<&'a BTreeSet<String>>,
    /// Where paths of pipes, sockets and devices are noted, which are none of the list.
    pub special: Option<&'a RefCell<Vec<String>>>,
    /// What the program itself writes there, where it is the user's own folder: it is not seen.
    pub own: Option<&'a OwnFiles>,
}

impl Listing<'_> {
    /// Every file and link in a folder, relative to the root and sorted; `.` for the root.
    ///
    /// # Errors
    /// A folder that cannot be read, a name that is no UTF-8.
    pub(crate) fn below(&self, folder: &str) -> Result<Vec<SourceFile>> {
        let mut files = Vec::new();
        let start = if folder == "." { self.root.to_path_buf() } else { self.root.join(folder) };
        if self.own.is_none() {
            stays_inside(self.root, folder)?;
        }
        let mut folders = vec![start];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(&folder)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                let full = entry.path();
                let path = relative(self.root, &full)?;
                if self.is_apart(&path) || self.is_own(&path, &full, &entry) {
                    continue;
                }
                if kind.is_dir() {
                    check_depth(&full, depth(&path))?;
                    folders.push(full);
                } else if self.only.is_none_or(|only| only.contains(&path)) {
                    if !kind.is_file() && !kind.is_symlink() {
                        self.special.iter().for_each(|special| special.borrow_mut().push(path.clone()));
                    }
                    files.extend(source(path, &full, &entry)?);
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// Whether the program wrote it, now or before.
    fn is_own(&self, path: &str, full: &Path, entry: &fs_err::DirEntry) -> bool {
        let Some(own) = self.own else { return false };
        own.is_written(path)
            || match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => is_layout(full),
                Ok(metadata) => own.is_stream(&metadata) || is_archive(full, &metadata),
                Err(_) => false,
            }
    }

    /// Whether a folder or file is no part of the package that it lies in.
    fn is_apart(&self, path: &str) -> bool {
        let (above, name) = path.rsplit_once('/').unwrap_or((".", path));
        name == ".git"
            || (name == self.modules && (above == "." || self.packages.contains(above)))
            || self.packages.contains(path)
    }
}

fn source(path: String, full: &Path, entry: &fs_err::DirEntry) -> Result<Option<SourceFile>> {
    let kind = entry.file_type()?;
    let kind = match (kind.is_symlink(), kind.is_file()) {
        (true, _) => SourceKind::Symlink { target: read_target(full)? },
        (false, true) => SourceKind::File { executable: is_executable(&entry.metadata()?) },
        (false, false) => return Ok(None),
    };
    Ok(Some(SourceFile { path, kind }))
}

/// A listed package as npm sees it.
#[derive(Debug)]
pub(crate) struct ListedPackage {
    folder: PathBuf,
    files: BTreeSet<String>,
}

impl ListedPackage {
    /// The package at `importer` of the listing's root, with these files of its.
    pub(crate) fn new<'f>(
        folder: PathBuf,
        importer: &ImporterId,
        files: impl IntoIterator<Item = &'f SourceFile>,
    ) -> ListedPackage {
        let files = files.into_iter().map(|source| inside(importer, &source.path).to_owned());
        ListedPackage { folder, files: files.collect() }
    }
}

impl PackageFolder for ListedPackage {
    fn paths<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        Box::new(self.files.iter().map(String::as_str))
    }

    fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    fn text(&self, path: &str) -> std::result::Result<Option<String>, Cause> {
        if !self.has(path) {
            return Ok(None);
        }
        let mut text = String::new();
        let read = open_file(&self.folder.join(path))?.take(LARGEST_TEXT).read_to_string(&mut text)?;
        match read as u64 == LARGEST_TEXT {
            true => Err(format!("{path} is too large").into()),
            false => Ok(Some(text)),
        }
    }
}

/// `path` relative to the package.
pub(crate) fn inside<'a>(importer: &ImporterId, path: &'a str) -> &'a str {
    if importer.is_root() {
        return path;
    }
    path.strip_prefix(importer.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}
