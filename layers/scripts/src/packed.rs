//! Folders as packages: the files that npm would pack, kept in the store.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::{Cause, Key};
use fourply_pnpm::rules::{PackRules, Packlist};
use fourply_pnpm::{Closure, ImporterId, packlist};
use fourply_store::{PackBuilder, Store};

use crate::folder::Folder;
use crate::{Result, ScriptsError};

/// The package of a workspace folder at `root`, by npm's rules, without the files that `left_out` matches (relative to
/// the folder).
///
/// # Errors
/// A missing or unreadable folder; rules that are not supported.
pub fn pack_folder(
    store: &Store,
    root: &Path,
    folder: &ImporterId,
    rules: &PackRules,
    left_out: &dyn Fn(&str) -> bool,
) -> Result<Key> {
    let refuse = |reason| ScriptsError::Folder { folder: folder.to_string(), reason };
    let files = Folder::read(&root.join(folder.as_str()), rules.links_in_folders).map_err(refuse)?;
    pack(store, &files.without(left_out), rules.packlist).map_err(|error| error.named(folder.as_str()))
}

/// The packages of workspace folders at `root` that packages of the closure are copies of. `left_out` matches files to
/// ignore, by folder and path in it.
///
/// # Errors
/// As [`pack_folder`].
pub fn pack_folders(
    store: &Store,
    root: &Path,
    closure: &Closure,
    rules: &PackRules,
    left_out: &dyn Fn(&ImporterId, &str) -> bool,
) -> Result<BTreeMap<ImporterId, Key>> {
    let packed = |folder: ImporterId| {
        let pack = pack_folder(store, root, &folder, rules, &|path| left_out(&folder, path))?;
        Ok((folder, pack))
    };
    closure.copied_folders().into_keys().map(packed).collect()
}

/// Why a folder's files cannot be packed.
pub(crate) enum PackError {
    Rules(Cause),
    Store(fourply_store::StoreError),
}

impl PackError {
    pub(crate) fn named(self, what: &str) -> ScriptsError {
        match self {
            PackError::Rules(reason) => ScriptsError::Folder { folder: what.to_owned(), reason },
            PackError::Store(error) => ScriptsError::at(format!("cannot keep the files of {what}"), error),
        }
    }
}

/// The archive of the files that npm packs.
///
/// # Errors
/// Rules that are not supported; an archive that cannot be written.
pub(crate) fn pack(store: &Store, files: &Folder, rule: Packlist) -> std::result::Result<Key, PackError> {
    let mut builder = PackBuilder::spooling(store);
    for path in packlist(files, rule).map_err(PackError::Rules)? {
        files.add_to(&mut builder, &path).map_err(PackError::Rules)?;
    }
    builder.save(store).map_err(PackError::Store)
}
