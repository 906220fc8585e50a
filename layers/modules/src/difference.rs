//! A planned tree compared with a workspace on disk: which paths of its `node_modules` differ, how, and if known, why.
//!
//! In: the tree as [`PlannedEntry`]s, a folder, and facts about the workspace. Out: [`PathDifference`]s, sorted by
//! path. It does not know how they are printed. pnpm's own records are not compared. Below a folder that one side
//! lacks, nothing is listed.

mod disk;
mod model;
mod reason;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::Digest;
use rayon::prelude::*;

use crate::{EntryKind, ModulesError, PlannedEntry};
pub use disk::{FoundEntry, FoundKind};
use model::is_below;
pub use model::{DifferenceKind, DifferenceReason, PathDifference};
pub use reason::KnownWorkspace;

/// Compares `planned` with the content of `folder`, which stands for the workspace's root. If `only` is given (a folder
/// of links such as `node_modules`), nothing else is compared. Reasons come from `known`.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn differences(
    planned: Vec<PlannedEntry>,
    folder: &Path,
    only: Option<&str>,
    known: &KnownWorkspace<'_>,
) -> Result<Vec<PathDifference>, ModulesError> {
    let compared = |path: &str| only.is_none_or(|only| path == only || is_below(path, only));
    let planned: BTreeMap<String, PlannedEntry> = planned
        .into_iter()
        .filter(|entry| compared(&entry.path))
        .map(|entry| (entry.path.clone(), entry))
        .collect();
    let roots = known.modules_dirs();
    let store = known.store_outside(&roots).filter(|_| only.is_none());
    let walked = roots.iter().filter(|path| only.is_none_or(|only| *path == only)).chain(&store);
    let mut found = disk::walk(folder, walked)?;
    if let Some(store) = &store {
        found.remove(&format!("{store}/lock.yaml"));
    }
    // Folders that exist only for pnpm's own records.
    let empty =
        |path: &str, found: &BTreeMap<String, FoundEntry>| !found.keys().any(|other| is_below(other, path));
    for folder in roots.iter().flat_map(|root| [format!("{root}/.pnpm"), root.clone()]) {
        if !planned.contains_key(&folder) && empty(&folder, &found) {
            found.remove(&folder);
        }
    }
    let paths: BTreeSet<&String> = planned.keys().chain(found.keys()).collect();
    let paths: Vec<&String> = paths.into_iter().collect();
    let compare =
        |path: &&String| compare(path, planned.get(*path), found.get(*path), folder, known.root_in_image);
    let all: Vec<PathDifference> =
        paths.par_iter().filter_map(|path| compare(path).transpose()).collect::<Result<_, _>>()?;
    let mut kept = collapse(all);
    kept.iter_mut().filter(|one| one.reason.is_none()).for_each(|one| one.reason = known.reason(one, folder));
    Ok(kept)
}

/// Leaves out the paths below a missing or extra folder, and counts them.
fn collapse(all: Vec<PathDifference>) -> Vec<PathDifference> {
    let mut kept: Vec<PathDifference> = Vec::new();
    for one in all {
        match kept.last_mut() {
            Some(last) if last.kind == one.kind && last.is_whole() && is_below(&one.path, &last.path) => {
                last.below += 1
            }
            _ => kept.push(one),
        }
    }
    kept
}

fn compare(
    path: &str,
    planned: Option<&PlannedEntry>,
    found: Option<&FoundEntry>,
    folder: &Path,
    root_in_image: &str,
) -> Result<Option<PathDifference>, ModulesError> {
    let (kind, reason) = match (planned, found) {
        (Some(_), None) => (DifferenceKind::Missing, None),
        (None, Some(_)) => (DifferenceKind::Extra, None),
        (Some(planned), Some(found)) => match contents(path, planned, found, folder, root_in_image)? {
            Some(differs) => differs,
            None => return Ok(None),
        },
        (None, None) => return Ok(None),
    };
    let (planned, found) = (planned.cloned(), found.cloned());
    Ok(Some(PathDifference { path: path.to_owned(), kind, planned, found, below: 0, reason }))
}

type Differs = (DifferenceKind, Option<DifferenceReason>);

fn contents(
    path: &str,
    planned: &PlannedEntry,
    found: &FoundEntry,
    folder: &Path,
    root_in_image: &str,
) -> Result<Option<Differs>, ModulesError> {
    let differs = match (&planned.kind, &found.kind) {
        (EntryKind::Directory, FoundKind::Directory) => None,
        (EntryKind::Symlink(one), FoundKind::Symlink(other)) => {
            return Ok((one != other).then_some((DifferenceKind::Target, None)));
        }
        (EntryKind::File { digest, .. }, FoundKind::File { .. }) => {
            let bytes = fs_err::read(folder.join(path))?;
            match Digest::of(&bytes) == *digest {
                true => None,
                false => match disk::place(&bytes, *digest, folder, root_in_image) {
                    // A copy of the workspace in another folder is equivalent.
                    Some(place) if folder.as_os_str() == place.as_str() => None,
                    place => Some((DifferenceKind::Content, place.map(DifferenceReason::OtherPlace))),
                },
            }
        }
        _ => return Ok(Some((DifferenceKind::Type, None))),
    };
    let mode = (planned.mode() != found.mode).then_some((DifferenceKind::Mode, None));
    Ok(differs.or(mode))
}
