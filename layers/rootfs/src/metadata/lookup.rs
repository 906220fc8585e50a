//! Queries on rootfs metadata: the entry at a path, executable files, the metadata of a parent.

use fourply_blob::{LayerPath, Meta};

use crate::metadata::walk::{End, walk};
use crate::metadata::{RootfsMetadata, TreeEntry, TreeKind};

impl RootfsMetadata {
    /// The entry behind a path (absolute or relative to the root), through all symbolic links; with its real path.
    pub fn lookup(&self, path: &str) -> Option<(&str, &TreeEntry)> {
        match walk(&self.entries, path, true) {
            End::Found(real) => self.entries.get_key_value(&real).map(|(path, entry)| (path.as_str(), entry)),
            _ => None,
        }
    }

    /// The content of one of the files in [`RootfsMetadata::databases`], through links.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        let (real, _) = self.lookup(path)?;
        self.databases.get(real).map(|bytes| bytes.0.as_slice())
    }

    /// Whether a path leads to a file that any user may execute.
    pub fn is_executable(&self, path: &str) -> bool {
        self.lookup(path)
            .is_some_and(|(_, entry)| matches!(entry.kind, TreeKind::File(_)) && entry.mode & 0o111 != 0)
    }

    /// Whether a path leads to a directory.
    pub fn is_directory(&self, path: &str) -> bool {
        matches!(walk(&self.entries, path, true), End::Root)
            || self.lookup(path).is_some_and(|(_, entry)| entry.kind == TreeKind::Directory)
    }

    /// The path of a program: `name` itself if it contains a slash; otherwise from the first folder in `path_env`
    /// (colon-separated, as PATH) that contains it. The result is absolute and not resolved, as from a shell's `command
    /// -v`.
    pub fn which(&self, name: &str, path_env: &str) -> Option<String> {
        if name.contains('/') {
            return self.is_executable(name).then(|| name.to_owned());
        }
        let folders = path_env.split(':').filter(|folder| folder.starts_with('/'));
        folders
            .map(|folder| format!("{}/{name}", folder.trim_end_matches('/')))
            .find(|path| self.is_executable(path))
    }

    /// The real path of an entry to be written at `path`: links among its parents are followed, missing parents are
    /// kept as written, and the last component is not followed. If `lib` is a link to `usr/lib`, a layer that wrote
    /// `lib/x` as a folder and a file would replace the link and hide everything behind it.
    ///
    /// `None` if a parent is not a directory, the links form a loop, or the path is the root.
    pub fn real_path(&self, path: &str) -> Option<String> {
        match walk(&self.entries, path, false) {
            End::Found(real) | End::Missing(real) => Some(real),
            End::Root | End::NotDirectory(_) | End::Loop => None,
        }
    }

    /// The metadata that a layer must repeat for the directory `path` (a real path) to leave it unchanged: the base's
    /// metadata, or 0755 of root if the base has no such directory.
    pub fn directory_meta(&self, path: &str) -> Meta {
        match self.entries.get(path.trim_matches('/')) {
            Some(entry) if entry.kind == TreeKind::Directory => entry.meta(),
            _ => Meta::directory(0, 0),
        }
    }

    /// All parents of `path`, the outermost first, each with [`RootfsMetadata::directory_meta`].
    pub fn parents(&self, path: &LayerPath) -> Vec<(LayerPath, Meta)> {
        path.ancestors().map(|parent| (parent.clone(), self.directory_meta(parent.as_str()))).collect()
    }
}
