//! The files of one folder: of the workspace, of a git checkout, of an unpacked archive. In: a place. Out: paths, and contents on demand.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fourply_store::{Pack, PackKind};

/// More files than any package has.
const MOST: usize = 500_000;
/// The largest manifest or ignore file that is read.
const LARGEST_TEXT: u64 = 16 << 20;

/// See the module. Paths are relative to the folder and separated by `/`.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    source: Source,
    /// path → whether it is executable
    files: BTreeMap<String, bool>,
}

#[derive(Debug, Clone)]
enum Source {
    Disk(PathBuf),
    /// Of a pack, what lies below this prefix: empty, or with a `/` at its end.
    Pack(Arc<Pack>, String),
}

impl Folder {
    /// What lies on disk. `.git` and the folder's own node_modules are not looked at, but for packages that it bundles. With `links`,
    /// a link to a file of the folder counts as that file; other links, and all without, are left out.
    ///
    /// # Errors
    /// A folder that cannot be read, a name that is no UTF-8, too many files.
    pub(crate) fn read(root: &Path, links: bool) -> Result<Folder, String> {
        let root = fs_err::canonicalize(root).map_err(|error| error.to_string())?;
        let mut files = BTreeMap::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(root.join(&folder)).map_err(|error| error.to_string())? {
                let entry = entry.map_err(|error| error.to_string())?;
                let name = entry.file_name();
                let name = name.to_str().ok_or_else(|| format!("{} is no UTF-8", entry.path().display()))?;
                if folder.is_empty() && name == ".git" {
                    continue;
                }
                let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                let kind = entry.file_type().map_err(|error| error.to_string())?;
                if kind.is_dir() {
                    folders.push(path);
                } else if let Some(executable) = file(&root, &entry, links)? {
                    files.insert(path, executable);
                    if files.len() > MOST {
                        return Err(format!("it has more than {MOST} files"));
                    }
                }
            }
        }
        Ok(Folder { source: Source::Disk(root), files })
    }

    /// What lies in `folder` (empty for all) of a pack.
    pub(crate) fn of_pack(pack: Arc<Pack>, folder: &str) -> Folder {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let file = |entry: &fourply_store::PackEntry| match &entry.kind {
            PackKind::File { executable } => Some((entry.path.strip_prefix(&prefix)?.to_owned(), *executable)),
            PackKind::Symlink { .. } => None,
        };
        let files = pack.entries().iter().filter_map(file).collect();
        Folder { source: Source::Pack(pack, prefix), files }
    }

    /// Leaves files out.
    pub(crate) fn without(mut self, unwanted: &dyn Fn(&str) -> bool) -> Folder {
        self.files.retain(|path, _| !unwanted(path));
        self
    }

    /// All files, sorted.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is a file at this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether there is a file or folder at this path.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let below = format!("{path}/");
        self.has(path) || self.files.range(below.clone()..).next().is_some_and(|(other, _)| other.starts_with(&below))
    }

    /// Whether the file is executable.
    pub(crate) fn is_executable(&self, path: &str) -> bool {
        self.files.get(path).copied().unwrap_or(false)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// A file that is not there or cannot be read.
    pub(crate) fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        match &self.source {
            Source::Disk(root) => fs_err::read(root.join(path)).map_err(|error| error.to_string()),
            Source::Pack(pack, prefix) => {
                let entry = pack.find(&format!("{prefix}{path}")).ok_or_else(|| format!("{path} is not there"))?;
                Ok(pack.bytes(entry).to_vec())
            }
        }
    }

    /// The text of a file; nothing where there is none.
    ///
    /// # Errors
    /// A file that is no text, or much too large for one.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, String> {
        if !self.has(path) {
            return Ok(None);
        }
        if let Source::Disk(root) = &self.source {
            let size = fs_err::metadata(root.join(path)).map_err(|error| error.to_string())?.len();
            if size > LARGEST_TEXT {
                return Err(format!("{path} is too large"));
            }
        }
        String::from_utf8(self.bytes(path)?).map(Some).map_err(|_| format!("{path} is no text"))
    }
}

/// Whether an entry of a folder is a file that counts, and then whether it is executable.
fn file(root: &Path, entry: &fs_err::DirEntry, links: bool) -> Result<Option<bool>, String> {
    let kind = entry.file_type().map_err(|error| error.to_string())?;
    let executable = |metadata: std::fs::Metadata| metadata.permissions().mode() & 0o111 != 0;
    if kind.is_file() {
        return Ok(Some(executable(entry.metadata().map_err(|error| error.to_string())?)));
    }
    if !(kind.is_symlink() && links) {
        return Ok(None);
    }
    let target = std::fs::canonicalize(entry.path()).ok().filter(|target| target.starts_with(root));
    let target = target.and_then(|target| std::fs::metadata(target).ok()).filter(std::fs::Metadata::is_file);
    Ok(target.map(executable))
}
