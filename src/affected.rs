//! Which services a change concerns. In: a workspace, what it was and what it is. Out: services, each with the reasons. Nothing is built: both sides are
//! read by the rules by which builds know whether anything changed, and compared.
//!
//! `side` (what decides each image of one state) → `reasons` (what differs between two of them), with what git says of files (`compared`).
//! docs/affected.md has the rule.

mod compared;
mod differing;
mod place;
mod reasons;
mod settings;
mod side;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fourply_pnpm::ImporterId;

use crate::Error;
use crate::revision::{CommitTree, History};
use crate::settings::Overrides;
use compared::Compared;
use place::Place;
#[cfg(test)]
pub(crate) use reasons::Change;
pub(crate) use reasons::Reason;
use reasons::{base_paths, is_at, reasons};
use side::Side;

/// What is compared.
pub(crate) struct AffectedRequest<'a> {
    /// The workspace as it lies there.
    pub root: &'a Path,
    /// What `--config` names.
    pub config: Option<&'a Path>,
    pub over: &'a Overrides,
    /// The commit of the side before.
    pub since: &'a str,
    /// That of the side after; the files as they lie there where absent.
    pub until: Option<&'a str>,
}

/// The services that differ.
#[derive(Debug)]
pub(crate) struct Affected {
    /// The hash of the commit before.
    pub since: String,
    /// That of the one after, where it is one.
    pub until: Option<String>,
    /// Sorted by folder.
    pub services: Vec<AffectedService>,
    /// Services that are no more, by folder.
    pub removed: Vec<String>,
    /// How many services there are.
    pub all: usize,
    /// Why nothing of the side before is known, if so.
    pub unreadable: Option<String>,
}

/// A service whose image may differ.
#[derive(Debug)]
pub(crate) struct AffectedService {
    /// Its folder.
    pub service: String,
    /// The name in its package.json.
    pub package: Option<String>,
    pub reasons: Vec<Reason>,
}

/// Compares both sides.
///
/// # Errors
/// A commit that is not there, a repository that cannot be read, a side after that no build could read.
pub(crate) fn affected(request: &AffectedRequest<'_>) -> Result<Affected, Error> {
    let history = History::open(request.root)?;
    let since = history.commit(request.since)?;
    let until = request.until.map(|word| history.commit(word)).transpose()?;
    let mut changed = history.changed(&since, until.as_deref())?;
    let (before, after) = (Checkout::of(&history, &since)?, until.as_deref());
    let after = after.map(|commit| Checkout::of(&history, commit)).transpose()?;
    let mut submodules: BTreeSet<String> = match &after {
        Some(checkout) => checkout.tree.submodules().collect(),
        None => history.submodules_in_index()?,
    };
    submodules.extend(before.tree.submodules());
    let place = |root: &Path| Place { root: root.to_path_buf(), config: config_in(request, root) };
    let root = after.as_ref().map_or(request.root, |checkout| checkout.root.as_path());
    let (new, old) = rayon::join(
        || Side::read(&place(root), request.over, true),
        || match before.tree.is_empty() {
            true => Ok(Side::default()),
            false => Side::read(&place(&before.root), request.over, false),
        },
    );
    let new = new?;
    let (old, unreadable) = match old {
        Ok(old) => (old, None),
        Err(error) => (Side::default(), Some(error.to_string())),
    };
    if after.is_none() {
        let hidden = hidden(&history, &since, &before, (&old, &new), &changed)?;
        changed.extend(hidden);
    }
    let attributes_above = history.attributes_above(&since, until.as_deref())?;
    let compared = Compared { changed, submodules, attributes_above };
    let services = new.services.iter().filter_map(|(service, now)| {
        let reasons = match (old.services.get(service), &unreadable) {
            (Some(then), _) => reasons((&old, then), (&new, now), &compared),
            (None, None) => vec![Reason::New],
            (None, Some(_)) => vec![Reason::Unreadable],
        };
        let found = AffectedService { service: service.clone(), package: now.package.clone(), reasons };
        (!found.reasons.is_empty()).then_some(found)
    });
    let (services, all) = (services.collect(), new.services.len());
    let gone = old.services.keys().filter(|service| !new.services.contains_key(*service));
    Ok(Affected { removed: gone.cloned().collect(), since, until, services, all, unreadable })
}

/// Inputs that differ on disk although `git diff` does not tell them.
fn hidden(
    history: &History,
    since: &str,
    before: &Checkout,
    (old, new): (&Side, &Side),
    changed: &BTreeSet<String>,
) -> Result<BTreeSet<String>, Error> {
    let named: BTreeSet<ImporterId> = [old, new].into_iter().flat_map(base_paths).collect();
    let is_asked = |path: &str| {
        let is_input = || new.services.values().any(|service| service.inputs.files.contains(path));
        !changed.contains(path) && (is_input() || named.iter().any(|named| is_at(path, named)))
    };
    history.differing_on_disk(since, &before.tree, &before.root, is_asked)
}

/// A commit's files in a folder of their own.
struct Checkout {
    root: PathBuf,
    tree: CommitTree,
    _folder: tempfile::TempDir,
}

impl Checkout {
    fn of(history: &History, commit: &str) -> Result<Checkout, Error> {
        let folder = tempfile::Builder::new().prefix("fourply-").tempdir()?;
        let tree = history.tree(commit)?;
        let root = fs_err::canonicalize(history.write(&tree, folder.path())?)?;
        Ok(Checkout { root, tree, _folder: folder })
    }
}

/// The configuration on one side: where `--config` names a file of the workspace, that side's own.
fn config_in(request: &AffectedRequest<'_>, root: &Path) -> Option<PathBuf> {
    let named = request.config?;
    let inside = fs_err::canonicalize(named).ok();
    let inside = inside.as_deref().and_then(|path| path.strip_prefix(request.root).ok());
    Some(inside.map_or_else(|| named.to_path_buf(), |inside| root.join(inside)))
}
