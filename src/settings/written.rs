//! What this program writes into the workspace, so that no build takes it for a source. In: places, absolute or from the current folder. Out:
//! globs relative to the workspace's root.

use std::path::{Component, Path, PathBuf};

/// Stands for any service's name in a place.
const SERVICE: &str = "{service}";

/// Globs for those that lie in the workspace, and for what is written beside them before it gets its name.
pub(super) fn globs(root: &Path, places: impl IntoIterator<Item = PathBuf>) -> Vec<String> {
    let inside = places.into_iter().filter_map(|place| inside(root, &place));
    inside.flat_map(|path| [Some(glob(&path)), unfinished(&path)]).flatten().collect()
}

/// The place relative to the root; nothing for the root itself.
fn inside(root: &Path, place: &Path) -> Option<String> {
    let place = resolved(&std::path::absolute(place).ok()?);
    let path = place.strip_prefix(root).ok()?.to_str()?;
    (!path.is_empty()).then(|| path.to_owned())
}

/// Without `..`, and with the links resolved of the part that exists.
fn resolved(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    let existing = clean.ancestors().find_map(|above| Some((above, std::fs::canonicalize(above).ok()?)));
    match existing.and_then(|(above, real)| Some(real.join(clean.strip_prefix(above).ok()?))) {
        Some(real) => real.components().collect(),
        None => clean,
    }
}

fn glob(path: &str) -> String {
    path.split(SERVICE).map(globset::escape).collect::<Vec<_>>().join("*")
}

/// What a half-written file beside this place is named.
fn unfinished(path: &str) -> Option<String> {
    let folder = path.rsplit_once('/').map(|(folder, _)| glob(folder) + "/").unwrap_or_default();
    Some(format!("{folder}.fourply-*"))
}

#[cfg(test)]
mod tests;
