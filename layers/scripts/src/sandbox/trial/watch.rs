//! Runs the program from its start to its end. In: an order, in this process's root. Out: the result. This is the first
//! process of the namespaces: everything ends with it.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, chdir, kill_process, test_kill_process, wait};

use super::ask;
use super::check::Check;
use super::command::command;
use super::counters::{self, processes};
use super::order::{
    Asked, CheckEnd, Connections, HealthTest, NotStarted, Trial, TrialEnd, TrialOrder, TrialReport,
};
use super::settled::Settled;
use crate::Ended;

/// How often everything is checked.
const TICK: Duration = Duration::from_millis(10);
/// How often processes are counted.
const COUNT: Duration = Duration::from_millis(100);
/// How long processes that end with the program may take.
const LINGERS: Duration = Duration::from_millis(500);
/// How long killed processes may take to end.
const KILLED: Duration = Duration::from_secs(1);
/// How long the program must continue after it was found healthy.
const LASTS: Duration = Duration::from_secs(2);

/// Runs the program and its health checks, and stops it.
pub(super) fn run(order: &TrialOrder) -> TrialReport {
    let mut watch = Watch::new(order);
    let end = watch.until_known();
    let passed = watch.passed.filter(|_| matches!(end, TrialEnd::Healthy));
    let took = passed.unwrap_or_else(|| watch.started.elapsed());
    watch.give_up_check();
    let connections = counters::connections().without(watch.of_tests);
    let (ports, loopback) = counters::ports();
    let asked = watch.ask(&end);
    let own = |ports: Vec<u16>| if order.trial.network { Vec::new() } else { ports };
    if watch.status.is_none() && watch.program.is_some() {
        watch.stop();
    }
    let goes_on = u32::from(watch.program.is_some() && watch.status.is_none());
    let left = watch.left(goes_on);
    let by_default = watch.status == Some(Ended::Signal(order.trial.stop_signal)) && watch.stopping;
    TrialReport {
        end,
        took,
        tests: watch.tests,
        last_test: watch.last_test,
        asked,
        refused_meanwhile: watch.of_tests.refused,
        connections: (!order.trial.network).then_some(connections),
        ports: own(ports),
        loopback: own(loopback),
        ignored_stop: goes_on > 0,
        stopped_by_default: by_default,
        // A program that continues is not one of them.
        left: left.saturating_sub(goes_on),
    }
}

struct Watch<'a> {
    trial: &'a Trial,
    /// `/proc` shows only the processes of the namespace.
    counts: bool,
    started: Instant,
    counted: Instant,
    program: Option<Pid>,
    status: Option<Ended>,
    check: Option<Check>,
    next_check: Instant,
    tests: u32,
    last_test: Option<(CheckEnd, String)>,
    of_tests: Connections,
    settled: Settled,
    /// When the program was found healthy.
    passed: Option<Duration>,
    stopping: bool,
}

impl Watch<'_> {
    fn new(order: &TrialOrder) -> Watch<'_> {
        let now = Instant::now();
        Watch {
            trial: &order.trial,
            counts: order.features.own_proc,
            started: now,
            counted: now,
            program: None,
            status: None,
            check: None,
            next_check: now + order.trial.health.as_ref().map(|test| test.interval).unwrap_or_default(),
            tests: 0,
            last_test: None,
            of_tests: Connections::default(),
            settled: Settled::new(now),
            passed: None,
            stopping: false,
        }
    }

    fn start(&mut self) -> Result<(), NotStarted> {
        let number = |error: &std::io::Error| error.raw_os_error().unwrap_or(0);
        chdir(Path::new(&self.trial.folder))
            .map_err(|error| NotStarted::Folder(error.raw_os_error(), error.to_string()))?;
        let failed = |error: std::io::Error| NotStarted::Program(number(&error), error.to_string());
        let command = command(self.trial, &self.trial.program);
        let mut command = command.ok_or_else(|| NotStarted::Program(0, "it is empty".to_owned()))?;
        let child = command.spawn().map_err(failed)?;
        self.program = Some(Pid::from_child(&child));
        Ok(())
    }

    fn until_known(&mut self) -> TrialEnd {
        if let Err(why) = self.start() {
            return TrialEnd::NotStarted(why);
        }
        loop {
            let healthy = self.tick();
            if healthy {
                return self.lasts();
            }
            if let Some(ended) = self.status {
                return TrialEnd::of(ended);
            }
            if let Some(end) = self.over_limits() {
                return end;
            }
            if self.started.elapsed() >= self.trial.patience || self.is_lost() {
                return if self.trial.health.is_some() { TrialEnd::Unhealthy } else { TrialEnd::Alive };
            }
            self.begin_check();
            std::thread::sleep(TICK);
        }
    }

    /// Checks that a healthy program continues for a while.
    fn lasts(&mut self) -> TrialEnd {
        let well = Instant::now();
        self.passed = Some(self.started.elapsed());
        while self.status.is_none() && well.elapsed() < LASTS {
            if let Some(end) = self.over_limits() {
                return end;
            }
            std::thread::sleep(TICK);
            self.tick();
        }
        self.status.map_or(TrialEnd::Healthy, TrialEnd::of)
    }

    /// Whether it will never listen on an expected port.
    fn is_lost(&mut self) -> bool {
        let Some(expected) = &self.trial.listens else { return false };
        let now = Instant::now();
        self.settled.look(
            now,
            self.check.as_ref().map(|check| check.pid.as_raw_nonzero().get()),
            self.counts,
        );
        // During a check, failed connections cannot be attributed.
        let of_tests = self.of_tests;
        self.check.is_none()
            && self.settled.is_lost(now, expected, || counters::connections().without(of_tests))
    }

    /// Whether a check could only find that nothing listens.
    fn is_too_early(&self, test: &HealthTest) -> bool {
        let expected = self.trial.listens.as_ref().filter(|_| test.asks.is_some());
        expected.is_some_and(|expected| !self.settled.listens(expected))
    }

    /// Reaps ended processes. Returns whether a health check passed.
    fn tick(&mut self) -> bool {
        let mut healthy = false;
        if let (Some(check), Some(test)) = (&mut self.check, &self.trial.health) {
            check.tick(test);
        }
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            if Some(pid) == self.program {
                self.status = Some(ended(status));
            } else if self.check.as_ref().is_some_and(|check| check.pid == pid) {
                healthy |= self.end_check(status);
            }
        }
        healthy
    }

    fn end_check(&mut self, status: WaitStatus) -> bool {
        let (Some(check), Some(test)) = (self.check.take(), &self.trial.health) else { return false };
        let (end, text, connections) = check.ended(test, status);
        self.of_tests = self.of_tests.and(connections);
        self.next_check = Instant::now() + test.interval;
        self.tests += 1;
        let healthy = end == CheckEnd::Status(0);
        self.last_test = (!healthy).then_some((end, text));
        healthy
    }

    /// A check that still runs decides nothing, and does not count among the processes that outlive the program.
    fn give_up_check(&mut self) {
        let Some(check) = self.check.take() else { return };
        let pid = check.pid;
        self.of_tests = self.of_tests.and(check.given_up());
        let killed = Instant::now();
        while test_kill_process(pid).is_ok() && killed.elapsed() < KILLED {
            self.tick();
            std::thread::sleep(TICK);
        }
    }

    /// The number of processes, after those that end with the program had time to.
    fn left(&mut self, goes_on: u32) -> u32 {
        let asked = Instant::now();
        while self.counts {
            self.tick();
            let left = processes().0;
            if left <= goes_on || asked.elapsed() >= LINGERS {
                return left;
            }
            std::thread::sleep(TICK);
        }
        0
    }

    /// The program's response to the request of its checks, after one passed, or if none did.
    fn ask(&self, end: &TrialEnd) -> Option<Asked> {
        let test =
            self.trial.health.as_ref().filter(|_| matches!(end, TrialEnd::Unhealthy | TrialEnd::Healthy))?;
        ask::ask(test.asks.as_ref()?)
    }

    fn begin_check(&mut self) {
        let Some(test) = self.trial.health.as_ref().filter(|_| self.check.is_none()) else { return };
        if Instant::now() < self.next_check || self.is_too_early(test) {
            return;
        }
        match Check::start(self.trial, test) {
            Ok(check) => self.check = Some(check),
            Err(end) => {
                self.last_test = Some((end, String::new()));
                self.tests += 1;
                self.next_check = Instant::now() + test.interval;
            }
        }
    }

    fn over_limits(&mut self) -> Option<TrialEnd> {
        if !self.counts || self.counted.elapsed() < COUNT {
            return None;
        }
        self.counted = Instant::now();
        let (count, memory) = processes();
        if count > self.trial.limits.processes {
            return Some(TrialEnd::TooManyProcesses);
        }
        (memory > self.trial.limits.memory).then_some(TrialEnd::TooMuchMemory)
    }

    /// Asks the program to stop, and waits for its allowed time.
    fn stop(&mut self) {
        let (Some(program), Some(signal)) = (self.program, Signal::from_named_raw(self.trial.stop_signal))
        else {
            return;
        };
        self.stopping = true;
        let asked = Instant::now();
        let _ = kill_process(program, signal);
        while self.status.is_none() && asked.elapsed() < self.trial.grace {
            self.tick();
            if self.over_limits().is_some() {
                return;
            }
            std::thread::sleep(TICK);
        }
    }
}

fn ended(status: WaitStatus) -> Ended {
    match status.terminating_signal() {
        Some(signal) => Ended::Signal(signal),
        None => Ended::Status(status.exit_status().unwrap_or(-1)),
    }
}
