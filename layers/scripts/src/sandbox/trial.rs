//! Starts a program of a root file system to see whether it works. In: the root file system in a folder, the program
//! with its environment, a health check. Out: the result, and its output lines as they arrive. It knows neither images
//! nor why a program fails.
//!
//! The program runs in a sandbox like a script's, with the root file system as its root: user, mount, process, IPC,
//! network, host name and cgroup namespaces, no privileges, a system call filter, and Landlock if the kernel has it.
//! Everything ends with the trial.
//!
//! | module | what it does |
//! |---|---|
//! | `order` | the messages between the program and the stages |
//! | `stage` | the stages: namespaces, root, limits |
//! | `world` | the mounts in the root |
//! | `watch` | the program from its start to its end |
//! | `ask` | the request of its health checks, sent once more |
//! | `check`, `command` | one health check; how checks and the program are started |
//! | `settled` | whether it will ever listen on an expected port |
//! | `counters` | its use of network, processes and memory |

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

/// How often a quiet program is checked.
const TICK: Duration = Duration::from_millis(20);
/// How long output may arrive after everything has ended; a busy host reads it late.
const DRAIN: Duration = Duration::from_secs(5);

/// Starts the program, and ends all its processes once the result is known.
///
/// # Errors
/// [`ScriptsError::Room`] if the kernel cannot create such a sandbox, [`ScriptsError::Interrupted`] once `cancelled`
/// returns true.
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
            // Waits for output still in transit: the last lines explain why it ended.
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
    // A stage that has already ended reports the reason when it is waited for.
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
        // Once it is reaped, its number may belong to another process.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
