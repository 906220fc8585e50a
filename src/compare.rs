//! A service's image beside the one that its team has. In: both images in the store, or the text of a Dockerfile; settings. Out: a comparison, and how both started.

use std::collections::{BTreeMap, BTreeSet};

use fourply_app::{Patterns, SourceScope};
use fourply_compare::{Comparison, Known, OurHealth, Probe, Request, RunConfig, Side, Theirs, compare};
use fourply_dockerfile::DockerImage;
use fourply_platform::Platform;
use fourply_pnpm::{Closure, ImporterId, Include, Resolution, Target, Workspace, closure, image_closure};
use fourply_rootfs::{ContentHash, RootfsMetadata, content_hashes};
use fourply_smoke::{Outcome, Reason, SmokeImage, SmokeOptions, smoke};
use fourply_store::Store;

use crate::config::{Config, Health, Probe as Configured};
use crate::context::{Context, workspace};
use crate::report::{Started, diagnosis};
use crate::settings::{ROOT_IN_IMAGE, Settings, USUAL_PATHS};
use crate::smoke::SmokeTest;
use crate::{Error, interrupt, sandbox};

/// Folders that no workspace lies in: what distributions have.
const SYSTEM: [&str; 12] =
    ["bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr", "var"];

/// An image whose layers lie in the store.
pub(crate) struct Image {
    pub image: SmokeImage,
    pub rootfs: RootfsMetadata,
    /// What its files hold, but for those of the system.
    pub contents: BTreeMap<String, ContentHash>,
    pub compressed: u64,
}

impl Image {
    /// Reads what the layers hold.
    ///
    /// # Errors
    /// A layer that no engine should be given.
    pub(crate) fn read(store: &Store, image: SmokeImage) -> Result<Image, Error> {
        let env = RunConfig::of_image(&image.config).env;
        let env: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let rootfs =
            RootfsMetadata::read(store, &image.layers, &env).map_err(fourply_base::BaseError::from)?;
        let counts = |path: &str| !SYSTEM.contains(&path.split('/').next().unwrap_or_default());
        let contents =
            content_hashes(store, &image.layers, &counts).map_err(fourply_base::BaseError::from)?;
        let size = |layer: &fourply_rootfs::LayerDigests| {
            let path = store.blob_path(&layer.digest);
            path.and_then(|path| path.metadata().ok()).map_or(0, |metadata| metadata.len())
        };
        let compressed = image.layers.iter().map(size).sum();
        Ok(Image { image, rootfs, contents, compressed })
    }

    fn side(&self) -> Side<'_> {
        let Image { image, rootfs, contents, compressed } = self;
        Side { config: &image.config, rootfs, contents, compressed: *compressed }
    }
}

/// What the team has.
pub(crate) enum TeamHas {
    Image(Box<Image>),
    Dockerfile(Box<DockerImage>),
}

/// Compares them.
///
/// # Errors
/// Those of the workspace.
pub(crate) fn compared(
    settings: &Settings,
    config: &Config,
    context: &Context<'_>,
    team: &TeamHas,
    ours: &Image,
) -> Result<(Known, Comparison), Error> {
    let workspace = workspace(settings)?;
    let known = known(settings, context, &workspace, &ours.rootfs)?;
    let theirs = match team {
        TeamHas::Image(image) => Theirs::Image(image.side()),
        TeamHas::Dockerfile(image) => Theirs::Dockerfile(image),
    };
    let health = health(settings, config);
    let found = compare(&Request {
        known: &known,
        theirs,
        ours: ours.side(),
        health,
        names_port: settings.container.names_port,
        names_cmd: settings.container.cmd.is_some(),
        certificates: config.base.certificates.iter().map(|path| plain(path)).collect(),
    });
    Ok((known, found))
}

fn known(
    settings: &Settings,
    context: &Context<'_>,
    workspace: &Workspace,
    ours: &RootfsMetadata,
) -> Result<Known, Error> {
    let service = workspace.importer(&settings.workspace.service)?;
    let libc = ours.libc.unwrap_or(fourply_platform::Libc::Glibc);
    let target = Target::new(&Platform::host().architecture, libc, ours.node.as_deref())?;
    let production = image_closure(workspace, &service, &target)?;
    let all: Vec<ImporterId> = workspace.manifests.keys().cloned().collect();
    let development = closure(workspace, &all, Include::All, &target)?;
    let needed = fourply_app::needed_folders(&production);
    let needed: BTreeSet<ImporterId> = needed.into_iter().chain([service.clone()]).collect();
    let outputs = &settings.build.selection;
    let patterns: Vec<String> = outputs.outputs.iter().chain(&outputs.package_outputs).cloned().collect();
    let sources = fourply_app::list(&SourceScope {
        root: &workspace.root,
        packages: &workspace.manifests.keys().cloned().collect(),
        needed: &needed,
        built: &needed,
        outputs: &Patterns::new(&patterns)?,
    });
    // A file that a build would refuse was refused before.
    let sources = sources.inspect_err(|error| context.terminal.warn(error)).unwrap_or_default();
    let manifest = workspace.manifests.get(&service);
    let named = workspace.manifests.iter().filter(|(id, _)| !id.is_root());
    Ok(Known {
        service: service.as_str().to_owned(),
        root_in_image: ROOT_IN_IMAGE.to_owned(),
        production: packages(&production),
        development: packages(&development),
        packages: named
            .map(|(id, manifest)| {
                let name = manifest.name.clone().unwrap_or_else(|| id.to_string());
                (name, id.to_string())
            })
            .collect(),
        scripts: manifest.map(|manifest| manifest.scripts.clone()).unwrap_or_default(),
        lists_files: manifest.is_some_and(|manifest| manifest.raw.get("files").is_some()),
        needed: needed.iter().map(ToString::to_string).collect(),
        sources: sources.into_iter().map(|file| file.path).collect(),
    })
}

/// Name and version of the packages that come from elsewhere.
fn packages(closure: &Closure) -> BTreeSet<(String, String)> {
    let own = |resolution: &Resolution| matches!(resolution, Resolution::Directory { .. });
    let foreign = closure.packages.values().filter(|package| !own(&package.resolution));
    foreign.map(|package| (package.name.clone(), package.version.clone())).collect()
}

/// The health check as it is configured, and the usual paths without a word.
fn health(settings: &Settings, config: &Config) -> Option<OurHealth> {
    let times = settings.container.health.as_ref()?;
    let own = config.services.get(&settings.workspace.service).and_then(|own| own.health.as_ref());
    let probe = match own.or(config.image.health.as_ref()) {
        Some(Health::Check(check)) => check.probe.clone(),
        _ => Configured::Usual,
    };
    let probe = match probe {
        Configured::Usual => Probe::Paths(USUAL_PATHS.map(str::to_owned).to_vec()),
        Configured::Paths(paths) => Probe::Paths(paths),
        Configured::Command(words) => Probe::Command(words),
    };
    Some(OurHealth {
        probe,
        usual: times.usual,
        interval: times.interval,
        timeout: times.timeout,
        start_period: times.start_period,
        retries: times.retries,
    })
}

/// A path without what does not change it.
fn plain(path: &str) -> String {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}

/// Starts an image, and says how that went.
///
/// # Errors
/// Those of unpacking and starting it.
pub(crate) fn started(test: &SmokeTest, store: &Store, image: &SmokeImage) -> Result<Started, Error> {
    let options =
        SmokeOptions { environment: test.environment.clone(), network: test.network, timeout: test.timeout };
    interrupt::begin_scripts();
    let judged = smoke(store, &sandbox::of_images(), image, &options, &interrupt::requested, &mut |_| ());
    interrupt::end_scripts();
    let verdict = judged?;
    let outcome = match verdict.outcome {
        Outcome::Well => "well",
        Outcome::AtFault => "at fault",
        Outcome::Inconclusive => "cannot be told",
    };
    let silent = matches!(verdict.reason, Reason::Silent { .. });
    Ok(Started { outcome, silent, why: diagnosis(&verdict) })
}
