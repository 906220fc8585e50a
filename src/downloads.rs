//! What scripts downloaded, after a build. In: settings. Out: `fourply.lock` with what was not there; what of it is still of use.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::io::Write as _;
use std::path::Path;

use fourply_blob::{Reason, counted};
use fourply_pnpm::Workspace;
use fourply_scripts::DownloadLines;
use fourply_store::StoreLock;

use crate::Error;
use crate::context::Context;
use crate::lock::{FILE_NAME, Lock};
use crate::settings::Settings;

/// Locks what was downloaded and is not locked yet.
///
/// # Errors
/// A file that cannot be written; another answer that another build locked meanwhile.
pub(crate) fn keep(settings: &Settings, context: &Context<'_>) -> Result<(), Error> {
    let added = settings.install.network.downloads.added();
    if added.is_empty() {
        return Ok(());
    }
    let root = &settings.workspace.root;
    let _alone = alone(root, context)?;
    let mut lock = Lock::read(root)?.unwrap_or_default();
    let mut all = lock.downloads()?;
    let count = add(&mut all, added)?;
    if count == 0 {
        return Ok(());
    }
    lock.set_downloads(&all)?;
    write(root, &lock)?;
    context.terminal.line(&format!("{FILE_NAME}: {} of scripts added", counted(count, "download")));
    Ok(())
}

/// Held while the file is read and written again: another build may add to it as well.
///
/// # Errors
/// Where the lock of this cannot be made.
pub(crate) fn alone(root: &Path, context: &Context<'_>) -> Result<StoreLock, Error> {
    Ok(context.store.lock(&format!("{FILE_NAME} {}", root.display()))?)
}

/// Adds what is not locked; tells how many that were.
fn add(all: &mut DownloadLines, added: DownloadLines) -> Result<usize, Error> {
    let mut count = 0;
    for (owner, answers) in added {
        for (url, answer) in answers {
            match all.entry(owner.clone()).or_default().entry(url) {
                Entry::Vacant(place) => {
                    place.insert(answer);
                    count += 1;
                }
                Entry::Occupied(known) if *known.get() == answer => {}
                Entry::Occupied(known) => {
                    return Err(Error::user(
                        format!(
                            "another build locked another answer of {} meanwhile: its server answers each time with something else",
                            known.key()
                        ),
                        "build again: the scripts get what is locked",
                    ));
                }
            }
        }
    }
    Ok(count)
}

/// Writes the file whole; it is on disk then.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn write(root: &Path, lock: &Lock) -> Result<(), Error> {
    // Where a link stands in the file's place, the link stays.
    let path = root.join(FILE_NAME);
    let path = if path.is_symlink() { fs_err::canonicalize(&path)? } else { path };
    let file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(root)).map_err(|error| {
        Error::user(
            Reason::because(format!("{} cannot be written", path.display()), error),
            "make the folder of the workspace writable, or run this in a copy of it",
        )
    });
    let mut file = file?;
    file.write_all(lock.to_text()?.as_bytes())?;
    // Like any file of the workspace: whoever checks it out may read it.
    use std::os::unix::fs::PermissionsExt as _;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    Ok(fourply_store::persist_durably(file, &path)?)
}

/// Those of packages and folders that the workspace still has.
pub(crate) fn in_use(all: DownloadLines, workspace: &Workspace) -> DownloadLines {
    let folder = |owner: &str| workspace.manifests.keys().any(|id| id.as_str() == owner);
    let known = |owner: &str| workspace.lockfile.packages.contains_key(owner) || folder(owner);
    all.into_iter().filter(|(owner, _)| known(owner)).collect()
}

/// What to say of words of `network` that name nothing in the workspace.
pub(crate) fn unknown_names(names: &BTreeSet<String>, table: &str, workspace: &Workspace) -> Vec<String> {
    let manifests = workspace.manifests.iter();
    let own = manifests.flat_map(|(id, manifest)| [Some(id.as_str()), manifest.name.as_deref()]).flatten();
    let packages = workspace.lockfile.packages.keys().map(|key| name_of(key));
    let known: BTreeSet<&str> = own.chain(packages).collect();
    let unknown = names.iter().filter(|name| !known.contains(name.as_str()));
    unknown
        .map(|name| {
            let near = crate::nearest::nearest(name, &known).map(|near| format!(": did you mean {near:?}?"));
            let near = near.unwrap_or_else(|| ", so it gives nobody a network".to_owned());
            format!("network in {table} names {name:?}, which is no package of the lockfile and no folder of the workspace{near}")
        })
        .collect()
}

/// `@scope/x` of `@scope/x@1.0.0`.
fn name_of(key: &str) -> &str {
    key.char_indices().skip(1).find(|(_, c)| *c == '@').and_then(|(at, _)| key.get(..at)).unwrap_or(key)
}

#[cfg(test)]
mod tests;
