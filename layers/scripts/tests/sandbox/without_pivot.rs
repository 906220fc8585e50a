//! Without `pivot_root`, as on a host whose root is its initramfs: this suite as a process with a filter that denies
//! it. Everything else is active.

use std::process::Command;

use fourply_scripts::sandbox::{Entered, Level, Sandbox, Strictness};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};

pub const ARGUMENT: &str = "--without-pivot-root";

/// Runs it, and returns the failures.
pub fn as_another_process() -> Vec<String> {
    let done = Command::new(std::env::current_exe().unwrap()).arg(ARGUMENT).output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    println!("--- without pivot_root\n{text}{}", String::from_utf8_lossy(&done.stderr));
    if done.status.success() { Vec::new() } else { vec!["the suite without pivot_root".to_owned()] }
}

/// The failures at the strongest level while the call is denied.
pub fn failures(entered: Entered) -> Vec<String> {
    let target = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let rules = [(libc::SYS_pivot_root, vec![])].into();
    let answer = SeccompAction::Errno(libc::EINVAL.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, target).unwrap();
    apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
    let sandbox = Sandbox::new(entered, Strictness::Auto, Vec::new());
    let level = sandbox.strength().level;
    println!("strongest level without pivot_root: {:?}", sandbox.strength());
    if level < Level::Namespaces {
        return vec![format!("only {level} is to be had")];
    }
    let through = super::attempts(&sandbox);
    let through = through.iter().map(|name| format!("{level} lets {name} through without pivot_root"));
    through.chain(super::root::failures(entered)).chain(super::trials::of_files(entered)).collect()
}
