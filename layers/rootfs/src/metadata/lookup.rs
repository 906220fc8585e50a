//! Questions to the rootfs metadata: what lies at a path, what can be run, what a parent's metadata is.

use fourply_blob::{LayerPath, Meta};

use crate::metadata::walk::{End, walk};
use crate::metadata::{RootfsMetadata, TreeEntry, TreeKind};

impl RootfsMetadata {
    /// What lies at a path (absolute or relative to the root) in the end, through all symbolic links; with its real path.
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

    /// Whether a path leads to a file that somebody may execute.
    pub fn is_executable(&self, path: &str) -> bool {
        self.lookup(path)
            .is_some_and(|(_, entry)| matches!(entry.kind, TreeKind::File(_)) && entry.mode & 0o111 != 0)
    }

    /// Whether a path leads to a directory.
    pub fn is_directory(&self, path: &str) -> bool {
        matches!(walk(&self.entries, path, true), End::Root)
            || self.lookup(path).is_some_and(|(_, entry)| entry.kind == TreeKind::Directory)
    }

    /// The path of a program: `name` itself where it contains a slash, else the first of the folders in `path_env`
    /// (colon-separated, as PATH) that has it. The result is absolute and not resolved, as a shell's `command -v` gives it.
    pub fn which(&self, name: &str, path_env: &str) -> Option<String> {
        if name.contains('/') {
            return self.is_executable(name).then(|| name.to_owned());
        }
        let folders = path_env.split(':').filter(|folder| folder.starts_with('/'));
        folders
            .map(|folder| format!("{}/{name}", folder.trim_end_matches('/')))
            .find(|path| self.is_executable(path))
    }

    /// Where an entry written at `path` really ends up: the links among its parents are followed, what does not exist yet
    /// is taken as it is written; not the last part. A layer that wrote `lib/x` where `lib` is a link to `usr/lib` as a
    /// folder and a file would replace the link and hide all that is behind it.
    ///
    /// `None` where a parent is no directory, or the links are a loop, or it is the root.
    pub fn real_path(&self, path: &str) -> Option<String> {
        match walk(&self.entries, path, false) {
            End::Found(real) | End::Missing(real) => Some(real),
            End::Root | End::NotDirectory(_) | End::Loop => None,
        }
    }

    /// What a layer must repeat for the directory `path` (a real path) so as not to change it: the base's metadata, or
    /// 0755 of root where the base has no such directory.
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
