//! The end of a program and its output → one reason. In: a report, clues. Out: whether the image is healthy, at fault,
//! or inconclusive.

use std::time::Duration;

use fourply_scripts::Ended;
use fourply_scripts::sandbox::trial::{Asked, CheckEnd, Connections, NotStarted, TrialEnd, TrialReport};

use crate::clues::Clue;
use crate::program::Unstartable;

/// The result for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Well,
    AtFault,
    /// The fault may be in the image, or in something that it needs from outside.
    Inconclusive,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The health check passed.
    Healthy {
        took: Duration,
        /// The answer to the same request, sent again; 404 if none of the paths exists.
        asked: Option<Asked>,
    },
    /// There is no health check, and it still ran.
    Alive {
        took: Duration,
    },
    /// It has no port to serve, and ended with exit code 0.
    Done {
        took: Duration,
    },
    Unstartable(Unstartable),
    /// A line of the output gives the reason.
    Said(Clue),
    /// It ended without a reason in the output; the line is the most likely one.
    Crash {
        ended: Ended,
        line: Option<String>,
    },
    /// It ended, and a line shows a bug in it.
    Defect {
        ended: Ended,
        line: String,
    },
    /// It ended after a connection got no answer.
    Unanswered {
        ended: Ended,
        connections: Connections,
    },
    /// It ended with exit code 0 before it served anything.
    EndedEarly {
        took: Duration,
    },
    /// It listens on no port.
    Silent {
        took: Duration,
    },
    /// It listens on no port, and a connection of its own got no answer.
    Waits {
        took: Duration,
        connections: Connections,
    },
    /// It listens, but not on the ports in the image's configuration.
    OtherPort {
        ports: Vec<u16>,
        named: Vec<u16>,
    },
    /// It listens on the configured ports, but only on loopback addresses: nothing outside its container reaches it.
    Loopback {
        ports: Vec<u16>,
    },
    /// It listens, and its health check fails.
    Unwell {
        ports: Vec<u16>,
        last: Option<(CheckEnd, String)>,
        asked: Option<Asked>,
    },
    /// The same, and a connection of its own got no answer.
    UnwellAlone {
        ports: Vec<u16>,
        last: Option<(CheckEnd, String)>,
        asked: Option<Asked>,
    },
    TooMuchMemory {
        bytes: u64,
    },
    TooManyProcesses {
        count: u32,
    },
    /// The image's user is a name without an account.
    NoUser {
        name: String,
    },
    /// It is for another platform than this host's.
    Platform {
        platform: String,
    },
    /// This host cannot create namespaces: only checks without a start were made.
    NoNamespaces {
        lacks: Vec<String>,
    },
}

/// Something that may surprise, whatever the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It still ran when its time to stop was over.
    IgnoredStop { grace: Duration },
    /// It has no handler for the stop signal: as process 1 of a container, it would continue.
    NoHandler,
    /// Processes outlived it.
    Left { count: u32 },
    /// Some of the configured ports are open only on loopback addresses.
    LoopbackAlone { ports: Vec<u16> },
    /// It answers 404 to all requests of its health check.
    NoPath,
    /// Something was denied, and the program continues without it.
    Survived(Clue),
}

/// The judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub reason: Reason,
    pub notes: Vec<Note>,
    /// The end of the output.
    pub output: Vec<String>,
    /// The start folder, from which paths of faults are reported.
    pub folder: String,
}

/// The inputs of a verdict.
#[derive(Clone)]
pub(crate) struct Evidence<'a> {
    pub report: &'a TrialReport,
    /// All clues, in order.
    pub clues: &'a [Clue],
    /// The last line that looks like an error.
    pub error_line: Option<String>,
    /// The last line that shows a bug in the program, if no clue came after it.
    pub defect: Option<String>,
    /// It has a health check, or a configured port.
    pub serves: bool,
    /// The configured ports.
    pub ports: &'a [u16],
    pub program: &'a str,
    pub folder: &'a str,
    pub memory: u64,
    pub processes: u32,
}

impl Evidence<'_> {
    pub(crate) fn judge(&self) -> (Outcome, Reason) {
        let took = self.report.took;
        let well = |reason| (Outcome::Well, reason);
        let fault = |reason| (Outcome::AtFault, reason);
        match &self.report.end {
            TrialEnd::Healthy | TrialEnd::Alive if self.unreachable() => {
                fault(Reason::Loopback { ports: self.of_loopback() })
            }
            TrialEnd::Healthy => well(Reason::Healthy { took, asked: self.report.asked.clone() }),
            TrialEnd::Alive => self.alive(took),
            TrialEnd::Status(0) if !self.serves => well(Reason::Done { took }),
            TrialEnd::Status(0) => self.said().unwrap_or(fault(Reason::EndedEarly { took })),
            TrialEnd::Status(status) => self.ended(Ended::Status(*status)),
            TrialEnd::Signal(signal) => self.ended(Ended::Signal(*signal)),
            TrialEnd::Unhealthy => self.unhealthy(took),
            TrialEnd::NotStarted(why) => fault(Reason::Unstartable(self.not_started(why))),
            TrialEnd::TooMuchMemory => fault(Reason::TooMuchMemory { bytes: self.memory }),
            TrialEnd::TooManyProcesses => fault(Reason::TooManyProcesses { count: self.processes }),
        }
    }

    /// Whether the outcome would differ if the connections refused during health checks were the program's own.
    pub(crate) fn hangs_on_tests(&self) -> bool {
        let alone = self.report.connections.filter(|connections| !connections.failed());
        let Some(connections) = alone.filter(|_| self.report.refused_meanwhile > 0) else { return false };
        let connections = Connections { refused: self.report.refused_meanwhile, ..connections };
        let theirs = self.report.without_tests(Some(connections));
        Evidence { report: &theirs, ..self.clone() }.judge().0 != self.judge().0
    }

    /// The configured ports that are open only on loopback.
    fn of_loopback(&self) -> Vec<u16> {
        self.ports.iter().copied().filter(|port| self.report.loopback.contains(port)).collect()
    }

    /// Whether it serves only inside its container.
    fn unreachable(&self) -> bool {
        let listens = |port: &&u16| self.report.ports.contains(port);
        let named = self.ports.iter().filter(listens).count();
        named > 0 && named == self.of_loopback().len()
    }

    /// It still runs, and has no health check: if its image has ports, it must listen on one of them.
    fn alive(&self, took: Duration) -> (Outcome, Reason) {
        let TrialReport { ports, connections, .. } = self.report;
        if self.ports.is_empty() || self.ports.iter().any(|port| ports.contains(port)) {
            return (Outcome::Well, Reason::Alive { took });
        }
        match connections.filter(Connections::failed) {
            Some(connections) if ports.is_empty() => {
                (Outcome::Inconclusive, Reason::Waits { took, connections })
            }
            _ if ports.is_empty() => (Outcome::AtFault, Reason::Silent { took }),
            _ => (Outcome::AtFault, Reason::OtherPort { ports: ports.clone(), named: self.ports.to_vec() }),
        }
    }

    /// The last clue; of several with the same meaning, the most detailed.
    fn said(&self) -> Option<(Outcome, Reason)> {
        let clues = || self.clues.iter().rev().filter(|clue| !self.is_talk(clue));
        let kind = std::mem::discriminant(clues().next()?);
        let same = clues().take_while(|clue| std::mem::discriminant(*clue) == kind).take(12);
        let clue = same.max_by_key(|clue| weight(clue))?;
        let outcome = if clue.is_fault() { Outcome::AtFault } else { Outcome::Inconclusive };
        Some((outcome, Reason::Said(clue.clone())))
    }

    /// Whether a line mentions connections although none failed. Unix sockets are not counted.
    fn is_talk(&self, clue: &Clue) -> bool {
        let Clue::Connection { line } = clue else { return false };
        let on_disk = line.contains("ENOENT") || line.contains(".sock") || line.contains(" /");
        // A health check may have been refused at the same moment as the program.
        let perhaps = self.report.refused_meanwhile > 0 && names_port(line);
        self.report.connections.is_some_and(|connections| !connections.failed()) && !on_disk && !perhaps
    }

    fn ended(&self, ended: Ended) -> (Outcome, Reason) {
        let by_itself = matches!(ended, Ended::Signal(signal) if DEFECTS.contains(&signal));
        let line = self.error_line.clone();
        if let Some(line) = self.defect.clone() {
            let alone = self.report.connections.is_some_and(|connections| !connections.failed());
            let reason = match alone {
                true => Reason::Crash { ended, line: Some(line) },
                false => Reason::Defect { ended, line },
            };
            return (Outcome::AtFault, reason);
        }
        if let Some(said) = self.said().filter(|(outcome, _)| !by_itself || *outcome == Outcome::AtFault) {
            return said;
        }
        match self.report.connections.filter(|connections| connections.failed() && !by_itself) {
            Some(connections) => (Outcome::Inconclusive, Reason::Unanswered { ended, connections }),
            None => (Outcome::AtFault, Reason::Crash { ended, line }),
        }
    }

    fn unhealthy(&self, took: Duration) -> (Outcome, Reason) {
        let TrialReport { ports, last_test, connections, .. } = self.report;
        let alone = connections.filter(Connections::failed);
        let (ports, last, asked) = (ports.clone(), last_test.clone(), self.report.asked.clone());
        let not_started = matches!(last, Some((CheckEnd::NotStarted(_), _)));
        if not_started {
            return (Outcome::AtFault, Reason::Unwell { ports, last, asked });
        }
        if let Some(said) = self.said() {
            return said;
        }
        // A worker has no port.
        match (ports.is_empty() && !self.ports.is_empty(), alone) {
            (true, None) => (Outcome::AtFault, Reason::Silent { took }),
            (true, Some(connections)) => (Outcome::Inconclusive, Reason::Waits { took, connections }),
            (false, None)
                if !self.ports.is_empty() && !self.ports.iter().any(|port| ports.contains(port)) =>
            {
                (Outcome::AtFault, Reason::OtherPort { ports, named: self.ports.to_vec() })
            }
            (false, None) => (Outcome::AtFault, Reason::Unwell { ports, last, asked }),
            (false, Some(_)) => (Outcome::Inconclusive, Reason::UnwellAlone { ports, last, asked }),
        }
    }

    fn not_started(&self, why: &NotStarted) -> Unstartable {
        let program = self.program.to_owned();
        match why {
            NotStarted::Folder(_, error) => {
                Unstartable::Folder { folder: self.folder.to_owned(), error: error.clone() }
            }
            NotStarted::Program(libc::ENOENT, _) => Unstartable::Missing { program },
            NotStarted::Program(libc::EACCES, _) => Unstartable::NotExecutable { program },
            NotStarted::Program(libc::ENOEXEC, _) => Unstartable::Format { program },
            NotStarted::Program(_, error) => Unstartable::Other { program, error: error.clone() },
        }
    }

    pub(crate) fn notes(&self, well: bool, grace: Duration) -> Vec<Note> {
        let mut notes = Vec::new();
        // A stage at its limit ended everything at once.
        let report = self.report;
        let ran = matches!(report.end, TrialEnd::Healthy | TrialEnd::Alive | TrialEnd::Unhealthy);
        if ran && report.ignored_stop {
            notes.push(Note::IgnoredStop { grace });
        }
        if ran && report.stopped_by_default {
            notes.push(Note::NoHandler);
        }
        if report.left > 0 && (ran || matches!(report.end, TrialEnd::Status(_))) {
            notes.push(Note::Left { count: report.left });
        }
        let loopback = self.of_loopback();
        if ran && !loopback.is_empty() && !self.unreachable() {
            notes.push(Note::LoopbackAlone { ports: loopback });
        }
        let absent = matches!(report.asked, Some(Asked { status: Some(404), .. }));
        if well && absent {
            notes.push(Note::NoPath);
        }
        let survived = self.clues.iter().rev().find(|clue| matches!(clue, Clue::Denied { .. }));
        notes.extend(survived.filter(|_| well).cloned().map(Note::Survived));
        notes
    }
}

/// Signals that a program gets through its own bug.
const DEFECTS: [i32; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT, libc::SIGSYS, libc::SIGTRAP];

/// `connect ECONNREFUSED 127.0.0.1:5432`: the refused address with its port.
fn names_port(line: &str) -> bool {
    let words = line.split_whitespace().skip_while(|word| !word.contains("REFUSED"));
    let port = |word: &str| word.rsplit_once(':')?.1.trim_end_matches([',', ')', '\'']).parse::<u16>().ok();
    words.skip(1).take(1).any(|word| port(word).is_some())
}

/// A line with the word error is more detailed than a field of it.
fn weight(clue: &Clue) -> u8 {
    match clue {
        Clue::Connection { line } | Clue::Native { line } | Clue::Bound { line } => {
            u8::from(line.contains("rror")) + u8::from(line.contains(' '))
        }
        Clue::Denied { path, .. } => u8::from(path.is_some()),
        Clue::Variable { name, .. } | Clue::Unbuilt { package: name, .. } => u8::from(name.is_some()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
