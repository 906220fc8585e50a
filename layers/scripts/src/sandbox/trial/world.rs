//! The program's view. In: an order. Out: the root file system is this process's root, read-only except for the folders
//! in the order, whose changes are in memory; devices, `/proc`, host names.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use super::super::order::Failure;
use super::super::root::{NewRoot, Shown};
use super::order::{OVERLAY, Trial, TrialOrder};

/// Changes the root.
pub(super) fn enter(order: &TrialOrder) -> Result<(), Failure> {
    let trial = &order.trial;
    let memory = Memory::mount(trial)?;
    let folder = match trial.all_writable {
        true => memory.changed(&trial.root, trial.shared)?,
        false => trial.root.clone(),
    };
    let root = NewRoot::open(&folder)?;
    if order.features.own_proc {
        root.proc(|proc| before(proc, trial))?;
    } else {
        root.bind(Path::new("/proc"), Path::new("/proc"), Shown::ReadOnly)?;
    }
    root.devices()?;
    let processors = Path::new("/sys/devices/system");
    if processors.is_dir() {
        root.bind(processors, processors, Shown::ReadOnly)?;
    }
    network_files(&root, trial, &memory)?;
    for path in &trial.writable {
        memory.show_writable(&root, trial, Path::new(path))?;
    }
    for path in &trial.memory {
        memory.show_empty(&root, Path::new(path))?;
    }
    // As container engines do.
    let _ = root.folder(Path::new(&trial.folder));
    root.enter(if trial.all_writable { Shown::Writable } else { Shown::ReadOnly })
}

/// Container engines' settings of the namespaces, and a limit on processes if the kernel has one for each namespace.
fn before(proc: &Path, trial: &Trial) {
    if !trial.network {
        let _ = std::fs::write(proc.join("sys/net/ipv4/ip_unprivileged_port_start"), "0");
    }
    // The kernel reserves the first 300 numbers.
    let _ = std::fs::write(proc.join("sys/kernel/pid_max"), (trial.limits.processes + 301).to_string());
}

/// The files for host names: the host's with its network, otherwise files that contain only this host.
fn network_files(root: &NewRoot, trial: &Trial, memory: &Memory) -> Result<(), Failure> {
    let own = [
        ("hosts", "127.0.0.1 localhost fourply\n::1 localhost\n"),
        ("resolv.conf", ""),
        ("hostname", "fourply\n"),
    ];
    for (name, text) in own {
        let target = Path::new("/etc").join(name);
        let file = memory.file(name, text)?;
        let of_machine = trial.network && name != "hostname" && target.is_file();
        // If an image has something else there, this is skipped.
        let _ = root.bind(if of_machine { &target } else { &file }, &target, Shown::ReadOnly);
    }
    Ok(())
}

/// A file system in memory: it contains everything that the program writes, with one limit for all.
struct Memory(PathBuf);

impl Memory {
    fn mount(trial: &Trial) -> Result<Memory, Failure> {
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        let options = format!("mode=0755,size={},nr_inodes=200000", trial.limits.files);
        let options = std::ffi::CString::new(options).map_err(|error| failed(&trial.scratch, &error))?;
        mount("memory", &trial.scratch, "tmpfs", flags, Some(options.as_c_str()))
            .map_err(|error| failed(&trial.scratch, &error))?;
        Ok(Memory(trial.scratch.clone()))
    }

    fn file(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.0.join(name);
        std::fs::write(&path, text).map_err(|error| failed(&path, &error))?;
        Ok(path)
    }

    /// A new empty folder.
    fn folder(&self, what: &str, mode: u32) -> Result<PathBuf, Failure> {
        let number = std::fs::read_dir(&self.0).map_err(|error| failed(&self.0, &error))?.count();
        let path = self.0.join(format!("{number}-{what}"));
        std::fs::create_dir(&path).map_err(|error| failed(&path, &error))?;
        std::fs::set_permissions(&path, Permissions::from_mode(mode))
            .map_err(|error| failed(&path, &error))?;
        Ok(path)
    }

    /// A folder with the content of `lower` whose changes are here; `None` if the kernel has no overlays for this.
    fn over(&self, lower: &Path) -> Result<Option<PathBuf>, Failure> {
        let mode = std::fs::metadata(lower).map_err(|error| failed(lower, &error))?.permissions().mode();
        let [upper, work, merged] = [("upper", mode), ("work", 0o755), ("merged", 0o755)];
        let upper = self.folder(upper.0, upper.1)?;
        let (work, merged) = (self.folder(work.0, work.1)?, self.folder(merged.0, merged.1)?);
        // Colons and commas in paths would be parsed as separators: folders are named by open handles.
        let open = [lower, &upper, &work].map(std::fs::File::open);
        let [Ok(lower), Ok(upper), Ok(work)] = open else { return Ok(None) };
        let number = |file: &std::fs::File| std::os::fd::AsRawFd::as_raw_fd(file);
        let options = format!(
            "lowerdir=/proc/self/fd/{},upperdir=/proc/self/fd/{},workdir=/proc/self/fd/{},userxattr",
            number(&lower),
            number(&upper),
            number(&work)
        );
        let options = std::ffi::CString::new(options).map_err(|error| failed(&merged, &error))?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        Ok(mount("overlay", &merged, "overlay", flags, Some(options.as_c_str())).ok().map(|()| merged))
    }

    /// As [`Memory::over`]. Without overlays, it is the folder itself, unless that is shared.
    fn changed(&self, lower: &Path, shared: bool) -> Result<PathBuf, Failure> {
        match self.over(lower)? {
            Some(merged) => Ok(merged),
            None if shared => Err(Failure::new(OVERLAY, &"the kernel has no overlays in user namespaces")),
            None => Ok(lower.to_owned()),
        }
    }

    /// A folder of the root that may be changed.
    fn show_writable(&self, root: &NewRoot, trial: &Trial, path: &Path) -> Result<(), Failure> {
        let lower = trial.root.join(path.strip_prefix("/").unwrap_or(path));
        let is_empty = std::fs::read_dir(&lower).is_ok_and(|mut entries| entries.next().is_none());
        let changed = match is_empty {
            true => {
                let mode = std::fs::metadata(&lower).map_err(|error| failed(path, &error))?;
                self.folder("empty", mode.permissions().mode())?
            }
            false => self.changed(&lower, trial.shared)?,
        };
        root.bind(&changed, path, Shown::Writable)
    }

    fn show_empty(&self, root: &NewRoot, path: &Path) -> Result<(), Failure> {
        root.bind(&self.folder("memory", 0o1777)?, path, Shown::Writable)
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("show {}", path.display()), error)
}
