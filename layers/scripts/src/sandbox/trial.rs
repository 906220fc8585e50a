//! A program of a root file system, started to see whether it lives. In: the root file system in a folder, the program with all that it
//! finds, a test of its health. Out: what became of it, and its lines as they come. It knows neither images nor why a program fails.
//!
//! The program is in a sandbox as scripts are, with the root file system as its root: user, mount, process, IPC, network, host name and
//! cgroup namespaces, no privileges, a filter of system calls, Landlock where the kernel has it. All of it ends with the trial.
//!
//! | module | what it does |
//! |---|---|
//! | `order` | what the program and the stages say to each other |
//! | `stage` | the stages: namespaces, root, limits |
//! | `world` | what is mounted in the root |
//! | `watch` | the program from its start to its end |
//! | `ask` | what its tests of health ask, asked once more |
//! | `check`, `command` | one test of its health; how it and the program are started |
//! | `settled` | whether it will ever listen where it is expected to |
//! | `counters` | what it did with its network, its processes and its memory |

mod ask;
mod check;
mod command;
mod counters;
mod order;
mod settled;
mod stage;
mod watch;
mod world;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::Sandbox;
use crate::process::{output_pipe, read_lines};
use crate::{Result, ScriptsError};
pub use order::{
    Asked, CheckEnd, Connections, HealthTest, Limits, Listens, NotStarted, OVERLAY, Question, Trial,
    TrialEnd, TrialReport,
};
use order::{TrialOrder, TrialReply};
pub(super) use stage::{INNER, OUTER, inner, outer};

/// How often a quiet program is looked at.
const TICK: Duration = Duration::from_millis(20);
/// How long lines may come after all has ended; a busy machine reads them late.
const DRAIN: Duration = Duration::from_secs(5);

/// Starts the program, and ends all of it once it is known what becomes of it.
///
/// # Errors
/// [`ScriptsError::Room`] where the kernel makes no such sandbox, [`ScriptsError::Interrupted`] once `cancelled` says so.
pub fn run(
    sandbox: &Sandbox,
    trial: &Trial,
    cancelled: &dyn Fn() -> bool,
    line: &mut dyn FnMut(&str),
) -> Result<TrialReport> {
    let features = sandbox.strength().features.filter(|features| features.namespaces).ok_or_else(|| {
        let step = "make namespaces".to_owned();
        ScriptsError::Room { step, error: sandbox.strength().lacks.join("; ") }
    })?;
    let (reader, writer) = output_pipe()?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0(OUTER).env_clear().process_group(0).stdout(writer.try_clone()?).stderr(writer);
    let stage = start(command, &TrialOrder { features, trial: trial.clone() })?;
    let (sender, lines) = sync_channel(256);
    std::thread::spawn(move || read_lines(reader, &sender));
    let mut ended_at: Option<Instant> = None;
    loop {
        match lines.recv_timeout(TICK) {
            Ok(text) => line(&text),
            Err(RecvTimeoutError::Disconnected) => break,
            // Lines that are still on their way are waited for: the last ones say why it ended.
            Err(RecvTimeoutError::Timeout) if ended_at.is_some_and(|at: Instant| at.elapsed() > DRAIN) => {
                break;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if cancelled() {
            return Err(ScriptsError::Interrupted);
        }
        if ended_at.is_none() && stage.has_ended() {
            ended_at = Some(Instant::now());
        }
    }
    stage.report()
}

/// The outer stage, which ends with this value.
struct Stage {
    child: Child,
    socket: UnixStream,
}

fn start(mut command: Command, order: &TrialOrder) -> Result<Stage> {
    let (mut socket, theirs) = UnixStream::pair()?;
    let child = command.stdin(Stdio::from(OwnedFd::from(theirs))).spawn()?;
    drop(command);
    let text = serde_json::to_vec(order).map_err(std::io::Error::from)?;
    // A stage that has ended already says why when it is waited for.
    let _ = socket.write_all(&text).and_then(|()| socket.shutdown(Shutdown::Write));
    Ok(Stage { child, socket })
}

impl Stage {
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(&self.child)), options), Ok(None))
    }

    fn report(mut self) -> Result<TrialReport> {
        self.child.wait()?;
        let mut text = Vec::new();
        (&self.socket).take(1 << 20).read_to_end(&mut text)?;
        match serde_json::from_slice(&text) {
            Ok(TrialReply::Report(report)) => Ok(report),
            Ok(TrialReply::Failed { step, error }) => Err(ScriptsError::Room { step, error }),
            Err(error) => {
                let step = "watch over the program".to_owned();
                Err(ScriptsError::Room { step, error: format!("its stage ended early: {error}") })
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Once it is reaped its number may be another's.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
