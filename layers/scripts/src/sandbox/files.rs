//! Landlock rules for files. In: folders. Out: an active rule set. If the script has its own mounts, this is the second
//! barrier; otherwise it is the only one.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};

use super::order::{Failure, View};
use super::system;

/// The newest rights that this module knows. Older kernels have fewer.
const RIGHTS: ABI = ABI::V6;

/// Allows the script to open what is in `view` and the system; and, if ports are given, to connect only to these.
/// Kernels before 6.7 cannot distinguish ports.
pub(super) fn restrict(view: &View, ports: Option<&[u16]>) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(STEP, error);
    let status = rules(view, ports)
        .map_err(|error| failed(&error))?
        .restrict_self()
        .map_err(|error| failed(&error))?;
    match status.ruleset {
        RulesetStatus::NotEnforced => {
            Err(failed(&"this kernel has none, or it is not switched on (lsm=landlock)"))
        }
        _ => Ok(()),
    }
}

const STEP: &str = "limit which files can be opened (Landlock)";

fn rules(view: &View, ports: Option<&[u16]>) -> Result<RulesetCreated, landlock::RulesetError> {
    let read = AccessFs::from_read(RIGHTS);
    let all = AccessFs::from_all(RIGHTS);
    let devices: BitFlags<AccessFs> = AccessFs::from_file(RIGHTS) & !AccessFs::Execute;
    let visible: Vec<PathBuf> = system::folders()
        .chain(system::configuration().filter_map(|path| std::fs::canonicalize(path).ok()))
        .chain(system::KERNEL.map(PathBuf::from))
        .flat_map(|folder| without(&folder, &view.hidden))
        .chain(view.read.iter().cloned())
        .collect();
    let mut rules = Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(all)?;
    if ports.is_some() {
        rules = rules.handle_access(AccessNet::ConnectTcp)?;
    }
    let ports = ports.unwrap_or_default().iter();
    rules
        .scope(Scope::from_all(RIGHTS))?
        .create()?
        .add_rules(path_beneath_rules(visible, read))?
        .add_rules(path_beneath_rules(system::DEVICES, devices))?
        .add_rules(path_beneath_rules(&view.write, all))?
        .add_rules(
            ports.map(|port| Ok::<_, landlock::RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp))),
        )
}

/// A folder; if it contains something hidden, everything next to that instead.
pub(super) fn without(folder: &Path, hidden: &[PathBuf]) -> Vec<PathBuf> {
    if hidden.iter().any(|path| folder.starts_with(path)) {
        return Vec::new();
    }
    if !hidden.iter().any(|path| path.starts_with(folder)) {
        return vec![folder.to_path_buf()];
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.filter_map(|entry| std::fs::canonicalize(entry.ok()?.path()).ok());
    // A link to elsewhere is not part of this folder.
    entries.filter(|path| path.starts_with(folder)).flat_map(|path| without(&path, hidden)).collect()
}

#[cfg(test)]
mod tests;
