//! A root file system as a process's own. In: its folder, and what to show in it. Out: the process's root is that
//! folder, in its current mount namespace. This module does not know the purpose of the root file system.
//!
//! The folder may be untrusted: each path in it is resolved as its own processes would resolve it, so that no link
//! leads out of it. The process has the privileges of its user namespace, and shares its mount namespace with nobody.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, mkdirat, openat, openat2, readlinkat};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change, mount_remount,
};
use rustix::process::fchdir;

use super::change_root;
use super::mountinfo::mounts_below;
use super::order::Failure;
use super::system;

/// The most links in one path.
const MOST_LINKS: usize = 8;

/// A folder that will become the root.
pub(super) struct NewRoot {
    path: PathBuf,
    folder: OwnedFd,
}

/// Whether shown content may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    ReadOnly,
    Writable,
}

impl NewRoot {
    /// Opens a folder as the future root. From here on, mounts are visible only in this namespace.
    pub(super) fn open(folder: &Path) -> Result<NewRoot, Failure> {
        mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
            .map_err(|error| Failure::new("make mounts private", &error))?;
        let path = std::fs::canonicalize(folder).map_err(|error| failed(folder, &error))?;
        mount_bind_recursive(&path, &path).map_err(|error| failed(&path, &error))?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(CWD, &path, flags, Mode::empty()).map_err(|error| failed(&path, &error))?;
        Ok(NewRoot { path, folder })
    }

    /// Resolves a path of the root through the root's own links.
    fn find(&self, target: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        openat2(&self.folder, target, flags | OFlags::CLOEXEC, Mode::empty(), resolve)
    }

    /// A folder of the root, created with its parents if missing.
    pub(super) fn folder(&self, target: &Path) -> Result<OwnedFd, Failure> {
        let failed = |error: Errno| failed(target, &error);
        let mut path = PathBuf::from("/");
        let mut here = self.find(&path, OFlags::PATH | OFlags::DIRECTORY).map_err(failed)?;
        for part in target.iter().skip(usize::from(target.is_absolute())) {
            path.push(part);
            here = match self.find(&path, OFlags::PATH | OFlags::DIRECTORY) {
                Err(Errno::NOENT) => {
                    mkdirat(&here, part, Mode::from_raw_mode(0o755)).map_err(failed)?;
                    self.find(&path, OFlags::PATH | OFlags::DIRECTORY).map_err(failed)?
                }
                found => found.map_err(failed)?,
            };
        }
        Ok(here)
    }

    /// A file of the root, created empty if missing. A dangling link is followed to its target.
    fn file(&self, target: &Path) -> Result<OwnedFd, Failure> {
        let mut at = target.to_path_buf();
        for _ in 0..MOST_LINKS {
            if let Ok(found) = self.find(&at, OFlags::PATH) {
                return Ok(found);
            }
            let failed = |error: Errno| failed(target, &error);
            let above = at.parent().unwrap_or(Path::new("/"));
            let (folder, name) = (self.folder(above)?, at.file_name().unwrap_or_default());
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
            match openat(&folder, name, flags, Mode::from_raw_mode(0o644)) {
                Err(Errno::EXIST) => {
                    let link = readlinkat(&folder, name, Vec::new()).map_err(failed)?;
                    at = above.join(std::ffi::OsStr::from_bytes(link.as_bytes()));
                }
                made => drop(made.map_err(failed)?),
            }
        }
        Err(failed(target, &Errno::LOOP))
    }

    /// Shows a folder or file of the host at a path of the root.
    pub(super) fn bind(&self, from: &Path, target: &Path, shown: Shown) -> Result<(), Failure> {
        let place = if from.is_dir() { self.folder(target)? } else { self.file(target)? };
        let place = self.mount(target, &place, |place| mount_bind_recursive(from, place))?;
        for (path, flags) in mounts_below(Path::new("/proc"), &place)? {
            let kept = remount(&path, flags, shown);
            // A mount covered by another one can be neither reached nor seen.
            if !matches!(kept, Err(Errno::INVAL | Errno::NOENT | Errno::ACCESS) if path != place) {
                kept.map_err(|error| failed(target, &error))?;
            }
        }
        Ok(())
    }

    /// A file system in memory, with options such as `mode=1777,size=64m`.
    pub(super) fn memory(&self, target: &Path, options: &str) -> Result<(), Failure> {
        let place = self.folder(target)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        let options = std::ffi::CString::new(options).map_err(|error| failed(target, &error))?;
        self.mount(target, &place, |place| mount("memory", place, "tmpfs", flags, Some(options.as_c_str())))?;
        Ok(())
    }

    /// `/proc` of the process namespace, read-only, because for root some files there control the host. `before` may
    /// write to some of them first.
    pub(super) fn proc(&self, before: impl FnOnce(&Path)) -> Result<(), Failure> {
        let target = Path::new("/proc");
        let place = self.plain(target)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        let mounted = self.mount(target, &place, |place| mount("proc", place, "proc", flags, None))?;
        before(&mounted);
        mount_remount(&mounted, flags | MountFlags::BIND | MountFlags::RDONLY, c"")
            .map_err(|error| Failure::new(super::mounts::PROC, &error))
    }

    /// `/dev` with devices without content, the streams of a process, and shared memory.
    pub(super) fn devices(&self) -> Result<(), Failure> {
        let dev = Path::new("/dev");
        drop(self.plain(dev)?);
        self.memory(dev, "mode=0755,size=64k,nr_inodes=64")?;
        for device in system::DEVICES.iter().chain(&["/dev/tty"]).map(Path::new) {
            if device.exists() {
                let place = self.file(device)?;
                self.mount(device, &place, |place| mount_bind_recursive(device, place))?;
            }
        }
        let folder = self.folder(dev)?;
        for (name, end) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
            let path = magic(&folder).join(name);
            symlink(format!("/proc/self/fd{end}"), &path).map_err(|error| failed(&path, &error))?;
        }
        self.memory(Path::new("/dev/shm"), "mode=1777,size=64m")
    }

    /// A top-level folder of the root that is not a link, as every container engine requires for these.
    fn plain(&self, target: &Path) -> Result<OwnedFd, Failure> {
        let place = self.folder(target)?;
        let there = std::fs::read_link(magic(&place)).map_err(|error| failed(target, &error))?;
        let name = target.strip_prefix("/").unwrap_or(target);
        match there == self.path.join(name) {
            true => Ok(place),
            false => Err(Failure::new(format!("show {}", target.display()), &"the path is a link")),
        }
    }

    /// Mounts at an opened path; returns its path on this host.
    fn mount(
        &self,
        target: &Path,
        place: &OwnedFd,
        how: impl FnOnce(&Path) -> rustix::io::Result<()>,
    ) -> Result<PathBuf, Failure> {
        let real = std::fs::read_link(magic(place)).map_err(|error| failed(target, &error))?;
        if !real.starts_with(&self.path) {
            return Err(Failure::new(format!("show {}", target.display()), &"it is outside the root"));
        }
        how(&magic(place)).map_err(|error| failed(target, &error))?;
        Ok(real)
    }

    /// Changes the root. From then on, only the shown parts of the host are visible.
    pub(super) fn enter(self, shown: Shown) -> Result<(), Failure> {
        let step = |text: &'static str| move |error: Errno| Failure::new(text, &error);
        let mounts = mounts_below(Path::new("/proc"), &self.path)?;
        let own = mounts.iter().rev().find(|(path, _)| *path == self.path);
        let flags = own.map_or(MountFlags::empty(), |(_, flags)| *flags);
        remount(&self.path, flags, shown).map_err(step("make the root read-only"))?;
        fchdir(&self.folder).map_err(step("change the folder"))?;
        change_root::alone()
    }
}

fn remount(path: &Path, flags: MountFlags, shown: Shown) -> rustix::io::Result<()> {
    let mut wanted = flags | MountFlags::BIND | MountFlags::NOSUID | MountFlags::NODEV;
    if shown == Shown::ReadOnly {
        wanted |= MountFlags::RDONLY;
    }
    mount_remount(path, wanted, c"")
}

/// The kernel's name for an open file, even if its path has changed.
fn magic(open: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", open.as_fd().as_raw_fd()))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("show {}", path.display()), error)
}
