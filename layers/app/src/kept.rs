//! What is kept of a build: its files as a pack, what else it left, and how both are found again. In: captured files with their hashes, a key.
//! Out: a built application. It knows neither scripts nor what decides a key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::Key;
use fourply_pnpm::ImporterId;
use fourply_store::PackBuilder;
use serde::{Deserialize, Serialize};

use crate::captured::{Captured, programs};
use crate::hash::HashedSource;
use crate::key::generated_key;
use crate::secret_check::SecretCheck;
use crate::sensitive;
use crate::sources::SourceKind;
use crate::{AppError, AppRequest, BuiltApp, Result};
use fourply_scripts::written::Places;

/// What is remembered beside a pack, to answer without opening it.
#[derive(Serialize, Deserialize)]
struct Remembered {
    pack: Key,
    #[serde(default)]
    generated: Option<Key>,
    #[serde(default)]
    folders: BTreeMap<String, Key>,
    /// Under which keys the packages' own results are kept: they go where this one goes.
    #[serde(default)]
    packages: BTreeSet<Key>,
    /// The secrets that the service's script was given, by name.
    #[serde(default)]
    secrets: BTreeSet<String>,
    #[serde(default)]
    absolute: BTreeSet<String>,
    programs: Vec<String>,
    #[serde(default)]
    unused: BTreeSet<String>,
    /// See [`Kept`].
    #[serde(default)]
    partial: bool,
}

fourply_store::record! {
    /// What a build left.
    struct OutputsOf<'a> in Outputs, rules 4 => Remembered {
        build: &'a Key,
    }
}

/// What is kept of a build beside its outputs.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub folders: BTreeMap<ImporterId, Key>,
    pub generated: Option<Key>,
    pub packages: BTreeSet<Key>,
    /// See [`BuiltApp`].
    pub unused: BTreeSet<String>,
    /// An optional package was missing as it could not be fetched: the next build does not take this one's results.
    pub partial: bool,
}

/// Where builds of one request are kept.
pub(crate) struct BuildKeeper<'a> {
    pub request: &'a AppRequest<'a>,
    pub secrets: &'a SecretCheck,
}

impl BuildKeeper<'_> {
    /// What an earlier build left under this key.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub(crate) fn remembered(&self, key: &Key) -> Result<Option<BuiltApp>> {
        let store = self.request.store();
        let (Some(pack), Some(known)) = (store.derived_pack(key)?, store.get(&OutputsOf { build: key }))
        else {
            return Ok(None);
        };
        let folders: BTreeMap<ImporterId, Key> = known
            .folders
            .iter()
            .filter_map(|(folder, pack)| Some((ImporterId::new(folder)?, *pack)))
            .collect();
        let generated = store.derived_pack(&generated_key(key))?;
        let whole = !known.partial
            && known.pack == pack
            && known.generated == generated
            && folders.values().all(|pack| store.has_pack(pack));
        // They count as used, for who sends or cleans up what a build used.
        known.packages.iter().try_for_each(|key| store.derived_pack(key).map(drop))?;
        let Remembered { secrets, absolute, programs, unused, .. } = known;
        Ok(whole.then_some(BuiltApp {
            pack,
            generated,
            key: *key,
            reused: true,
            folders,
            secrets,
            absolute,
            programs,
            unused,
        }))
    }

    /// Keeps the files, which were hashed before, as a pack under the key; `places` are changed in texts.
    ///
    /// # Errors
    /// [`AppError::Changed`], [`AppError::Sensitive`]; files that cannot be read, a store that cannot be written.
    pub(crate) fn pack(
        &self,
        root: &Path,
        files: &[Captured],
        hashed: &[HashedSource],
        key: Key,
        kept: Kept,
        places: &Places,
    ) -> Result<BuiltApp> {
        let Kept { folders, generated, packages, unused, partial } = kept;
        let mut builder = PackBuilder::new();
        for (captured, HashedSource { content, .. }) in files.iter().zip(hashed) {
            match &captured.source.kind {
                SourceKind::Symlink { target } => {
                    self.secrets.check(&captured.at, target.as_bytes())?;
                    builder.add_symlink(&captured.at, target)?;
                }
                SourceKind::File { executable } => {
                    let bytes = self.read(root, captured, content)?;
                    self.secrets.check(&captured.at, &bytes)?;
                    if let Some(text) = places.warning(&captured.at, &bytes) {
                        self.request.install.host.warn(&text);
                    }
                    builder.add_file(&captured.at, *executable, places.content(bytes))?;
                }
            }
        }
        let pack = builder.finish(self.request.store())?.id();
        let programs = programs(files.iter().map(|captured| captured.at.as_str()), self.request.service);
        let absolute = files.iter().filter(|captured| captured.absolute).map(|captured| captured.at.clone());
        let absolute: BTreeSet<String> = absolute.collect();
        let secrets = self.request.values.secrets.names().map(str::to_owned).collect();
        let named = folders.iter().map(|(folder, pack)| (folder.to_string(), *pack)).collect();
        let remembered = Remembered {
            pack,
            generated,
            folders: named,
            packages,
            secrets,
            absolute,
            programs,
            unused,
            partial,
        };
        if let Some(generated) = &generated {
            self.request.store().record_derived(&generated_key(&key), generated)?;
        }
        self.request.store().put(&OutputsOf { build: &key }, &remembered)?;
        self.request.store().record_derived(&key, &pack)?;
        let Remembered { secrets, absolute, programs, unused, .. } = remembered;
        Ok(BuiltApp { pack, generated, key, reused: false, folders, secrets, absolute, programs, unused })
    }

    /// The content of a file that was hashed before.
    fn read(&self, root: &Path, captured: &Captured, content: &Key) -> Result<Vec<u8>> {
        let path = root.join(&captured.source.path);
        let bytes = fs_err::read(&path)?;
        if Key::of(&bytes) != *content {
            return Err(AppError::Changed { path });
        }
        match sensitive::by_content(&captured.source.path, &bytes).filter(|_| !captured.exact) {
            Some(what) => Err(captured.sensitive(what, self.request.service)),
            None => Ok(bytes),
        }
    }
}
