//! The change of a process's root. In: a mount that is to be the root, in a mount namespace of the process's own. Out: it is the root.
//!
//! `pivot_root` is not to be had everywhere: the kernel refuses it where the machine's root is its initramfs, and filters of system calls may.
//! Then the mount is moved onto the root, and the process enters it by `chroot`, as `switch_root` does. The machine's root stays below it, where
//! nothing leads to: only a process with privileges leaves a `chroot`, and scripts have none.

use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{UnmountFlags, mount_bind_recursive, mount_move, unmount};
use rustix::process::{chdir, chroot, pivot_root};

use super::order::Failure;

/// Makes a mount, at a path without links, the process's root. The machine's root lies at `old`, a folder in it, then.
pub(super) fn with_old(root: &Path, old: &Path) -> Result<(), Failure> {
    chdir(root).map_err(changed)?;
    let Err(refused) = pivot_root(".", old) else { return chdir("/").map_err(changed) };
    mount_bind_recursive("/", old).map_err(|error| both(refused, "bind the root", error))?;
    // What the mount covers is to be seen in the machine's root, and not the mount itself.
    let covered = old.join(root.strip_prefix("/").unwrap_or(root));
    unmount(&covered, UnmountFlags::DETACH).map_err(|error| both(refused, "umount", error))?;
    moved(refused)
}

/// Makes the current folder, which is a mount's root, the process's root. Nothing leads to the machine's root then.
pub(super) fn alone() -> Result<(), Failure> {
    // The machine's root comes to lie upon the new one, from where it is taken away: no folder is needed for it.
    match pivot_root(".", ".") {
        Ok(()) => {
            unmount(".", UnmountFlags::DETACH)
                .map_err(|error| Failure::new("leave the machine's root", &error))?;
            chdir("/").map_err(changed)
        }
        Err(refused) => moved(refused),
    }
}

fn moved(refused: Errno) -> Result<(), Failure> {
    mount_move(".", "/").map_err(|error| both(refused, "move the mount", error))?;
    chroot(".").map_err(|error| both(refused, "chroot", error))?;
    chdir("/").map_err(changed)
}

fn both(refused: Errno, step: &str, error: Errno) -> Failure {
    Failure::new("change the root", &format_args!("pivot_root: {refused}; {step}: {error}"))
}

fn changed(error: Errno) -> Failure {
    Failure::new("change the folder", &error)
}
