//! Whether files on disk are what a fresh checkout of a commit has. In: a commit, its files in a folder, paths. Out: the paths that differ. `git diff`
//! goes by its index and by normalised contents, so it hides some differences; here bytes and modes are compared.
//!
//! What a fresh checkout has is told by the attributes of the commit, and by git's own defaults in place of `core.autocrlf` and `core.eol`.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use fourply_blob::Digest;

use super::{ATTRIBUTES, CommitTree, EntryKind, History, TreeEntry};
use crate::Error;

/// The first line of a file that stands for one that git LFS has. Source: git-lfs, docs/spec.md.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// No file that stands for another is larger. Source: as above.
const LARGEST_POINTER: usize = 1024;

impl History {
    /// Of these paths, those whose file on disk is not what a fresh checkout of the commit has. `checkout` has the commit's files, as
    /// [`History::write`] wrote them. A path that the commit does not have is not among them.
    ///
    /// # Errors
    /// Where git cannot hash the files.
    pub(crate) fn differing_on_disk(
        &self,
        commit: &str,
        tree: &CommitTree,
        checkout: &Path,
        is_asked: impl Fn(&str) -> bool,
    ) -> Result<BTreeSet<String>, Error> {
        let (mut differing, mut same) = (BTreeSet::new(), Vec::new());
        let entries = tree.entries.iter().filter(|entry| !entry.above && entry.kind != EntryKind::Submodule);
        for entry in entries {
            let path = String::from_utf8_lossy(&entry.path).into_owned();
            if !is_asked(&path) {
                continue;
            }
            let relative = Path::new(OsStr::from_bytes(&entry.path));
            match entry.is_like(&self.root.join(relative), &checkout.join(relative)) {
                // git is asked by lines.
                true if entry.kind == EntryKind::File && !entry.path.contains(&b'\n') => {
                    same.push((path, entry));
                }
                true if entry.kind == EntryKind::Link => {}
                _ => {
                    differing.insert(path);
                }
            }
        }
        let hashes = self.hashes(same.iter().map(|(_, entry)| *entry))?;
        for ((path, entry), hash) in same.into_iter().zip(hashes) {
            if hash != entry.object && !self.is_converted(commit, entry, checkout) {
                differing.insert(path);
            }
        }
        Ok(differing)
    }

    /// The names that git would give to the bytes of these files, in their order.
    fn hashes<'a>(&self, entries: impl Iterator<Item = &'a TreeEntry>) -> Result<Vec<String>, Error> {
        // git takes relative paths of its input from the top of the repository.
        let root = fs_err::canonicalize(&self.root)?;
        let mut asked = Vec::new();
        for entry in entries {
            let path = root.join(OsStr::from_bytes(&entry.path));
            asked.extend_from_slice(path.as_os_str().as_bytes());
            asked.push(b'\n');
        }
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let count = asked.iter().filter(|byte| **byte == b'\n').count();
        let mut command = self.git(&["hash-object", "--no-filters", "--stdin-paths"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let to = child.stdin.take();
        // git answers while it is asked.
        let asking = std::thread::spawn(move || to.map(|mut to| to.write_all(&asked)));
        let output = child.wait_with_output()?;
        let _ = asking.join();
        let hashes: Vec<String> = super::text(&output).lines().map(str::to_owned).collect();
        match output.status.success() && hashes.len() == count {
            true => Ok(hashes),
            false => {
                let said = super::said(&output);
                Err(Error::user(format!("git hash-object failed: {said}"), "do what git says"))
            }
        }
    }

    /// Whether the file on disk is what a checkout makes of the commit's, which has other bytes: by line ends, a filter, git LFS.
    fn is_converted(&self, commit: &str, entry: &TreeEntry, checkout: &Path) -> bool {
        let relative = Path::new(OsStr::from_bytes(&entry.path));
        let Ok(bytes) = fs_err::read(self.root.join(relative)) else { return false };
        if let Some(hash) = fs_err::read(checkout.join(relative)).ok().as_deref().and_then(lfs_hash) {
            return Digest::of(&bytes).hex() == hash;
        }
        let Ok(path) = std::str::from_utf8(&entry.path) else { return false };
        let object = format!("{commit}:{}{path}", self.prefix);
        let mut command =
            self.git(&["-c", "core.autocrlf=false", "-c", "core.eol=lf", "cat-file", "--filters"]);
        let output = command.arg(object).env("GIT_ATTR_SOURCE", commit).output();
        output.is_ok_and(|output| output.status.success() && output.stdout == bytes)
    }

    /// The `.gitattributes` above the workspace that differ, as seen from the workspace.
    ///
    /// # Errors
    /// Where git cannot compare them.
    pub(crate) fn attributes_above(&self, from: &str, to: Option<&str>) -> Result<BTreeSet<String>, Error> {
        let mut found = BTreeSet::new();
        let parts = self.prefix.matches('/').count();
        let starts = std::iter::once(0).chain(self.prefix.match_indices('/').map(|(at, _)| at + 1));
        for (depth, start) in starts.enumerate().take(parts) {
            let folder = self.prefix.get(..start).unwrap_or_default();
            let path = format!(":(top,literal){folder}{ATTRIBUTES}");
            let mut args =
                vec!["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"];
            args.extend(["--no-relative", from]);
            args.extend(to);
            args.extend(["--", path.as_str()]);
            if !self.ask(&args)?.is_empty() {
                found.insert(format!("{}{ATTRIBUTES}", "../".repeat(parts - depth)));
            }
        }
        Ok(found)
    }
}

impl TreeEntry {
    /// Whether there is something of the same kind and mode; a link leads to the same place, too.
    fn is_like(&self, file: &Path, checkout: &Path) -> bool {
        let Ok(metadata) = file.symlink_metadata() else { return false };
        let target = |path: &Path| -> Option<PathBuf> { fs_err::read_link(path).ok() };
        match self.kind {
            EntryKind::File => {
                metadata.is_file() && (metadata.permissions().mode() & 0o111 != 0) == self.executable
            }
            EntryKind::Link => metadata.is_symlink() && target(file) == target(checkout),
            EntryKind::Submodule => metadata.is_dir(),
        }
    }
}

/// The SHA-256 of the file that another stands for, if it stands for one.
fn lfs_hash(bytes: &[u8]) -> Option<String> {
    let text = Some(bytes).filter(|bytes| bytes.len() <= LARGEST_POINTER && bytes.starts_with(LFS))?;
    let text = std::str::from_utf8(text).ok()?;
    text.lines().find_map(|line| line.strip_prefix("oid sha256:")).map(str::to_owned)
}

#[cfg(test)]
mod tests;
