//! The files in a workspace's folders on disk, before or after scripts. In: a folder. Out: a sorted list; the same as
//! npm sees a package. This module must not know which files are included.

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

/// The size limit of a manifest or ignore file, in bytes.
const LARGEST_TEXT: u64 = 16 << 20;

/// The listed workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing<'a> {
    pub root: &'a Path,
    /// The folders of all packages: files in one are not part of another.
    pub packages: &'a BTreeSet<String>,
    /// The name of link folders, `node_modules`. Those at the top of packages are not their files.
    pub modules: &'a str,
    /// If set, only these files are visible.
    pub only: Option<&'a BTreeSet<String>>,
    /// Collects the paths of pipes, sockets and devices, which are not listed.
    pub special: Option<&'a RefCell<Vec<String>>>,
    /// Files that the program itself writes to the user's folder: they are not visible.
    pub own: Option<&'a OwnFiles>,
}

impl Listing<'_> {
    /// Every file and link in a folder, relative to the root and sorted; `.` for the root.
    ///
    /// # Errors
    /// If a folder cannot be read, or a name is not UTF-8.
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

    /// Whether the program wrote it, in this run or an earlier one.
    fn is_own(&self, path: &str, full: &Path, entry: &fs_err::DirEntry) -> bool {
        let Some(own) = self.own else { return false };
        own.is_written(path)
            || match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => is_layout(full),
                Ok(metadata) => own.is_stream(&metadata) || is_archive(full, &metadata),
                Err(_) => false,
            }
    }

    /// Whether a folder or file does not belong to the package that contains it.
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
    /// The package at `importer` below the listing's root, with these files.
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
