//! Creates and removes files, links and folders below a folder that scripts wrote to. In: paths, contents. Out: the
//! same on disk, or an error if a link is on the way.

use std::ffi::{CStr, CString};
use std::fs::{File, Permissions};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, chmodat, fstat, mkdirat, openat, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::{Beneath, PLACE, is_root, told};
use crate::Result;

impl Beneath {
    /// Creates a folder and its missing parents, with mode 0755 whatever the umask.
    ///
    /// # Errors
    /// Something else is at one of these paths.
    pub fn make_folder(&self, path: &str) -> Result<()> {
        if is_root(path) {
            return Ok(());
        }
        for end in path.match_indices('/').map(|(at, _)| at).chain([path.len()]) {
            let part = path.get(..end).unwrap_or(path);
            if end == path.len() || !self.has_folder(part)? {
                self.make_one(part)?;
            }
        }
        Ok(())
    }

    fn make_one(&self, path: &str) -> Result<()> {
        let (parent, name) = self.parent(path)?;
        let failed = |error| self.fault(path, error);
        match mkdirat(&parent, name, Mode::from_raw_mode(0o755)) {
            Err(error) if error != Errno::EXIST => return Err(failed(error)),
            _ => {}
        }
        let made = openat(&parent, name, PLACE | OFlags::DIRECTORY, Mode::empty()).map_err(failed)?;
        if fstat(&made).map_err(failed)?.st_mode & 0o7777 != 0o755 {
            chmodat(&parent, name, Mode::from_raw_mode(0o755), AtFlags::empty()).map_err(failed)?;
        }
        Ok(())
    }

    /// Creates an empty file, replacing a file or link.
    ///
    /// # Errors
    /// A folder is at the path, or its parent is missing.
    pub fn create(&self, path: &str) -> Result<File> {
        let (parent, name) = self.parent(path)?;
        self.make_way(&parent, name, path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = openat(&parent, name, flags, Mode::from_raw_mode(0o666));
        Ok(File::from(made.map_err(|error| self.fault(path, error))?))
    }

    /// Writes a file, replacing a file or link: 0755 or 0644, whatever the umask.
    ///
    /// # Errors
    /// As [`Beneath::create`].
    pub fn write(&self, path: &str, executable: bool, bytes: &[u8]) -> Result<()> {
        let mut file = self.create(path)?;
        let mode = Permissions::from_mode(if executable { 0o755 } else { 0o644 });
        let written = file.write_all(bytes).and_then(|()| file.set_permissions(mode));
        Ok(written.map_err(|error| told("write", &self.place(path), error))?)
    }

    /// Creates a link, replacing a file or link.
    ///
    /// # Errors
    /// As [`Beneath::create`].
    pub fn link(&self, path: &str, target: &str) -> Result<()> {
        let (parent, name) = self.parent(path)?;
        self.make_way(&parent, name, path)?;
        symlinkat(target, &parent, name).map_err(|error| self.fault(path, error))
    }

    /// Removes the entry at a path, if any; folders with their content.
    ///
    /// # Errors
    /// A part of it cannot be removed.
    pub fn remove(&self, path: &str) -> Result<()> {
        match self.found(path)? {
            None => Ok(()),
            Some(_) => {
                let (parent, name) = self.parent(path)?;
                let removed = CString::new(name).map_err(|_| Errno::INVAL);
                removed.and_then(|name| remove(&parent, &name)).map_err(|error| self.fault(path, error))
            }
        }
    }

    fn make_way(&self, parent: &OwnedFd, name: &str, path: &str) -> Result<()> {
        match unlinkat(parent, name, AtFlags::empty()) {
            Err(error) if error != Errno::NOENT => Err(self.fault(path, error)),
            _ => Ok(()),
        }
    }

    /// The parent folder of a path, and the last component.
    fn parent<'p>(&self, path: &'p str) -> Result<(OwnedFd, &'p str)> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if matches!(name, "" | "." | "..") {
            return Err(self.fault(path, Errno::INVAL));
        }
        Ok((self.folder(folder)?, name))
    }
}

fn remove(parent: &OwnedFd, name: &CStr) -> rustix::io::Result<()> {
    let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if !FileType::from_raw_mode(stat.st_mode).is_dir() {
        return unlinkat(parent, name, AtFlags::empty());
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    if stat.st_mode & 0o700 != 0o700 {
        // The script made it inaccessible to this user.
        chmodat(parent, name, Mode::from_raw_mode(0o700), AtFlags::empty())?;
    }
    let folder = openat(parent, name, flags, Mode::empty())?;
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        match entry.file_name().to_bytes() {
            b"." | b".." => {}
            _ => remove(&folder, entry.file_name())?,
        }
    }
    unlinkat(parent, name, AtFlags::REMOVEDIR)
}
