//! The files of one folder: of the workspace, of a git checkout, or of an unpacked archive. In: a path. Out: paths, and
//! contents on demand.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fourply_blob::Cause;
use fourply_pnpm::rules::Links;
use fourply_pnpm::{PackageFolder, join_inside, parent};
use fourply_store::{InputKind, Pack, PackBuilder, PackKind, open_file, read_file};

/// More files than any package has.
const MOST: usize = 500_000;
/// The largest manifest or ignore file, in bytes.
const LARGEST_TEXT: u64 = 16 << 20;

/// The files of a folder. Paths are relative to it and separated by `/`.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    source: FolderSource,
    files: BTreeMap<String, FolderEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum FolderEntry {
    File { executable: bool },
    Link { target: String },
}

#[derive(Debug, Clone)]
enum FolderSource {
    Disk(PathBuf),
    /// The part of a package archive below this prefix: empty, or with a trailing `/`.
    Pack(Arc<Pack>, String),
}

impl Folder {
    /// A folder on disk. `.git` is skipped, and the folder's own node_modules count only for packages that it bundles.
    ///
    /// # Errors
    /// A folder that cannot be read, a name that is not UTF-8, too many files.
    pub(crate) fn read(root: &Path, links: Links) -> Result<Folder, Cause> {
        let root = fs_err::canonicalize(root)?;
        // A word in package.json shows whether the package bundles others; the packlist reads the list itself.
        let manifest = std::fs::canonicalize(root.join("package.json")).ok();
        let manifest = manifest.filter(|place| place.starts_with(&root) && !place.is_dir());
        let read = |place: PathBuf| read_file(&place, InputKind::PackageJson);
        let manifest = manifest.map(read).transpose()?.unwrap_or_default();
        let bundles = manifest.windows(6).any(|word| word == b"bundle");
        let mut files = BTreeMap::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(root.join(&folder))? {
                let entry = entry?;
                let name = entry.file_name();
                let name = name.to_str().ok_or_else(|| format!("{} is not UTF-8", entry.path().display()))?;
                if folder.is_empty() && (name == ".git" || (name == "node_modules" && !bundles)) {
                    continue;
                }
                let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(path);
                } else if let Some(found) = found(&root, &path, &entry, links)? {
                    files.insert(path, found);
                    if files.len() > MOST {
                        return Err(format!("it has more than {MOST} files").into());
                    }
                }
            }
        }
        Ok(Folder { source: FolderSource::Disk(root), files })
    }

    /// The content of `folder` (empty for all) in a package archive.
    pub(crate) fn of_pack(pack: Arc<Pack>, folder: &str) -> Folder {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let file = |entry: &fourply_store::PackEntry| match &entry.kind {
            PackKind::File { executable } => Some((
                entry.path.strip_prefix(&prefix)?.to_owned(),
                FolderEntry::File { executable: *executable },
            )),
            PackKind::Symlink { .. } => None,
        };
        let files = pack.entries().iter().filter_map(file).collect();
        Folder { source: FolderSource::Pack(pack, prefix), files }
    }

    /// Leaves files out.
    pub(crate) fn without(mut self, unwanted: &dyn Fn(&str) -> bool) -> Folder {
        self.files.retain(|path, _| !unwanted(path));
        self
    }

    /// Whether a file or folder exists at this path.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let below = format!("{path}/");
        self.has(path)
            || self.files.range(below.clone()..).next().is_some_and(|(other, _)| other.starts_with(&below))
    }

    /// Adds a file or link to a package archive.
    ///
    /// # Errors
    /// A file that cannot be read, or a path that is not valid in an archive.
    pub(crate) fn add_to(&self, builder: &mut PackBuilder, path: &str) -> Result<(), Cause> {
        let added = match self.files.get(path) {
            Some(FolderEntry::Link { target }) => builder.add_symlink(path, target),
            Some(FolderEntry::File { executable }) => {
                builder.copy_file(path, *executable, &mut *self.open(path)?)
            }
            None => return Err(format!("{path} does not exist").into()),
        };
        Ok(added?)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// A file that is missing or cannot be read.
    fn bytes(&self, path: &str) -> Result<Vec<u8>, Cause> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The same, as a stream.
    fn open<'s>(&'s self, path: &str) -> Result<Box<dyn Read + 's>, Cause> {
        match &self.source {
            FolderSource::Disk(root) => Ok(Box::new(open_file(&root.join(path))?)),
            FolderSource::Pack(pack, prefix) => {
                let entry =
                    pack.find(&format!("{prefix}{path}")).ok_or_else(|| format!("{path} does not exist"))?;
                Ok(Box::new(pack.reader(entry)))
            }
        }
    }
}

impl PackageFolder for Folder {
    fn paths<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        Box::new(self.files.keys().map(String::as_str))
    }

    fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    fn text(&self, path: &str) -> Result<Option<String>, Cause> {
        if !self.has(path) {
            return Ok(None);
        }
        if let FolderSource::Disk(root) = &self.source {
            let size = fs_err::metadata(root.join(path))?.len();
            if size > LARGEST_TEXT {
                return Err(format!("{path} is too large").into());
            }
        }
        String::from_utf8(self.bytes(path)?).map(Some).map_err(|_| format!("{path} is not UTF-8 text").into())
    }
}

/// The entry type of a folder's entry, if it counts.
fn found(
    root: &Path,
    path: &str,
    entry: &fs_err::DirEntry,
    links: Links,
) -> Result<Option<FolderEntry>, Cause> {
    let kind = entry.file_type()?;
    let file = |metadata: std::fs::Metadata| FolderEntry::File {
        executable: metadata.permissions().mode() & 0o111 != 0,
    };
    if kind.is_file() {
        return Ok(Some(file(entry.metadata()?)));
    }
    if !kind.is_symlink() || links == Links::Dropped {
        return Ok(None);
    }
    let Some(target) = std::fs::canonicalize(entry.path()).ok().filter(|target| target.starts_with(root))
    else {
        return Ok(None);
    };
    if links == Links::Followed {
        return Ok(std::fs::metadata(target).ok().filter(std::fs::Metadata::is_file).map(file));
    }
    let text = fs_err::read_link(entry.path())?;
    let text = text.to_str().filter(|text| !text.starts_with('/'));
    let inside = |text: &&str| join_inside("", &format!("{}/{text}", parent(path))).is_some();
    Ok(text.filter(inside).map(|text| FolderEntry::Link { target: text.to_owned() }))
}

#[cfg(test)]
mod tests;
