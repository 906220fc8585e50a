//! The base in `fourply.lock`, after a build. In: settings, and what the base is made of. Out: the file with what it did not say, as cargo
//! does with its own; on a runner, a warning that nothing is locked.

use fourply_base::{BaseSpec, ImageRef};

use crate::Error;
use crate::context::Context;
use crate::downloads;
use crate::environment;
use crate::lock::{BUILD_NODE, FILE_NAME, Lock, Locked};
use crate::settings::{LockState, Settings};

/// How many changes a line names.
const SHOWN: usize = 8;

/// Locks what the base is made of, if it is not locked.
///
/// # Errors
/// A lock that cannot be read. One that cannot be written is a warning: the image is whole.
pub(crate) fn keep(settings: &Settings, context: &Context<'_>, found: Locked) -> Result<(), Error> {
    let asked = &settings.base.lock.asked;
    let found = match settings.base.lock.any() {
        Some(locked) => found.with_build_nodes_of(locked, asked),
        None => found,
    };
    let is_locked = match &settings.base.lock.state {
        LockState::Aside => true,
        LockState::Whole(locked) => found.changes(locked).is_empty(),
        LockState::Open | LockState::Partly { .. } => false,
    };
    if is_locked || !(is_chosen(settings) || found.has_packages()) {
        return Ok(());
    }
    let root = &settings.workspace.root;
    let platform = settings.base.platform.to_string();
    let _alone = downloads::alone(root, context)?;
    let before = Lock::read(root)?;
    let is_new = before.is_none();
    let mut lock = before.unwrap_or_default();
    let known = lock.platform.get(&platform).cloned();
    let changes = shown(&found.changes(&known.unwrap_or_default()));
    if environment::is_ci() {
        let why = why(settings, is_new);
        context.terminal.warn(&format!(
            "{why}: this build took {changes}; build once without CI=true, which writes that into the file, and commit it"
        ));
        return Ok(());
    }
    lock.set(&platform, &settings.base.lock.asked, found);
    match downloads::write(root, &lock) {
        Err(error) => context.terminal.warn(&format!("{FILE_NAME} cannot be written: {error}")),
        Ok(()) if is_new => {
            context.terminal.line(&format!("{FILE_NAME}: written; commit it, and builds keep this base"))
        }
        Ok(()) if changes.is_empty() => context.terminal.line(&format!("{FILE_NAME}: brought up to date")),
        Ok(()) => context.terminal.line(&format!("{FILE_NAME}: {changes}")),
    }
    Ok(())
}

/// Why the lock does not say all of the base.
fn why(settings: &Settings, is_absent: bool) -> String {
    match &settings.base.lock.state {
        _ if is_absent => format!("there is no {FILE_NAME}"),
        LockState::Partly { drift, .. } => format!("{FILE_NAME} does not fit [base] ({})", drift.join("; ")),
        LockState::Whole(_) => format!("{FILE_NAME} does not name all of the base"),
        LockState::Open | LockState::Aside => {
            format!("{FILE_NAME} has nothing for {}", settings.base.platform)
        }
    }
}

/// Whether a name, range or index decided what the base is: a digest or a folder of this machine alone leaves nothing to lock.
fn is_chosen(settings: &Settings) -> bool {
    let added = &settings.base.added;
    let by_name = match &settings.base.spec {
        BaseSpec::Debian(_) | BaseSpec::Alpine(_) => true,
        BaseSpec::Image(image @ ImageRef::Registry(_)) => image.digest().is_none(),
        BaseSpec::Image(_) | BaseSpec::Rootfs(_) => false,
    };
    let has_build_node = settings.base.lock.asked.contains_key(BUILD_NODE);
    by_name
        || has_build_node
        || !added.packages.is_empty()
        || added.node.is_some()
        || !settings.build.toolchain.is_empty()
}

fn shown(changes: &[String]) -> String {
    let mut shown: Vec<&str> = changes.iter().take(SHOWN).map(String::as_str).collect();
    let more = changes.len().saturating_sub(SHOWN);
    let more = format!("{more} more");
    if changes.len() > SHOWN {
        shown.push(&more);
    }
    shown.join(", ")
}
