//! The stages between this program and the tried one, as for scripts: the outer one creates namespaces, the inner one
//! is their first process. In: an order. Out: the result of the program.

use rustix::process::{DumpableBehavior, Resource, Rlimit, getuid, set_dumpable_behavior, setrlimit, setsid};
use rustix::thread::set_no_new_privs;

use super::super::files;
use super::super::filter::{self, Inet, Permits};
use super::super::order::{Failure, View};
use super::super::stage::{give_up_privileges, leave_namespaces, watch_inner};
use super::order::{Limits, TrialOrder, TrialReply};
use super::{watch, world};

/// The names with which the program is started as a stage.
pub(in super::super) const OUTER: &str = "fourply: trial";
pub(in super::super) const INNER: &str = "fourply: trial, inside";

/// The largest file that a program may write, in bytes.
const LARGEST_FILE: u64 = 1 << 30;

pub(in super::super) fn outer(order: &TrialOrder, text: &str) -> Result<TrialReply, Failure> {
    // If memory runs out, the kernel kills this process first.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    leave_namespaces(order.trial.network, (order.trial.uid, order.trial.gid))?;
    watch_inner(INNER, text)
}

pub(in super::super) fn inner(order: &TrialOrder, _: &str) -> Result<TrialReply, Failure> {
    let step = |text: &'static str| move |error: rustix::io::Errno| Failure::new(text, &error);
    let TrialOrder { features, trial } = order;
    let _ = rustix::system::sethostname(b"fourply");
    world::enter(order)?;
    setsid().map_err(step("start a session"))?;
    limit(trial.limits);
    give_up_privileges()?;
    set_no_new_privs(true).map_err(step("give up new privileges"))?;
    // The program has the same user as this stage, and must not access its memory.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(step("hide the stage's memory"))?;
    if features.landlock {
        files::restrict(&View { write: vec!["/".into()], ..View::default() }, None)?;
    }
    filter::apply(Permits { inet: Inet::Own, root: getuid().is_root() })?;
    Ok(TrialReply::Report(watch::run(order)))
}

/// Limits per process. The totals are monitored.
fn limit(limits: Limits) {
    let set = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    let _ = set(Resource::Core, 0);
    let _ = set(Resource::Fsize, LARGEST_FILE);
    let _ = set(Resource::Nproc, u64::from(limits.processes));
}
