//! Whether a program will ever listen on an expected port. In: the kernel's data on its sockets and on the CPU time of
//! its processes. Out: the open ports, and the verdict once it is clear that none of the expected ones will open.
//!
//! A slow starter works or waits for an answer. Only a program that does neither counts as idle.

use std::time::{Duration, Instant};

use super::counters::{self, Work};
use super::order::{Connections, Listens};

/// How often sockets and processes are checked.
const LOOK: Duration = Duration::from_millis(100);
/// The period over which CPU time is compared: short timer callbacks do not count as work.
const WINDOW: Duration = Duration::from_secs(1);
/// The most CPU time of an idle program in a window, in hundredths of a second.
const QUIET: u64 = 5;

/// The observations of a program so far.
pub(super) struct Settled {
    looked: Instant,
    window: (Instant, u64),
    /// Since when it neither works nor opens or closes a port.
    quiet_since: Instant,
    ports: Vec<u16>,
    /// How often in the window a process was running, or waiting for a CPU.
    running: u32,
}

impl Settled {
    pub(super) fn new(now: Instant) -> Settled {
        Settled { looked: now, window: (now, 0), quiet_since: now, ports: Vec::new(), running: 0 }
    }

    /// Whether one of the expected ports is open, as far as known.
    pub(super) fn listens(&self, expected: &Listens) -> bool {
        self.ports.iter().any(|port| expected.ports.contains(port)) || !counters::can_tell_ports()
    }

    /// Checks again if it is time; `tests` is the process group of a health check, whose CPU time does not count.
    pub(super) fn look(&mut self, now: Instant, tests: Option<i32>, tells_work: bool) {
        if now.duration_since(self.looked) < LOOK {
            return;
        }
        self.looked = now;
        let (ports, _) = counters::ports();
        let work = if tells_work { counters::work(tests) } else { Work { running: true, ticks: 0 } };
        self.add(now, ports, work);
    }

    fn add(&mut self, now: Instant, ports: Vec<u16>, work: Work) {
        let (begun, ticks) = self.window;
        self.running += u32::from(work.running);
        // A timer callback is rarely observed twice. On a busy host, work takes little CPU time, but is observed often.
        let works = self.running > 1 || work.ticks.abs_diff(ticks) > QUIET;
        if works || ports != self.ports {
            self.quiet_since = now;
        }
        if works || now.duration_since(begun) >= WINDOW {
            (self.window, self.running) = ((now, work.ticks), 0);
        }
        self.ports = ports;
    }

    /// Whether it is idle without an expected port. A program whose connection got no answer may continue once there is
    /// one.
    pub(super) fn is_lost(
        &self,
        now: Instant,
        expected: &Listens,
        connections: impl Fn() -> Connections,
    ) -> bool {
        let patience = if self.ports.is_empty() { expected.nowhere } else { expected.elsewhere };
        now.duration_since(self.quiet_since) >= patience && !self.listens(expected) && !connections().failed()
    }
}

#[cfg(test)]
mod tests;
