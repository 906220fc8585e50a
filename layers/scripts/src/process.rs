//! One shell command from start to end. In: its text, folder and complete environment: nothing of this process's own
//! environment is inherited. Out: its output lines as they arrive, and how it ended. It knows nothing of packages.
//!
//! The command leads its own process group. The group ends with the command, on cancellation, and on any error or panic
//! that unwinds through this module. In a sandbox, it is the group of the surrounding stage: when the stage ends, so
//! does everything that the command started, in any group.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io::{PipeReader, PipeWriter, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use fourply_blob::Reason;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::access::Access;
use crate::network::{Attempts, Sockets, during};
use crate::sandbox::{self, CommandLine, Room, Started};
use crate::{Ended, Result, ScriptsError};

/// How often a quiet command is checked.
const TICK: Duration = Duration::from_millis(50);
/// How long a cancelled command may take to end on its own.
const GRACE: Duration = Duration::from_secs(2);
/// How long the output may stay open after the command has ended: a process outside the group may hold it.
const DRAIN: Duration = Duration::from_secs(1);
/// The longest line that is passed on whole.
const LINE: usize = 64 * 1024;
/// The pipe's capacity in bytes: the most that Linux allows without privileges.
const PIPE: usize = 1 << 20;
/// How much output is kept for error messages.
const LOG: usize = 4 * 1024 * 1024;

#[derive(Debug)]
pub struct Shell<'a> {
    /// The shell's input text.
    pub text: &'a str,
    pub folder: &'a Path,
    pub environment: &'a BTreeMap<String, OsString>,
    /// Its sandbox, if any.
    pub room: Option<Room<'a>>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct ProcessOutcome {
    /// How the command ended.
    pub ended: Ended,
    /// Its output, both streams in write order.
    pub log: String,
    /// Its network requests without success.
    pub attempts: Attempts,
}

/// Runs a command to its end.
///
/// # Errors
/// [`ScriptsError::Interrupted`] once `cancelled` returns true; the shell cannot be started.
pub fn run(
    shell: &Shell<'_>,
    cancelled: &dyn Fn() -> bool,
    line: &mut dyn FnMut(&str),
) -> Result<ProcessOutcome> {
    let begun = start(shell)?;
    let network = shell.room.and_then(|room| room.network);
    let work = || watch(begun.group, begun.reader, cancelled, line);
    let (watched, attempts) = during(network, begun.sockets, begun.local, work);
    let (ended, log) = watched?;
    Ok(ProcessOutcome { ended, log, attempts })
}

/// Passes lines on until the command ends. Returns how it ended, and its output.
fn watch(
    mut group: ProcessGroup,
    reader: PipeReader,
    cancelled: &dyn Fn() -> bool,
    line: &mut dyn FnMut(&str),
) -> Result<(Ended, String)> {
    let (sender, lines) = sync_channel(256);
    std::thread::spawn(move || read_lines(reader, &sender));
    let mut log = Log::default();
    let mut ended_at = None;
    loop {
        match lines.recv_timeout(TICK) {
            Ok(text) => {
                line(&text);
                log.push(text);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) if ended_at.is_some_and(|at: Instant| at.elapsed() > DRAIN) => {
                break;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if cancelled() {
            group.stop(&lines);
            return Err(ScriptsError::Interrupted);
        }
        if ended_at.is_none() && group.has_ended() {
            group.kill();
            ended_at = Some(Instant::now());
        }
    }
    let ended = wait(&mut group, cancelled)?;
    Ok((ended, log.text()))
}

/// A running command.
struct Begun {
    group: ProcessGroup,
    reader: PipeReader,
    sockets: Sockets,
    /// The ports of this host that it may reach.
    local: BTreeSet<u16>,
}

fn start(shell: &Shell<'_>) -> Result<Begun> {
    let (reader, writer) = output_pipe()?;
    let mut access = Access::of(shell.room, shell.environment)?;
    let line = |environment| CommandLine {
        text: shell.text.to_owned(),
        folder: shell.folder.to_owned(),
        environment,
    };
    let environment = shell.environment.clone().into_iter().chain(access.variables.clone()).collect();
    let confined = shell.room.and_then(|room| room.order(line(environment), access.ports.clone()));
    let connect = |mut command: Command| -> std::io::Result<Command> {
        command.process_group(0).stdout(writer.try_clone()?).stderr(writer.try_clone()?);
        Ok(command)
    };
    let started = match confined {
        Some((command, order)) => order.start(connect(command)?).map(Process::Confined),
        None => {
            let mut command = connect(sandbox::shell(shell.text))?;
            let variables = shell.environment.iter().chain(&access.variables);
            command.env_clear().envs(variables).current_dir(shell.folder).stdin(Stdio::null());
            command.spawn().map(Process::Free)
        }
    };
    let mut process = started.map_err(|error| {
        std::io::Error::new(
            error.kind(),
            Reason::because(format!("cannot run /bin/sh in {}: {error}", shell.folder.display()), error),
        )
    })?;
    let sockets = match &mut process {
        Process::Confined(started) if access.sockets.listeners.is_empty() => {
            std::mem::take(&mut started.sockets)
        }
        _ => std::mem::take(&mut access.sockets),
    };
    Ok(Begun { group: ProcessGroup(process), reader, sockets, local: access.local })
}

/// The command may close its output and continue; this still waits for it.
fn wait(group: &mut ProcessGroup, cancelled: &dyn Fn() -> bool) -> Result<Ended> {
    let mut pause = Duration::from_millis(1);
    while !group.has_ended() {
        if cancelled() {
            return Err(ScriptsError::Interrupted);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(TICK);
    }
    group.kill();
    let status = group.0.child().wait()?;
    match &mut group.0 {
        Process::Confined(started) => started.ended(),
        Process::Free(_) => Ok(match status.signal() {
            Some(signal) => Ended::Signal(signal),
            None => Ended::Status(status.code().unwrap_or(-1)),
        }),
    }
}

/// A command, or the sandbox stage that runs it.
enum Process {
    Free(Child),
    Confined(Started),
}

impl Process {
    fn child(&mut self) -> &mut Child {
        match self {
            Process::Free(child) | Process::Confined(Started { child, .. }) => child,
        }
    }
}

/// A command and its child processes.
struct ProcessGroup(Process);

impl ProcessGroup {
    fn pid(&self) -> Pid {
        match &self.0 {
            Process::Free(child) | Process::Confined(Started { child, .. }) => Pid::from_child(child),
        }
    }

    /// Whether the command itself has ended. It is not reaped, so its group number cannot be reused.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(self.pid()), options), Ok(None))
    }

    fn kill(&self) {
        let _ = kill_process_group(self.pid(), Signal::KILL);
    }

    /// Asks the group to end, and kills it if it does not. Output is discarded in the meantime, so that nothing blocks
    /// on it.
    fn stop(&self, lines: &Receiver<String>) {
        let _ = kill_process_group(self.pid(), Signal::TERM);
        let asked = Instant::now();
        while !self.has_ended() && asked.elapsed() < GRACE {
            let _ = lines.recv_timeout(TICK);
        }
        self.kill();
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        // Once it is reaped, its number may belong to another process.
        if let Ok(None) = self.0.child().try_wait() {
            self.kill();
            let _ = self.0.child().wait();
        }
    }
}

/// A pipe for a command's output. It is large if the kernel allows it: node writes without waiting and drops what does
/// not fit. An error whose source line is a whole bundle would otherwise be cut before its message.
pub(crate) fn output_pipe() -> std::io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = std::io::pipe()?;
    let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIPE);
    Ok((reader, writer))
}

pub(crate) fn read_lines(mut reader: PipeReader, sender: &SyncSender<String>) {
    let mut pending: Vec<u8> = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        pending.extend_from_slice(buffer.get(..count).unwrap_or_default());
        while let Some(end) = line_end(&pending) {
            let rest = pending.split_off(end);
            if send(sender, &pending).is_err() {
                return;
            }
            pending = rest;
        }
    }
    if !pending.is_empty() {
        let _ = send(sender, &pending);
    }
}

/// The end of the first line, including its line end.
fn line_end(pending: &[u8]) -> Option<usize> {
    let newline = pending.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
    newline.filter(|end| *end <= LINE).or((pending.len() > LINE).then_some(LINE))
}

fn send(sender: &SyncSender<String>, line: &[u8]) -> std::result::Result<(), ()> {
    let text = String::from_utf8_lossy(line);
    sender.send(text.trim_end_matches(['\n', '\r']).to_owned()).map_err(|_| ())
}

/// The kept end of the output.
#[derive(Debug, Default)]
struct Log {
    lines: VecDeque<String>,
    size: usize,
    cut: bool,
}

impl Log {
    fn push(&mut self, line: String) {
        self.size += line.len() + 1;
        self.lines.push_back(line);
        while self.size > LOG {
            let Some(line) = self.lines.pop_front() else { break };
            self.size -= line.len() + 1;
            self.cut = true;
        }
    }

    fn text(self) -> String {
        let head = self.cut.then(|| "(its beginning is left out)".to_owned());
        head.into_iter().chain(self.lines).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests;
