//! A separate root file system without mounts, for users who may `chroot`. In: a view with a root on disk. Out: a copy
//! of that root, the room, which contains the script's folders at their own paths. Landlock prevents the script from
//! changing the copy.
//!
//! ```text
//! <root>.room        the copy, for all scripts of that root
//! <root>.room.lock   held while something is put into it
//! ```
//!
//! The script's output must be in the room. So its folders are moved there, with links at their old paths. `/proc`
//! contains only a few text files, from when the room was created, because programs read the number of CPUs there.

use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::process::{chdir, chroot};
use rustix::thread::{CapabilitySet, capabilities};

use super::order::{Failure, View};

/// Whether this process has the privileges to change the root, and to create devices in it.
pub(super) fn is_allowed() -> bool {
    let held = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    held.contains(CapabilitySet::SYS_CHROOT | CapabilitySet::MKNOD)
}

/// Creates the room if needed, and puts the script's folders into it.
pub(super) fn furnish(view: &View, root: &Path) -> Result<(), Failure> {
    let room = room_of(root)?;
    let lock = beside(&room, ".lock");
    let lock = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&lock);
    let lock = lock.map_err(|error| failed(&room, &error))?;
    lock.lock().map_err(|error| failed(&room, &error))?;
    if !room.is_dir() {
        whole(&room, |new| copy(root, new).and_then(|()| complete(new)))?;
    }
    for folder in &view.read {
        let place = inside(&room, folder);
        if !place.exists() {
            whole(&place, |new| copy(folder, new))?;
        }
    }
    view.write.iter().try_for_each(|folder| move_in(&room, folder).map_err(|error| failed(folder, &error)))
}

/// Enters the room: from then on, no path of the host is reachable.
pub(super) fn enter(root: &Path) -> Result<(), Failure> {
    let step = |error: rustix::io::Errno| Failure::new("change the root (chroot)", &error);
    chroot(&room_of(root)?).map_err(step)?;
    chdir("/").map_err(step)
}

/// The folder above the script's own that others share.
pub(super) fn shared(root: &Path) -> Option<&Path> {
    root.parent()?.parent().filter(|path| path.parent().is_some())
}

fn room_of(root: &Path) -> Result<PathBuf, Failure> {
    let root = std::fs::canonicalize(root).map_err(|error| failed(root, &error))?;
    Ok(beside(&root, ".room"))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn inside(room: &Path, path: &Path) -> PathBuf {
    room.join(path.strip_prefix("/").unwrap_or(path))
}

/// Creates a folder or file atomically; `fill` writes it.
fn whole(place: &Path, fill: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Failure> {
    let new = beside(place, ".new");
    let made = || {
        remove(&new)?;
        std::fs::create_dir_all(place.parent().unwrap_or(Path::new("/")))?;
        fill(&new)?;
        std::fs::rename(&new, place)
    };
    made().map_err(|error| failed(place, &error))
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

/// Copies folders, files and links. Programs need no other types from a package's or base's root.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let found = std::fs::symlink_metadata(from)?;
    if found.is_symlink() {
        return symlink(std::fs::read_link(from)?, to);
    }
    if found.is_file() {
        return std::fs::copy(from, to).map(drop);
    }
    if found.is_dir() {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
        std::fs::set_permissions(to, found.permissions())?;
    }
    Ok(())
}

/// Adds what a copied root lacks: accounts and host names, devices, folders for temporary files.
fn complete(room: &Path) -> std::io::Result<()> {
    let texts = [
        (
            "etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
        ),
        ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
        ("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("etc/resolv.conf", ""),
    ];
    for (path, text) in texts {
        put(room, path, text.as_bytes())?;
    }
    for path in ["cpuinfo", "meminfo", "stat", "version", "loadavg", "self/stat"] {
        if let Ok(text) = std::fs::read(Path::new("/proc").join(path)) {
            put(room, &format!("proc/{path}"), &text)?;
        }
    }
    for (path, major, minor) in
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9)]
    {
        let path = room.join("dev").join(path);
        remove(&path)?;
        std::fs::create_dir_all(room.join("dev"))?;
        mknodat(CWD, &path, FileType::CharacterDevice, Mode::from_raw_mode(0o666), makedev(major, minor))?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o666))?;
        std::fs::File::open(&path)?;
    }
    for path in TEMPORARY {
        let path = inside(room, Path::new(path));
        remove(&path)?;
        std::fs::create_dir_all(&path)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o1777))?;
    }
    Ok(())
}

/// Folders that every program may write to.
pub(super) const TEMPORARY: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

fn put(room: &Path, path: &str, text: &[u8]) -> std::io::Result<()> {
    let path = room.join(path);
    remove(&path)?;
    std::fs::create_dir_all(path.parent().unwrap_or(room))?;
    std::fs::write(&path, text)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o644))
}

/// Moves a folder into the room, unless it is there already, and leaves a link.
fn move_in(room: &Path, folder: &Path) -> std::io::Result<()> {
    let place = inside(room, folder);
    match std::fs::read_link(folder) {
        Ok(target) if target == place && place.is_dir() => return Ok(()),
        Ok(_) => {
            std::fs::remove_file(folder)?;
            std::fs::create_dir(folder)?;
        }
        Err(_) => {}
    }
    remove(&place)?;
    std::fs::create_dir_all(place.parent().unwrap_or(room))?;
    std::fs::rename(folder, &place)?;
    symlink(&place, folder)
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let shown = String::from_utf8_lossy(path.as_os_str().as_bytes());
    Failure::new(format!("make a root for chroot at {shown}"), error)
}
