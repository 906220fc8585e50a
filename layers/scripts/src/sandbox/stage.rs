//! The stages between the program and a script: the program started again in a separate process, so that it can leave
//! the host's namespaces before it starts the script. In: an order on standard input. Out: the script's streams, and a
//! reply on the same socket.
//!
//! 1. The outer stage creates namespaces, and stays to end everything that the script leaves running.
//! 2. The inner stage is their first process: it changes the root, drops privileges, filters system calls, starts the
//!    script, and reaps orphans.

use std::fmt::Display;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, Signal, WaitOptions, getgid, getpid, getuid, kill_process,
    set_child_subreaper, set_dumpable_behavior, setrlimit, setsid, wait,
};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, UnshareFlags, capabilities,
    clear_ambient_capability_set, configure_capability_in_ambient_set, remove_capability_from_bounding_set,
    set_capabilities, set_capabilities_secure_bits, set_no_new_privs,
};
use serde::de::DeserializeOwned;

use super::chroot_room::{self, TEMPORARY, shared};
use super::filter::{self, Inet, Permits};
use super::order::{CommandLine, Failure, Order, Reply, View};
use super::shell::shell;
use super::{files, loopback, mounts, sockets};
use crate::Ended;

/// The names with which the program is started as a stage.
pub(super) const OUTER: &str = "fourply: sandbox";
pub(super) const INNER: &str = "fourply: sandbox, inside";

pub(super) fn outer(order: &Order, text: &str) -> Result<Reply, Failure> {
    if order.features.namespaces {
        let own = (getuid().as_raw(), getgid().as_raw());
        leave_namespaces(false, own)?;
        sockets::hand_out(&order.reach)?;
    } else if let Some(root) = &order.view.root {
        if !order.features.landlock {
            return Err(Failure::new("run in a build root", &"it needs Landlock or mounts"));
        }
        chroot_room::furnish(&order.view, root)?;
    }
    watch_inner(INNER, text)
}

/// Starts the inner stage of this name with the order, ends its remaining processes, and returns its reply.
pub(super) fn watch_inner<R: DeserializeOwned>(name: &str, text: &str) -> Result<R, Failure> {
    let step = "watch over the script's processes";
    set_child_subreaper(Some(getpid())).map_err(|error| Failure::new(step, &error))?;
    let failed = |error: std::io::Error| Failure::new("start the inner stage", &error);
    let (mut ours, theirs) = UnixStream::pair().map_err(failed)?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0(name).env_clear().stdin(Stdio::from(OwnedFd::from(theirs)));
    let mut child = command.spawn().map_err(failed)?;
    drop(command);
    ours.write_all(text.as_bytes()).map_err(failed)?;
    ours.shutdown(std::net::Shutdown::Write).map_err(failed)?;
    let mut reply = String::new();
    let read = ours.read_to_string(&mut reply);
    let status = child.wait().map_err(failed)?;
    end_all();
    read.map_err(failed)?;
    serde_json::from_str(&reply).map_err(|_| Failure::new("run the inner stage", &Outcome(status)))
}

struct Outcome(ExitStatus);

impl Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it ended early ({})", self.0)
    }
}

/// Leaves the host's namespaces. The user keeps its numbers inside, and no other user exists there.
#[expect(deprecated, reason = "its one danger is a shared table of files, which is not unshared here")]
pub(super) fn leave_namespaces(network: bool, (inside_uid, inside_gid): (u32, u32)) -> Result<(), Failure> {
    let mut flags = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWCGROUP;
    if !network {
        flags |= UnshareFlags::NEWNET;
    }
    let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
    rustix::thread::unshare(flags).map_err(|error| Failure::new("make namespaces", &error))?;
    let texts = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{inside_uid} {uid} 1")),
        ("gid_map", format!("{inside_gid} {gid} 1")),
    ];
    for (name, text) in texts {
        std::fs::write(format!("/proc/self/{name}"), text)
            .map_err(|error| Failure::new("map the user in a user namespace", &error))?;
    }
    if !network {
        loopback::up()?;
    }
    // The inner stage is the same user, which a new program would give no privileges.
    let step = |error: rustix::io::Errno| Failure::new("pass privileges on in the user namespace", &error);
    let all = capabilities(None).map_err(step)?.permitted;
    set_capabilities(None, CapabilitySets { effective: all, permitted: all, inheritable: all })
        .map_err(step)?;
    all.iter().try_for_each(|one| configure_capability_in_ambient_set(one, true).map_err(step))
}

/// Ends the script's remaining processes. In a process namespace there are none: orphans are children of this stage.
fn end_all() {
    let own = getpid().as_raw_pid().to_string();
    loop {
        let children = std::fs::read_to_string(format!("/proc/self/task/{own}/children")).unwrap_or_default();
        let children: Vec<Pid> =
            children.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?)).collect();
        if children.is_empty() {
            return;
        }
        for child in children {
            let _ = kill_process(child, Signal::KILL);
        }
        // Its children are now children of this stage, and are ended in the next iteration.
        let _ = wait(WaitOptions::empty());
    }
}

pub(super) fn inner(order: &Order, _: &str) -> Result<Reply, Failure> {
    let step = |text: &'static str| move |error: rustix::io::Errno| Failure::new(text, &error);
    if order.features.namespaces {
        // A container may deny it. It protects nothing; builds merely do not see the host's name.
        let _ = rustix::system::sethostname(b"fourply");
        mounts::enter(order, "build")?;
    } else if let Some(root) = &order.view.root {
        chroot_room::enter(root)?;
    }
    setsid().map_err(step("start a session"))?;
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    give_up_privileges()?;
    set_no_new_privs(true).map_err(step("give up new privileges"))?;
    // The script has the same user as this stage, and must not access its memory.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(step("hide the stage's memory"))?;
    if order.features.landlock {
        let ports = (!order.features.namespaces).then_some(order.reach.ports.as_slice());
        files::restrict(&seen(order), ports)?;
    }
    let inet = match order.features.namespaces {
        true => Inet::Own,
        false if order.reach.ports.is_empty() => Inet::None,
        false => Inet::Streams,
    };
    filter::apply(Permits { inet, root: getuid().is_root() })?;
    match &order.command {
        Some(command) => script(command).map(Reply::of),
        None => Ok(Reply::Ready),
    }
}

/// What Landlock lets the script open. The mounts are the intended ones; some are at paths that no list of the host
/// has.
fn seen(order: &Order) -> View {
    let mut view = order.view.clone();
    if order.features.namespaces {
        view.hidden.clear();
        view.read.push("/".into());
        view.write.extend(TEMPORARY.map(Into::into));
    } else if let Some(root) = view.root.take() {
        // Folders of other builds are in the same room.
        let others = shared(&root).map(Path::to_path_buf);
        let is_apart = |path: &PathBuf| others.as_ref().is_none_or(|others| !others.starts_with(path));
        view.read.extend(files::without(Path::new("/"), others.as_slice()));
        view.write.extend(TEMPORARY.map(PathBuf::from).into_iter().filter(is_apart));
    }
    view
}

pub(super) fn give_up_privileges() -> Result<(), Failure> {
    let step = |error: rustix::io::Errno| Failure::new("give up privileges", &error);
    clear_ambient_capability_set().or_else(allowed_to_fail)?;
    let held = capabilities(None).map_err(step)?.effective;
    if held.contains(CapabilitySet::SETPCAP) {
        CapabilitySet::all().iter().try_for_each(|one| match remove_capability_from_bounding_set(one) {
            // The kernel does not support it.
            Err(rustix::io::Errno::INVAL) => Ok(()),
            other => other.map_err(step),
        })?;
        let bits = CapabilitiesSecureBits::NO_ROOT
            | CapabilitiesSecureBits::NO_ROOT_LOCKED
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE;
        set_capabilities_secure_bits(bits).map_err(step)?;
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(step)
}

/// Kernels before 4.3 have no ambient privileges.
fn allowed_to_fail(_: rustix::io::Errno) -> Result<(), Failure> {
    Ok(())
}

/// Runs the script, and reaps orphans in the meantime.
fn script(line: &CommandLine) -> Result<Ended, Failure> {
    let mut command = shell(&line.text);
    command.env_clear().envs(&line.environment).current_dir(&line.folder).stdin(Stdio::null());
    let failed =
        |error: &dyn Display| Failure::new(format!("run /bin/sh in {}", line.folder.display()), error);
    let child = command.spawn().map_err(|error| failed(&error))?;
    let script = Pid::from_child(&child);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == script => {
                let status = ExitStatus::from_raw(status.as_raw());
                return Ok(status.signal().map_or(Ended::Status(status.code().unwrap_or(-1)), Ended::Signal));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(&error)),
        }
    }
}
