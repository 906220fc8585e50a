//! What commands share that work on a workspace: the store, the ways to the outside, which are opened when they are first needed, and the
//! terminal; and through these, the workspace and its base.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use fourply_base::{Base, BaseError, BaseSpec, ImageRef, Notice, Pins, compose_with};
use fourply_blob::Digest;
use fourply_pnpm::{ReadOptions, Workspace, check_fresh};
use fourply_rootfs::Held;
use fourply_scripts::ScriptHost;
use fourply_scripts::sandbox::Sandbox;
use fourply_scripts::twice::ComparedRun;
use fourply_store::{FetchSettings, Fetcher, InputKind, Store, read_text};

use crate::Error;
use crate::base_image::{self, descriptor, source};
use crate::cli::hints;
use crate::npm::Npm;
use crate::report::{Terminal, TerminalReporter};
use crate::settings::{RegistryOptions, Settings};
use crate::{environment, healing, interrupt, sandbox};
use fourply_oci::registry::Registries;
use fourply_oci::{Descriptor, OciError, Reference};

pub(crate) struct Context<'a> {
    /// Where everything is kept.
    pub store: Store,
    /// Packages and files from elsewhere.
    pub fetcher: Fetcher,
    /// What the user sees.
    pub terminal: &'a Terminal,
    /// What scripts are confined to.
    sandbox: Sandbox,
    /// What they run in.
    folder: PathBuf,
    options: RegistryOptions,
    registries: OnceLock<Registries>,
    /// Versions of node that scripts run on, by the words that npm was asked with.
    build_nodes: Mutex<BTreeMap<String, String>>,
}

impl<'a> Context<'a> {
    /// Opens the store; nothing else is opened yet.
    ///
    /// # Errors
    /// Where the store cannot be made, or an `.npmrc` cannot be read.
    pub(crate) fn open(settings: &Settings, terminal: &'a Terminal) -> Result<Context<'a>, Error> {
        let store = healing::open(&settings.store.folder, &settings.store.parents)?;
        healing::uses(&store, &settings.workspace.root, settings.store.keep);
        let Npm { config: npm, default_registry } = Npm::read(settings, terminal)?;
        let usual = FetchSettings::default();
        let fetch = FetchSettings {
            offline: settings.store.offline,
            keep_tarballs: settings.store.keep_tarballs,
            timeout: npm.fetch_timeout.unwrap_or(usual.timeout),
            retries: npm.fetch_retries.unwrap_or(usual.retries),
            npm,
            pnpm_store: settings.store.pnpm.clone(),
            ..usual
        };
        let fetcher = Fetcher::new(store.clone(), fetch).with_default_registry(default_registry);
        let (options, registries) = (settings.registry.clone(), OnceLock::new());
        let (sandbox, folder) = (sandbox::of(settings, store.root()), store.root().join("build"));
        let build_nodes = Mutex::default();
        Ok(Context { store, fetcher, terminal, sandbox, folder, options, registries, build_nodes })
    }

    /// The same for one of two runs that are to be compared; in another folder than builds usually run in, if one is given.
    #[must_use]
    pub(crate) fn for_comparison(self, run: ComparedRun, folder: Option<PathBuf>) -> Context<'a> {
        let folder = folder.unwrap_or(self.folder);
        Context { sandbox: self.sandbox.for_comparison(run), folder, ..self }
    }

    /// Remembers what a word of `[build] node` stands for.
    pub(crate) fn remember_build_node(&self, word: &str, version: String) -> String {
        let mut known = self.build_nodes.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(word.to_owned(), version.clone());
        version
    }

    /// What the words stand for that were resolved.
    pub(crate) fn build_nodes(&self) -> BTreeMap<String, String> {
        self.build_nodes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What scripts run in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The run that is to be compared, if it is one.
    pub(crate) fn compared(&self) -> Option<&ComparedRun> {
        self.sandbox.compared()
    }

    /// The base and what it was made of, from the store where it is known there. What a tag or a suite led to is remembered until `--refresh-base` asks
    /// again, as `docker build` takes the image that it has until `--pull`; what is locked is taken in any case.
    ///
    /// # Errors
    /// Those of the base, and a base that is not as it is locked.
    pub(crate) fn base(&self, settings: &Settings) -> Result<(Base, Pins), Error> {
        let _span = tracing::info_span!("base", of = %settings.base.platform).entered();
        let (base, pins) = self.resolve_base(settings)?;
        if let Some(locked) = settings.base.lock.whole().filter(|_| settings.base.locked) {
            let drift = locked.drift(&base, &pins);
            if !drift.is_empty() {
                let reason = format!("the base is not as it is locked: {}", drift.join("; "));
                return Err(Error::user(reason, "run fourply lock, and look at what changed"));
            }
        }
        Ok((base, pins))
    }

    /// The same without a look at whether it is as it is locked.
    ///
    /// # Errors
    /// Those of the base.
    pub(crate) fn resolve_base(&self, settings: &Settings) -> Result<(Base, Pins), Error> {
        let tag = match &settings.base.spec {
            BaseSpec::Image(ImageRef::Registry(name)) if !name.contains('@') => name.clone(),
            spec => return self.compose(settings, spec),
        };
        let record = LedTo { name: &tag, platform: &settings.base.platform.to_string() };
        let locked = settings.base.lock.any().and_then(|locked| locked.image);
        let known: Option<Digest> = match locked {
            Some(locked) => Some(locked),
            None => self.store.get(&record).filter(|_| !settings.base.refresh),
        };
        let pinned = known.map(|digest| format!("{}@{digest}", without_tag(&tag)));
        let image = ImageRef::Registry(pinned.unwrap_or_else(|| tag.clone()));
        let (mut base, pins) = self.compose(settings, &BaseSpec::Image(image))?;
        if let Some(digest) = base.digest.filter(|_| locked.is_none()) {
            self.store.put(&record, &digest)?;
        }
        base.name = Some(tag);
        Ok((base, pins))
    }

    fn compose(&self, settings: &Settings, spec: &BaseSpec) -> Result<(Base, Pins), Error> {
        let pins =
            settings.base.lock.any().map(|locked| locked.pins(&settings.workspace.root)).transpose()?;
        let held = held(settings, pins.as_ref());
        let open = |name: &str| {
            let source = self.registries().and_then(|registries| Ok(source(registries, name)?));
            source.map_err(|error| into_base(error, name))
        };
        let (platform, added) = (&settings.base.platform, &settings.base.added);
        let (store, fetcher) = (&self.store, &self.fetcher);
        let made = compose_with(spec, added, held, platform, store, fetcher, &open, self.terminal)?;
        // What a lock was written with was told then.
        let is_known = |notice: &&Notice| {
            matches!(notice, Notice::Scripts { .. }) && settings.base.lock.whole().is_some()
        };
        let notices = made.0.notices.iter().filter(|notice| !is_known(notice));
        notices.for_each(|notice| self.terminal.warn(&hints::warning(notice)));
        Ok(made)
    }

    /// The same for a base, before there is an image.
    pub(crate) fn complete_base(&self, base: &Base) -> Result<(), Error> {
        let away =
            base.layers.iter().filter(|layer| self.store.blob_of_size(&layer.digest, layer.size()).is_none());
        let away: Vec<Descriptor> = away.map(descriptor).collect();
        let Some(name) = base.name.as_deref().filter(|_| !away.is_empty()) else { return Ok(()) };
        Ok(self.registries()?.fetch(&Reference::parse(name)?, &away, self.terminal)?)
    }

    pub(crate) fn registries(&self) -> Result<&Registries, Error> {
        if let Some(registries) = self.registries.get() {
            return Ok(registries);
        }
        let runtime = self.fetcher.runtime()?.handle().clone();
        let registries = self.options.open(&self.store, self.fetcher.offline(), runtime)?;
        Ok(self.registries.get_or_init(|| registries))
    }
}

/// What a base is made of, or only as far as it fits: as the lock was written for what is asked for, or for something else.
pub(crate) fn held<'p>(settings: &Settings, pins: Option<&'p Pins>) -> Held<'p, Pins> {
    match (pins, settings.base.lock.whole()) {
        (None, _) => Held::Nothing,
        (Some(pins), Some(_)) => Held::Whole(pins),
        (Some(pins), None) => Held::Partly(pins),
    }
}

fourply_store::record! {
    /// What a tag led to.
    struct LedTo<'a> in BaseDigest, rules 2 => Digest {
        name: &'a str,
        platform: &'a str,
    }
}

/// `host:5000/a/b:tag` without its tag.
fn without_tag(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    }
}

fn into_base(error: Error, name: &str) -> BaseError {
    match error {
        Error::Oci(OciError::Registry(error)) => base_image::into_base(error, name),
        Error::Oci(OciError::Reference(error)) => base_image::into_base(error.into(), name),
        other => BaseError::Setting { what: "image", text: name.to_owned(), reason: other.into() },
    }
}

/// Reads the workspace and makes sure that its lockfile is not stale; development dependencies that images have are dependencies in it.
///
/// # Errors
/// Those of the workspace.
pub(crate) fn workspace(settings: &Settings) -> Result<Workspace, Error> {
    read(settings, true)
}

/// The same, whatever the lockfile was made for: it is nobody's fault any more what an old one was.
///
/// # Errors
/// Those of the workspace.
pub(crate) fn read_workspace(settings: &Settings) -> Result<Workspace, Error> {
    read(settings, false)
}

fn read(settings: &Settings, fresh: bool) -> Result<Workspace, Error> {
    let options = ReadOptions {
        rules: settings.workspace.rules,
        user_npmrc: environment::user_npmrc().map(|path| read_text(&path, InputKind::Npmrc)).transpose()?,
        environment: environment::variables(),
    };
    let workspace = Workspace::read_with(&settings.workspace.root, &options)?;
    if fresh {
        check_fresh(&workspace)?;
    }
    Ok(workspace.with_development(&settings.workspace.development)?)
}

/// Calls `work` with this machine as a place for scripts.
pub(crate) fn with_script_host<T>(context: &Context<'_>, work: impl FnOnce(ScriptHost<'_>) -> T) -> T {
    work(ScriptHost {
        fetcher: &context.fetcher,
        folder: &context.folder,
        tools: &context.store.root().join("build/tools"),
        node: None,
        root: None,
        sandbox: &context.sandbox,
        jobs: rayon::current_num_threads(),
        progress: context.terminal,
        report: &TerminalReporter(context.terminal),
        cancelled: &interrupt::requested,
    })
}
