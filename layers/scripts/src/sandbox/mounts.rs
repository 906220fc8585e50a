//! The script's own root file system. In: what it may see. Out: the process's root, in its own mount namespace: the
//! system's programs, read-only, or those of a root file system on disk; the script's folders at their own paths; a few
//! devices; nothing else.

use std::fs::Permissions;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::change_root;
use super::foundation::{self, Step};
use super::mountinfo::mounts_below;
use super::order::{Failure, Order, View};
use super::system;
use crate::beneath::Beneath;
use crate::network::AUTHORITY_FILE;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    mount_remount, unmount,
};
use rustix::process::{chdir, fchdir};

/// The path of the host's root while the new one is assembled.
const OLD: &str = "/.machine";

/// Changes the root. The process has the privileges of its user namespace, and is alone in its process namespace.
pub(super) fn enter(order: &Order, user: &str) -> Result<(), Failure> {
    let step = |text: &'static str| move |error: rustix::io::Errno| Failure::new(text, &error);
    let room = &order.view.tmp;
    let tmp = std::fs::canonicalize(room).map_err(|error| failed(room, &error))?;
    let view = &order.view;
    let network = !order.reach.ports.is_empty();
    let system = System::of(view, network)?;
    // Other scripts may write there at the same time: no link is followed.
    let authority = network.then(|| Beneath::open(&tmp).and_then(|tmp| tmp.read(AUTHORITY_FILE)));
    let authority = authority.transpose().map_err(|error| failed(&tmp, &error))?;
    let authority = authority.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let [read, write] = [&view.read, &view.write].map(|paths| located(paths));
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
        .map_err(step("make mounts private"))?;
    let kept = kept(view)?;
    mount("sandbox", room.as_path(), "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=0755,size=64m")
        .map_err(step("mount a file system in memory"))?;
    let old = tmp.join(OLD.trim_start_matches('/'));
    folder(&old)?;
    change_root::with_old(&tmp, &old)?;

    system.show(view)?;
    accounts(view, user)?;
    network_files(order, authority.as_deref())?;
    devices()?;
    kernel(order.features.own_proc)?;
    for path in ["/tmp", "/var/tmp"] {
        bind(&tmp, Path::new(path), false)?;
    }
    read.iter().try_for_each(|(from, to)| bind(from, to, true))?;
    write.iter().try_for_each(|(from, to)| bind(from, to, false))?;
    kept.iter().try_for_each(|(from, to)| keep(from, to))?;
    unmount(OLD, UnmountFlags::DETACH).map_err(step("leave the machine's root"))?;
    std::fs::remove_dir(OLD).map_err(|error| Failure::new("leave the machine's root", &error))?;
    mount_remount("/", MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV, c"")
        .map_err(step("make the root read-only"))
}

/// Programs, libraries and their configuration, as found before the root changes.
enum System {
    /// From this host.
    Machine { links: Links, configuration: Vec<(PathBuf, PathBuf)> },
    /// From a root file system on disk.
    Root { steps: Vec<Step> },
}

impl System {
    fn of(view: &View, network: bool) -> Result<System, Failure> {
        let Some(root) = &view.root else {
            return Ok(System::Machine { links: Links::read(), configuration: configuration(network) });
        };
        let root = std::fs::canonicalize(root).map_err(|error| failed(root, &error))?;
        let own = [&view.read, &view.write, &view.kept].into_iter().flatten().map(PathBuf::as_path);
        let steps = foundation::steps(&root, own.chain([Path::new("/tmp")]))?;
        Ok(System::Root { steps })
    }

    fn show(&self, view: &View) -> Result<(), Failure> {
        match self {
            System::Machine { links, configuration } => {
                system_folders(links, view)?;
                configuration.iter().try_for_each(|(from, to)| bind(from, to, true))
            }
            System::Root { steps } => {
                for step in steps {
                    match step {
                        Step::Bind { from, to } => bind(from, to, true)?,
                        Step::Folder(path) => folder(path)?,
                        Step::Link { to, target } => {
                            symlink(target, to).map_err(|error| failed(to, &error))?
                        }
                    }
                }
                Ok(())
            }
        }
    }
}

/// The system's program folders. On most hosts, some are links.
struct Links(Vec<(PathBuf, Option<PathBuf>)>);

impl Links {
    fn read() -> Links {
        let there = system::PROGRAMS.iter().map(PathBuf::from).filter(|path| path.exists());
        Links(there.map(|path| (path.clone(), std::fs::read_link(&path).ok())).collect())
    }
}

fn system_folders(links: &Links, view: &View) -> Result<(), Failure> {
    for (path, target) in &links.0 {
        match target {
            Some(target) => symlink(target, path).map_err(|error| failed(path, &error))?,
            None => bind(path, path, true)?,
        }
    }
    let private = system::PRIVATE.map(PathBuf::from);
    for path in view.hidden.iter().chain(&private).filter(|path| path.is_dir()) {
        mount(
            "hidden",
            path.as_path(),
            "tmpfs",
            MountFlags::NOSUID | MountFlags::NODEV,
            c"mode=0755,size=64k",
        )
        .map_err(|error| failed(path, &error))?;
    }
    Ok(())
}

/// Existing folders, by their real path and the path that scripts use.
fn located(paths: &[PathBuf]) -> Vec<(PathBuf, PathBuf)> {
    paths.iter().filter_map(|path| Some((std::fs::canonicalize(path).ok()?, path.clone()))).collect()
}

/// Folders inside writable ones that the script must not change. They are opened now, and must not be behind links,
/// because other scripts may replace them concurrently.
fn kept(view: &View) -> Result<Vec<(OwnedFd, PathBuf)>, Failure> {
    let mut kept = Vec::new();
    for path in &view.kept {
        let around = view.write.iter().find_map(|root| Some((root, path.strip_prefix(root).ok()?.to_str()?)));
        let Some((root, inside)) = around else { continue };
        let held = Beneath::open(root).and_then(|root| match root.has_folder(inside)? {
            true => root.folder(inside).map(Some),
            false => Ok(None),
        });
        kept.extend(held.map_err(|error| failed(path, &error))?.map(|folder| (folder, path.clone())));
    }
    Ok(kept)
}

/// Shows such a folder at its own path, read-only.
fn keep(from: &OwnedFd, to: &Path) -> Result<(), Failure> {
    fchdir(from).map_err(|error| failed(to, &error))?;
    let shown = show(Path::new("."), to, to, true);
    chdir("/").map_err(|error| failed(to, &error))?;
    shown
}

/// The shown parts of `/etc`, each with the host's path. A script whose network is this program's trusts only this
/// program.
fn configuration(network: bool) -> Vec<(PathBuf, PathBuf)> {
    let own = ["/etc/resolv.conf", "/etc/hosts", "/etc/passwd", "/etc/group"].map(Path::new);
    let trust = ["/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/pki"].map(Path::new);
    system::configuration()
        .filter(|path| !own.contains(&path.as_path()))
        .filter(|path| !(network && trust.iter().any(|trust| path.starts_with(trust))))
        .filter_map(|path| Some((std::fs::canonicalize(&path).ok()?, path)))
        .collect()
}

/// Accounts for the script only.
fn accounts(view: &View, user: &str) -> Result<(), Failure> {
    let (uid, gid) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let own = |id: u32, text: String| if id == 0 { String::new() } else { text };
    let home = view.home.display();
    let root_home = if uid == 0 { home.to_string() } else { "/root".to_owned() };
    let passwd = format!(
        "root:x:0:0:root:{root_home}:/bin/sh\n{}nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
        own(uid, format!("{user}:x:{uid}:{gid}::{home}:/bin/sh\n"))
    );
    let group = format!("root:x:0:\n{}nogroup:x:65534:\n", own(gid, format!("{user}:x:{gid}:\n")));
    put(view, "/etc/passwd", &passwd)?;
    put(view, "/etc/group", &group)
}

/// Shows a text, in the host's root or in another one.
fn put(view: &View, path: &str, text: &str) -> Result<(), Failure> {
    match &view.root {
        Some(_) => cover(path, text),
        None => write(path, text),
    }
}

/// Host names and trusted certificates: such a network has one name server and one authority.
fn network_files(order: &Order, authority: Option<&str>) -> Result<(), Failure> {
    let view = &order.view;
    put(view, "/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")?;
    put(view, "/etc/resolv.conf", if order.reach.names { "nameserver 127.0.0.1\n" } else { "" })?;
    let Some(authority) = authority else { return Ok(()) };
    let places =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt"];
    // In another root, only existing files can be covered; programs of a missing one find the authority by variables.
    for path in places.into_iter().filter(|path| view.root.is_none() || Path::new(path).is_file()) {
        put(view, path, authority)?;
    }
    Ok(())
}

fn devices() -> Result<(), Failure> {
    for device in system::DEVICES {
        let old = inside_old(Path::new(device));
        if old.exists() {
            file(Path::new(device))?;
            mount_bind_recursive(&old, device).map_err(|error| failed(Path::new(device), &error))?;
        }
    }
    let streams = [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")];
    for (name, end) in streams {
        let path = Path::new("/dev").join(name);
        symlink(format!("/proc/self/fd{end}"), &path).map_err(|error| failed(&path, &error))?;
    }
    let memory = Path::new("/dev/shm");
    folder(memory)?;
    mount("shm", memory, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=1777")
        .map_err(|error| failed(memory, &error))
}

/// `/proc` of the script's own processes, and information on CPUs and limits. All of it is read-only, because for root
/// some files there control the host.
fn kernel(own_proc: bool) -> Result<(), Failure> {
    let proc = Path::new("/proc");
    folder(proc)?;
    if own_proc {
        let flags = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount("proc", proc, "proc", flags, None).map_err(|error| Failure::new(PROC, &error))?;
    } else {
        bind(proc, proc, true)?;
    }
    for path in system::KERNEL.iter().map(Path::new).filter(|path| path.starts_with("/sys")) {
        if inside_old(path).exists() {
            bind(path, path, true)?;
        }
    }
    Ok(())
}

/// The step that fails if a container hides parts of `/proc`.
pub(super) const PROC: &str = "mount /proc";

/// Shows the host's `from` at `to`.
fn bind(from: &Path, to: &Path, read_only: bool) -> Result<(), Failure> {
    let old = inside_old(from);
    match old.is_dir() {
        true => folder(to)?,
        false => file(to)?,
    }
    show(&old, from, to, read_only)
}

/// Shows the content of `old`, which was `from`, at an existing path.
fn show(old: &Path, from: &Path, to: &Path, read_only: bool) -> Result<(), Failure> {
    mount_bind_recursive(old, to).map_err(|error| failed(from, &error))?;
    let mounts = mounts_below(&inside_old(Path::new("/proc")), to)?;
    mounts.iter().try_for_each(|(path, flags)| {
        let mut wanted = *flags | MountFlags::BIND | MountFlags::NOSUID | MountFlags::NODEV;
        if read_only {
            wanted |= MountFlags::RDONLY;
        }
        match mount_remount(path, wanted, c"") {
            // A mount covered by another one can be neither reached nor seen.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOENT | rustix::io::Errno::ACCESS)
                if path != to =>
            {
                Ok(())
            }
            other => other.map_err(|error| failed(path, &error)),
        }
    })
}

fn inside_old(path: &Path) -> PathBuf {
    Path::new(OLD).join(path.strip_prefix("/").unwrap_or(path))
}

fn folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| failed(path, &error))
}

fn file(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        return Ok(());
    }
    folder(path.parent().unwrap_or(Path::new("/")))?;
    std::fs::File::create(path).map(drop).map_err(|error| failed(path, &error))
}

fn write(path: &str, text: &str) -> Result<(), Failure> {
    let path = Path::new(path);
    folder(path.parent().unwrap_or(Path::new("/")))?;
    let written = std::fs::write(path, text);
    let mode = || std::fs::set_permissions(path, Permissions::from_mode(0o644));
    written.and_then(|()| mode()).map_err(|error| failed(path, &error))
}

/// Shows a text instead of an existing file.
fn cover(path: &str, text: &str) -> Result<(), Failure> {
    let own = format!("/.fourply/{}", path.replace('/', "_"));
    write(&own, text)?;
    mount_bind_recursive(&*own, path).map_err(|error| failed(Path::new(path), &error))?;
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    mount_remount(path, flags, c"").map_err(|error| failed(Path::new(path), &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("show {}", path.display()), error)
}
