//! The content of the `node_modules` in a folder on disk. Links are read and never followed.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fourply_blob::Digest;

use crate::ModulesError;

/// The most bytes of a command's script.
const SCRIPT: usize = 64 << 10;

/// One path on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    pub kind: FoundKind,
    /// The permission bits.
    pub mode: u32,
}

/// The entry at a path on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundKind {
    Directory,
    /// A symbolic link and its target.
    Symlink(String),
    /// A file and its size in bytes.
    File {
        size: u64,
    },
    /// A socket, a device, or similar.
    Other,
}

/// Every path in and below `roots`, relative to `folder`, except pnpm's own records.
pub(super) fn walk<'a>(
    folder: &Path,
    roots: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, FoundEntry>, ModulesError> {
    let mut found = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    for root in roots {
        if fs_err::symlink_metadata(folder.join(root)).is_ok_and(|metadata| metadata.is_dir()) {
            found.insert(root.clone(), read(&folder.join(root))?);
            open.push(root.clone());
        }
    }
    while let Some(directory) = open.pop() {
        for entry in fs_err::read_dir(folder.join(&directory))? {
            let path = format!("{directory}/{}", entry?.file_name().to_string_lossy());
            if is_record(&path) {
                continue;
            }
            let entry = read(&folder.join(&path))?;
            if entry.kind == FoundKind::Directory {
                open.push(path.clone());
            }
            found.insert(path, entry);
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<FoundEntry, ModulesError> {
    let metadata = fs_err::symlink_metadata(path)?;
    let kind = if metadata.is_dir() {
        FoundKind::Directory
    } else if metadata.is_symlink() {
        FoundKind::Symlink(fs_err::read_link(path)?.to_string_lossy().into_owned())
    } else if metadata.is_file() {
        FoundKind::File { size: metadata.len() }
    } else {
        FoundKind::Other
    };
    Ok(FoundEntry { kind, mode: metadata.permissions().mode() & 0o7777 })
}

/// Whether it is one of pnpm's own records: see docs/pnpm.md, "What is left out".
fn is_record(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let state = name.starts_with(".pnpm-workspace-state") && name.ends_with(".json");
    matches!(name, ".modules.yaml" | ".package-map.json" | ".pnpm-config")
        || state
        || path.ends_with("node_modules/.pnpm/lock.yaml")
        || path.ends_with("node_modules/.store/lock.yaml")
}

/// The folder of the workspace when a command's script was written, if that is the only difference. Such scripts
/// contain absolute paths.
pub(super) fn place(bytes: &[u8], planned: Digest, folder: &Path, root_in_image: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= SCRIPT)?;
    let named = ["NODE_PATH=\"/", "NODE_PATH='/", "# cmd-shim-target=/"].into_iter().filter_map(|mark| {
        let (_, rest) = text.split_once(mark)?;
        rest.split(['"', '\'', '\n', ':']).next()
    });
    let above = named
        .flat_map(|path| path.match_indices('/').filter_map(|(at, _)| Some(format!("/{}", path.get(..at)?))));
    let own = folder.to_str().map(str::to_owned);
    let fits = |place: &String| {
        let moved = text.replace(&format!("{place}/"), &format!("{root_in_image}/"));
        Digest::of(moved.as_bytes()) == planned
            || Digest::of(without_folders_above(moved, place).as_bytes()) == planned
    };
    own.into_iter().chain(above).find(fits)
}

/// NODE_PATH may contain the node_modules of every folder above. This removes those between `place` and `/`.
fn without_folders_above(text: String, place: &str) -> String {
    let above =
        place.match_indices('/').filter_map(|(at, _)| place.get(..at)).filter(|path| !path.is_empty());
    above.fold(text, |text, path| text.replace(&format!(":{path}/node_modules:"), ":"))
}

impl FoundKind {
    /// `d`, `f`, `l`, or `?` for a type that no package contains.
    pub fn letter(&self) -> char {
        match self {
            FoundKind::Directory => 'd',
            FoundKind::Symlink(_) => 'l',
            FoundKind::File { .. } => 'f',
            FoundKind::Other => '?',
        }
    }
}

#[cfg(test)]
mod tests;
