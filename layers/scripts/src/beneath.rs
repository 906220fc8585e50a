//! Files below a folder that scripts wrote to. In: the folder, paths relative to it. Out: their contents, and changes
//! to them. No link on the way is followed, so replacing a folder with a link has no effect. It does not know the
//! meaning of the files.
//!
//! The folder itself belongs to the caller and may be reached through a link. The kernel resolves each path in one step
//! (`openat2`, Linux 5.6). If it cannot, or a container's filter denies the call, each component is opened separately.

mod changes;
mod replaced;

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use fourply_blob::Reason;
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2, readlinkat, statat,
};
use rustix::io::Errno;

use crate::{Result, ScriptsError};
pub use replaced::{Replaced, ReplacedBy};

/// How often a path is resolved again after a concurrent rename.
const TRIES: usize = 16;
/// Only a position in the file system, neither read nor written.
const PLACE: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A folder that scripts wrote to. Paths are relative and separated by `/`; an empty path, or `.`, is the folder
/// itself.
#[derive(Debug)]
pub struct Beneath {
    root: PathBuf,
    folder: OwnedFd,
}

/// The entry at a path.
#[derive(Debug, Clone, Copy)]
pub struct Found(pub Stat);

impl Found {
    fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.0.st_mode)
    }

    pub fn is_folder(&self) -> bool {
        self.kind().is_dir()
    }

    pub fn is_file(&self) -> bool {
        self.kind().is_file()
    }

    pub fn is_link(&self) -> bool {
        self.kind().is_symlink()
    }

    pub fn size(&self) -> u64 {
        self.0.st_size.unsigned_abs()
    }

    /// The mode bits without the file type.
    pub fn mode(&self) -> u32 {
        self.0.st_mode & 0o7777
    }

    /// As [`is_executable`](crate::files::is_executable).
    pub fn is_executable(&self) -> bool {
        self.0.st_mode & 0o111 != 0
    }
}

impl Beneath {
    /// The folder at `root`.
    ///
    /// # Errors
    /// It is not a folder.
    pub fn open(root: &Path) -> Result<Beneath> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = openat(CWD, root, flags, Mode::empty());
        let folder = opened.map_err(|error| named("open", root, error))?;
        Ok(Beneath { root: root.to_path_buf(), folder })
    }

    /// Whether a folder exists and is reached only through folders.
    ///
    /// # Errors
    /// [`ScriptsError::Replaced`] if it, or one above it, is something else.
    pub fn has_folder(&self, path: &str) -> Result<bool> {
        match self.resolve(path, PLACE | OFlags::DIRECTORY) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.fault(path, error)),
        }
    }

    /// Checks that after a script, its folder `own` and those of `others` that exist are folders and not behind a link.
    ///
    /// # Errors
    /// [`ScriptsError::Replaced`], which names the script and its package.
    pub fn check_after<'p>(
        &self,
        (script, package): (&str, &str),
        own: &str,
        others: impl IntoIterator<Item = &'p str>,
    ) -> Result<()> {
        let others = others.into_iter().try_for_each(|folder| self.has_folder(folder).map(drop));
        others.and_then(|()| self.check_there(own)).map_err(|error| error.after(script, package))
    }

    /// Checks that a script's folder exists and is not behind a link.
    ///
    /// # Errors
    /// [`ScriptsError::Replaced`].
    pub fn check_there(&self, folder: &str) -> Result<()> {
        match self.has_folder(folder)? {
            true => Ok(()),
            false => Err(Replaced::new(folder, ReplacedBy::Nothing).into()),
        }
    }

    /// A handle of a folder, only for naming it.
    ///
    /// # Errors
    /// As [`Beneath::has_folder`]; a missing folder.
    pub fn folder(&self, path: &str) -> Result<OwnedFd> {
        self.resolve(path, PLACE | OFlags::DIRECTORY).map_err(|error| self.fault(path, error))
    }

    /// The entry at a path, if any.
    ///
    /// # Errors
    /// [`ScriptsError::Replaced`] if a path component above it is not a folder.
    pub fn found(&self, path: &str) -> Result<Option<Found>> {
        match self.resolve(path, PLACE).and_then(fstat) {
            Ok(stat) => Ok(Some(Found(stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.fault(path, error)),
        }
    }

    /// The entries of a folder by name, with their types.
    ///
    /// # Errors
    /// Not a folder, or unreadable; a name that is not UTF-8.
    pub fn entries(&self, path: &str) -> Result<Vec<(String, Found)>> {
        let failed = |error| self.fault(path, error);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = self.resolve(path, flags).map_err(failed)?;
        let mut entries = Vec::new();
        // It is read where it was opened: another descriptor costs three calls for each folder.
        let mut folder = Dir::new(folder).map_err(failed)?;
        while let Some(entry) = folder.read() {
            let entry = entry.map_err(failed)?;
            let name = match entry.file_name().to_str() {
                Ok("." | "..") => continue,
                Ok(name) => name.to_owned(),
                Err(_) => {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    return Err(ScriptsError::NotUtf8 { path: self.place(path).join(name) });
                }
            };
            let at = folder.fd().map_err(failed)?;
            match statat(at, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => entries.push((name, Found(stat))),
                // Removed after it was listed.
                Err(Errno::NOENT) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(entries)
    }

    /// Opens a file for reading; it must not be a link. Nothing blocks: a pipe is rejected.
    ///
    /// # Errors
    /// Not a file; missing or unreadable.
    pub fn file(&self, path: &str) -> Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = self.resolve(path, flags).map_err(|error| self.fault(path, error))?;
        match Found(fstat(&opened).map_err(|error| self.fault(path, error))?).is_file() {
            true => Ok(File::from(opened)),
            false => Err(Replaced::new(path, ReplacedBy::Other("a file")).into()),
        }
    }

    /// The content of a file.
    ///
    /// # Errors
    /// As [`Beneath::file`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.file(path)?.read_to_end(&mut bytes);
        read.map_err(|error| told("read", &self.place(path), error))?;
        Ok(bytes)
    }

    /// The target of a link, unresolved.
    ///
    /// # Errors
    /// Not a link; a target that is not UTF-8.
    pub fn target(&self, path: &str) -> Result<String> {
        let link = self.resolve(path, PLACE).and_then(|link| readlinkat(&link, "", Vec::new()));
        let target = link.map_err(|error| self.fault(path, error))?;
        target.into_string().map_err(|_| ScriptsError::NotUtf8 { path: self.place(path) })
    }

    fn place(&self, path: &str) -> PathBuf {
        if is_root(path) { self.root.clone() } else { self.root.join(path) }
    }

    fn resolve(&self, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let path = if path.is_empty() { "." } else { path };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        for _ in 0..TRIES {
            match openat2(&self.folder, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
                // The path was renamed concurrently.
                Err(Errno::AGAIN) => {}
                // An older kernel, or a filter that does not know the call.
                Err(Errno::NOSYS | Errno::PERM) => break,
                other => return other,
            }
        }
        step_by_step(&self.folder, path, flags)
    }

    /// The error for a path that cannot be resolved: what replaced a folder on the way, or the kernel's error.
    fn fault(&self, path: &str, error: Errno) -> ScriptsError {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for part in ends.filter_map(|end| path.get(..end)).filter(|part| !is_root(part)) {
            let Ok(found) = step_by_step(&self.folder, part, PLACE) else { break };
            let kind = fstat(&found).map_or(FileType::Unknown, |stat| Found(stat).kind());
            if kind.is_symlink() {
                let target = readlinkat(&found, "", Vec::new()).unwrap_or_default();
                let target = target.to_string_lossy().into_owned();
                return Replaced::new(part, ReplacedBy::Link(target)).into();
            }
            if !kind.is_dir() && (part != path || error == Errno::NOTDIR) {
                return Replaced::new(part, ReplacedBy::Other("a folder")).into();
            }
        }
        named("open", &self.place(path), error).into()
    }
}

/// Opens the components in order. None of them may be a link, except the last with [`PLACE`].
fn step_by_step(folder: &OwnedFd, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").peekable();
    if path.starts_with('/') {
        return Err(Errno::XDEV);
    }
    if parts.peek().is_none() {
        return openat(folder, ".", flags | OFlags::CLOEXEC, Mode::empty());
    }
    let mut at: Option<OwnedFd> = None;
    while let Some(part) = parts.next() {
        if part == ".." {
            return Err(Errno::XDEV);
        }
        let flags = if parts.peek().is_some() { PLACE | OFlags::DIRECTORY } else { flags | OFlags::NOFOLLOW };
        let from = at.as_ref().map_or(folder.as_fd(), |at| at.as_fd());
        at = Some(openat(from, part, flags | OFlags::CLOEXEC, Mode::empty())?);
    }
    at.ok_or(Errno::NOENT)
}

fn is_root(path: &str) -> bool {
    path.is_empty() || path == "."
}

fn named(what: &str, path: &Path, error: Errno) -> std::io::Error {
    told(what, path, error.into())
}

fn told(what: &str, path: &Path, error: std::io::Error) -> std::io::Error {
    let text = format!("cannot {what} {}: {error}", path.display());
    std::io::Error::new(error.kind(), Reason::because(text, error))
}

#[cfg(test)]
mod tests;
