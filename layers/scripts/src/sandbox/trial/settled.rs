//! Whether a program will ever listen where it is expected to. In: what the kernel tells of its sockets and of the time that its processes took. Out: the
//! ports that are listened on, and once it is sure that none of the expected ones will be among them.
//!
//! A slow starter works or waits for an answer: only a program that does neither has settled.

use std::time::{Duration, Instant};

use super::counters::{self, Work};
use super::order::{Connections, Listens};

/// How often sockets and processes are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// What work is compared over: short turns of a timer are none.
const WINDOW: Duration = Duration::from_secs(1);
/// Hundredths of a second that a quiet program takes in a window, at most.
const QUIET: u64 = 5;

/// What was seen of a program so far.
pub(super) struct Settled {
    looked: Instant,
    window: (Instant, u64),
    /// Since when it neither works nor opens or closes a port.
    quiet_since: Instant,
    ports: Vec<u16>,
    /// How often in the window a process ran, or waited for a processor, when it was looked at.
    running: u32,
}

impl Settled {
    pub(super) fn new(now: Instant) -> Settled {
        Settled { looked: now, window: (now, 0), quiet_since: now, ports: Vec::new(), running: 0 }
    }

    /// Whether one of the expected ports is listened on, as far as it can be told.
    pub(super) fn listens(&self, expected: &Listens) -> bool {
        self.ports.iter().any(|port| expected.ports.contains(port)) || !counters::can_tell_ports()
    }

    /// Looks again where it is time to; `tests` is the process group of a test of health, whose work does not count.
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
        // A turn of a timer is hardly seen twice; on a busy machine work takes little of a processor, and is seen often.
        let works = self.running > 1 || work.ticks.abs_diff(ticks) > QUIET;
        if works || ports != self.ports {
            self.quiet_since = now;
        }
        if works || now.duration_since(begun) >= WINDOW {
            (self.window, self.running) = ((now, work.ticks), 0);
        }
        self.ports = ports;
    }

    /// Whether it has settled without a port that is expected. Who asked for something that did not answer may go on once it answers.
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
