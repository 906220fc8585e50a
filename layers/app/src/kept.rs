//! Stored builds: the files as a package archive, the other results, and how both are found again. In: captured files
//! with their hashes, a key. Out: a built application. It must not know scripts, or the inputs of a key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fourply_blob::Key;
use fourply_pnpm::ImporterId;
use fourply_store::PackBuilder;
use serde::{Deserialize, Serialize};

use crate::captured::{Captured, programs};
use crate::key::generated_key;
use crate::secret_check::SecretCheck;
use crate::sensitive;
use crate::sources::SourceKind;
use crate::windows::{LARGE, windows};
use crate::{AppError, AppRequest, BuiltApp, Result};
use fourply_scripts::written::Places;

/// Data stored next to an archive, so that it need not be opened.
#[derive(Serialize, Deserialize)]
struct Remembered {
    pack: Key,
    #[serde(default)]
    generated: Option<Key>,
    #[serde(default)]
    folders: BTreeMap<String, Key>,
    /// The keys of the packages' own results: they are exported together with this one.
    #[serde(default)]
    packages: BTreeSet<Key>,
    /// The names of the secrets that the service's script received.
    #[serde(default)]
    secrets: BTreeSet<String>,
    #[serde(default)]
    absolute: BTreeSet<String>,
    programs: Vec<String>,
    #[serde(default)]
    unused: BTreeSet<String>,
    #[serde(default)]
    empty: BTreeSet<String>,
    /// See [`Kept`].
    #[serde(default)]
    partial: bool,
}

impl Remembered {
    /// The result of a build with this key; `folders` are its folders by package.
    fn app(self, key: Key, folders: BTreeMap<ImporterId, Key>, reused: bool) -> BuiltApp {
        let Remembered { pack, generated, secrets, absolute, programs, unused, empty, .. } = self;
        let (sources, level) = (Vec::new(), None);
        BuiltApp {
            pack,
            generated,
            key,
            reused,
            folders,
            secrets,
            absolute,
            programs,
            unused,
            empty,
            sources,
            level,
        }
    }
}

fourply_store::record! {
    /// The result of a build.
    struct OutputsOf<'a> in Outputs, rules 5 => Remembered {
        build: &'a Key,
    }
}

/// The data of a build that is kept in addition to its outputs.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub folders: BTreeMap<ImporterId, Key>,
    pub generated: Option<Key>,
    pub packages: BTreeSet<Key>,
    /// See [`BuiltApp`].
    pub unused: BTreeSet<String>,
    /// See [`BuiltApp`].
    pub empty: BTreeSet<String>,
    /// Whether an optional package was missing because it could not be fetched. The next build does not use this result
    /// then.
    pub partial: bool,
}

/// Stores and finds builds of one request.
pub(crate) struct BuildKeeper<'a> {
    pub request: &'a AppRequest<'a>,
    pub secrets: &'a SecretCheck,
}

impl BuildKeeper<'_> {
    /// The result of an earlier build with this key.
    ///
    /// # Errors
    /// If the store cannot be read.
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
        // Marks them as used, for exports and for cleanup.
        known.packages.iter().try_for_each(|key| store.derived_pack(key).map(drop))?;
        Ok(whole.then(|| known.app(*key, folders, true)))
    }

    /// Stores the hashed files as an archive under the key; `places` are replaced in texts.
    ///
    /// # Errors
    /// [`AppError::Changed`], [`AppError::Sensitive`]; a file cannot be read or the store cannot be written.
    pub(crate) fn pack(
        &self,
        root: &Path,
        files: &[Captured],
        contents: &[Key],
        key: Key,
        kept: Kept,
        places: &Places,
    ) -> Result<BuiltApp> {
        let _span = tracing::info_span!("pack", of = %self.request.service).entered();
        let Kept { folders, generated, packages, unused, empty, partial } = kept;
        let mut builder = PackBuilder::spooling(self.request.store());
        for (captured, content) in files.iter().zip(contents) {
            match &captured.source.kind {
                SourceKind::Symlink { target } => {
                    self.secrets.check(captured.at(), target.as_bytes())?;
                    builder.add_symlink(captured.at(), target)?;
                }
                SourceKind::File { executable } => {
                    let path = root.join(&captured.source.path);
                    let file = OutputFile { path, captured, content, executable: *executable };
                    match fs_err::metadata(&file.path)?.len() > LARGE {
                        true => self.add_large(&mut builder, &file, places)?,
                        false => self.add(&mut builder, &file, places)?,
                    }
                }
            }
        }
        let pack = builder.save(self.request.store())?;
        let programs = programs(files.iter().map(Captured::at), self.request.service);
        let absolute =
            files.iter().filter(|captured| captured.absolute).map(|captured| captured.at().to_owned());
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
            empty,
            partial,
        };
        if let Some(generated) = &generated {
            self.request.store().record_derived(&generated_key(&key), generated)?;
        }
        self.request.store().put(&OutputsOf { build: &key }, &remembered)?;
        self.request.store().record_derived(&key, &pack)?;
        Ok(remembered.app(key, folders, false))
    }

    fn add(&self, builder: &mut PackBuilder, file: &OutputFile<'_>, places: &Places) -> Result<()> {
        let bytes = fs_err::read(&file.path)?;
        if Key::of(&bytes) != *file.content {
            return Err(AppError::Changed { path: file.path.clone() });
        }
        self.check(file.captured, &bytes)?;
        if let Some(text) = places.warning(file.captured.at(), &bytes) {
            self.request.install.host.warn(&text);
        }
        Ok(builder.add_file(file.captured.at(), file.executable, places.content(bytes))?)
    }

    /// The same for a file that is never in memory as a whole. The exception is a text with a path of this host, which
    /// is changed as a whole.
    fn add_large(&self, builder: &mut PackBuilder, file: &OutputFile<'_>, places: &Places) -> Result<()> {
        let at = file.captured.at();
        let (mut hasher, mut is_text, mut has_places) = (blake3::Hasher::new(), true, false);
        let mut input = fs_err::File::open(&file.path)?;
        let mut out = builder.begin_file(at, file.executable)?;
        windows(&mut input, |window, fresh| {
            hasher.update(fresh);
            is_text &= !fresh.contains(&0);
            has_places |= places.are_in(window);
            self.check(file.captured, window)?;
            Ok(out.write(fresh)?)
        })?;
        if Key::from_bytes(*hasher.finalize().as_bytes()) != *file.content {
            return Err(AppError::Changed { path: file.path.clone() });
        }
        match (has_places, is_text) {
            (true, true) => self.add(builder, file, places),
            (true, false) => {
                self.request.install.host.warn(&Places::warning_of(at));
                Ok(())
            }
            (false, _) => Ok(()),
        }
    }

    /// Searches a file, or a part of it, for secrets and private keys.
    fn check(&self, captured: &Captured, bytes: &[u8]) -> Result<()> {
        if let Some(what) = sensitive::by_content(&captured.source.path, bytes).filter(|_| !captured.exact) {
            return Err(captured.sensitive(what, self.request.service));
        }
        self.secrets.check(captured.at(), bytes)
    }
}

/// A file that was hashed before.
struct OutputFile<'a> {
    path: PathBuf,
    captured: &'a Captured,
    content: &'a Key,
    executable: bool,
}
