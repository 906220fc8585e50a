//! Changes a process's root. In: a mount for the new root, in the process's own mount namespace. Out: the new root.
//!
//! `pivot_root` is not always available: the kernel rejects it if the host's root is its initramfs, and system call
//! filters may deny it. Then the mount is moved onto the root, and the process enters it by `chroot`, like
//! `switch_root`. The host's root stays below it, unreachable: only a privileged process can leave a `chroot`, and
//! scripts have no privileges.

use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{UnmountFlags, mount_bind_recursive, mount_move, unmount};
use rustix::process::{chdir, chroot, pivot_root};

use super::order::Failure;

/// Makes a mount at a real path the process's root. The host's root is then at `old`, a folder in it.
pub(super) fn with_old(root: &Path, old: &Path) -> Result<(), Failure> {
    chdir(root).map_err(changed)?;
    let Err(refused) = pivot_root(".", old) else { return chdir("/").map_err(changed) };
    mount_bind_recursive("/", old).map_err(|error| both(refused, "bind the root", error))?;
    // The covered path must show the host's own files, not the mount.
    let covered = old.join(root.strip_prefix("/").unwrap_or(root));
    unmount(&covered, UnmountFlags::DETACH).map_err(|error| both(refused, "umount", error))?;
    moved(refused)
}

/// Makes the current folder, the root of a mount, the process's root. The host's root is then unreachable.
pub(super) fn alone() -> Result<(), Failure> {
    // The host's root is stacked onto the new one and then detached, so no extra folder is needed.
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
