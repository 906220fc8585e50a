//! Damaged stores heal by themselves. In: a command, and the stores that it opens here. Out: what the command gives. Where it fails and something
//! that it asked a store for is damaged, that is gone and the command runs again: it makes or fetches what is missing. One line tells the user.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use fourply_app::AppError;
use fourply_scripts::ScriptsError;
use fourply_store::{Damage, Store, StoreError};

use crate::Error;
use crate::interrupt;
use crate::report::{bytes, say};

/// How often a command runs. What is found to be damaged goes all at once, so a second time is seldom needed.
const ROUNDS: usize = 4;

/// The stores of this process.
#[derive(Default)]
struct Opened {
    stores: Vec<Store>,
    /// Each with the workspace that uses it, and the most bytes that it keeps.
    workspaces: Vec<(Store, PathBuf, Option<u64>)>,
    /// What was damaged in stores of earlier runs of the command.
    damaged: BTreeMap<String, Damage>,
    /// What was damaged in stores that they read from.
    damaged_in_parents: BTreeMap<String, Damage>,
}

static OPENED: Mutex<Opened> = Mutex::new(Opened {
    stores: Vec::new(),
    workspaces: Vec::new(),
    damaged: BTreeMap::new(),
    damaged_in_parents: BTreeMap::new(),
});

fn opened() -> MutexGuard<'static, Opened> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a store that heals, and that reads from others.
///
/// # Errors
/// As [`Store::open`] and [`Store::reading_from`].
pub(crate) fn open(folder: &Path, parents: &[PathBuf]) -> Result<Store, StoreError> {
    let store = Store::open(folder)?.reading_from(parents)?;
    opened().stores.push(store.clone());
    Ok(store)
}

/// Notes that what the command uses of a store, it uses for this workspace, and how many bytes the store keeps at its end.
pub(crate) fn uses(store: &Store, workspace: &Path, most: Option<u64>) {
    opened().workspaces.push((store.clone(), workspace.to_owned(), most));
}

/// Runs a command, and again where that heals a store.
///
/// # Errors
/// Those of the command.
pub(crate) fn run(command: impl Fn() -> Result<(), Error>) -> Result<(), Error> {
    let mut done = command();
    for _ in 1..ROUNDS {
        let failed = done.as_ref().is_err_and(may_be_damage);
        if !failed || interrupt::requested() || !repair() {
            break;
        }
        done = command();
    }
    if done.is_ok() {
        remember();
    }
    opened().workspaces.clear();
    tell();
    done
}

/// Whether a damaged file may be the cause. A script that failed said why, and an image that is at fault was started.
fn may_be_damage(error: &Error) -> bool {
    match error {
        Error::Usage { .. } | Error::Config { .. } | Error::Unwell { .. } => false,
        Error::App(AppError::Script(_)) | Error::Scripts(ScriptsError::InstallScript(_)) => false,
        Error::OfService { source, .. }
        | Error::OfFramework { source, .. }
        | Error::Places { source, .. } => may_be_damage(source),
        _ => true,
    }
}

/// Looks at all that the command asked for; whether something was damaged, and is gone.
fn repair() -> bool {
    opened().workspaces.clear();
    let stores = std::mem::take(&mut opened().stores);
    let mut found = false;
    for store in &stores {
        found |= store.verify_asked();
        found |= !store.damages().is_empty();
    }
    add(stores);
    found
}

fn add(stores: Vec<Store>) {
    let opened = &mut *opened();
    count(&mut opened.damaged, stores.iter().flat_map(Store::damages));
    count(&mut opened.damaged_in_parents, stores.iter().flat_map(Store::damages_of_parents));
}

fn count(all: &mut BTreeMap<String, Damage>, found: impl Iterator<Item = (String, Damage)>) {
    for (kind, damage) in found {
        let none = Damage { count: 0, ..damage.clone() };
        all.entry(kind).or_insert(none).count += damage.count;
    }
}

/// What a list of the store shows by workspace, and the bound on its size. A build is done without them, so none fails by them.
fn remember() {
    let workspaces = std::mem::take(&mut opened().workspaces);
    for (store, workspace, most) in workspaces {
        let _ = store.remember_uses(&workspace);
        let bounded = most.and_then(|most| Some((most, store.keep_below(most, SystemTime::now()).ok()??)));
        if let Some((most, bounded)) = bounded.filter(|(_, bounded)| bounded.first) {
            let freed = bounded.report.gone.values().map(|gone| gone.bytes).sum();
            say(format_args!(
                "note: the store is kept below {}: what was used longest ago went ({}). This is said once; docs/store.md tells how to set another size",
                bytes(most),
                bytes(freed)
            ));
        }
    }
}

/// One line, if something was damaged.
fn tell() {
    let stores = std::mem::take(&mut opened().stores);
    add(stores);
    let damaged = std::mem::take(&mut opened().damaged);
    if let Some(line) = line(&damaged) {
        say(line);
    }
    let damaged = std::mem::take(&mut opened().damaged_in_parents);
    if let Some(list) = list(&damaged) {
        say(format_args!(
            "warning: files of --store-from are damaged, and were made or fetched instead:{list}"
        ));
    }
}

/// `warning: the store was damaged, …`; nothing if nothing was.
pub(crate) fn line(damaged: &BTreeMap<String, Damage>) -> Option<String> {
    let list = list(damaged)?;
    Some(format!(
        "warning: files of the store were not what was put there; they are gone, and are made or fetched again:{list}"
    ))
}

/// ` 2 of packs, 1 of blobs (first: PATH)`.
fn list(damaged: &BTreeMap<String, Damage>) -> Option<String> {
    let first = damaged.values().next()?;
    let mut text = String::new();
    for (number, (kind, damage)) in damaged.iter().enumerate() {
        // Writing into a String cannot fail.
        let _ = write!(text, "{} {} of {kind}", if number == 0 { "" } else { "," }, damage.count);
    }
    let _ = write!(text, " (first: {})", first.first.display());
    Some(text)
}
