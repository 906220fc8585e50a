//! One health check. In: a command. Out: how it ended, and the end of its output. It never blocks.

use std::io::{PipeReader, Read};
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::Instant;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, WaitStatus, kill_process_group};

use super::command::command;
use super::counters::connections;
use super::order::{CheckEnd, Connections, HealthTest, Trial};

/// docker's limit on a check's output.
const MOST_OUTPUT: usize = 4096;

/// A running health check.
pub(super) struct Check {
    pub pid: Pid,
    output: PipeReader,
    text: Vec<u8>,
    started: Instant,
    before: Connections,
    timed_out: bool,
}

impl Check {
    pub(super) fn start(trial: &Trial, test: &HealthTest) -> Result<Check, CheckEnd> {
        let before = connections();
        let failed = |error: std::io::Error| CheckEnd::NotStarted(error.to_string());
        let (output, writer) = std::io::pipe().map_err(failed)?;
        let mut command =
            command(trial, &test.command).ok_or_else(|| CheckEnd::NotStarted("it is empty".to_owned()))?;
        command.process_group(0).stdout(writer.try_clone().map_err(failed)?).stderr(Stdio::from(writer));
        let child = command.spawn().map_err(failed)?;
        let pid = Pid::from_child(&child);
        let _ = fcntl_getfl(&output).and_then(|flags| fcntl_setfl(&output, flags | OFlags::NONBLOCK));
        Ok(Check { pid, output, text: Vec::new(), started: Instant::now(), before, timed_out: false })
    }

    /// Reads its output, and kills it after its timeout.
    pub(super) fn tick(&mut self, test: &HealthTest) {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = self.output.read(&mut buffer) {
            self.text.extend_from_slice(buffer.get(..count).unwrap_or_default());
            let over = self.text.len().saturating_sub(MOST_OUTPUT);
            self.text.drain(..over);
        }
        if !self.timed_out && self.started.elapsed() > test.timeout {
            self.timed_out = true;
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
    }

    /// Kills it; returns the connections made in the meantime.
    pub(super) fn given_up(self) -> Connections {
        let _ = kill_process_group(self.pid, Signal::KILL);
        connections().since(self.before)
    }

    /// Its end, its output, and the connections made in the meantime.
    pub(super) fn ended(mut self, test: &HealthTest, status: WaitStatus) -> (CheckEnd, String, Connections) {
        self.tick(test);
        // Its child processes may still run.
        let _ = kill_process_group(self.pid, Signal::KILL);
        let end = match (self.timed_out, status.exit_status(), status.terminating_signal()) {
            (true, ..) => CheckEnd::TimedOut,
            (_, Some(status), _) => CheckEnd::Status(status),
            (_, _, signal) => CheckEnd::Signal(signal.unwrap_or(0)),
        };
        let text = String::from_utf8_lossy(&self.text).trim().to_owned();
        (end, text, connections().since(self.before))
    }
}
