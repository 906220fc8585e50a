//! The end of a build: the image's user, and its configuration from settings, base and the service's own files.

use std::path::Path;
use std::sync::Arc;

use fourply_app::WritableFolders;
use fourply_base::{Account, Base, UserSpec, accounts as resolve, without};
use fourply_blob::{Fragment, MTIME, Meta};
use fourply_pnpm::{ImporterId, Workspace};
use fourply_store::BuiltLayer;

use super::common::{self, Common};
use crate::Error;
use crate::base_image::base_image;
use crate::context::Context;
use crate::settings::{HealthSettings, ROOT_IN_IMAGE, Revision, Settings, USUAL_PATHS, WorkspaceSettings};
use fourply_oci::image::{Annotations, Healthcheck, Image, ImageSettings};
use fourply_oci::{Layer, LayerHistory};

/// The user, resolved against the base's accounts, and the folders of the service that it may write to.
///
/// # Errors
/// Where the name or number is somebody else's, or a folder cannot be the user's.
pub(super) fn account(
    settings: &Settings,
    base: &Base,
    service: &ImporterId,
    workspace: &Workspace,
) -> Result<(Account, WritableFolders), Error> {
    let account = resolve(&base.rootfs, &settings.container.user.parse::<UserSpec>()?)?;
    let owner = (account.uid, account.gid);
    let packages: Vec<ImporterId> = workspace.manifests.keys().cloned().collect();
    let writable =
        WritableFolders::new(&settings.container.writable, service, &packages, ROOT_IN_IMAGE, owner)?;
    Ok((account.with_folders(&base.rootfs, &writable.outside)?, writable))
}

/// The layer that adds the user, where the base does not have it, and its folders outside of the workspace.
///
/// # Errors
/// Where the layer cannot be written.
pub(super) fn user_layer(
    settings: &Settings,
    context: &Context<'_>,
    account: &Account,
) -> Result<Option<BuiltLayer>, Error> {
    let Some(fragment) = account.fragment() else { return Ok(None) };
    let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(fragment)];
    let comment = format!("the user {}", settings.container.user);
    Ok(Some(context.store.build_layer("base", &comment, &fragments, settings.layers.codec)?))
}

/// The layer that leaves out what the base has at the workspace's place, where it has something there.
///
/// # Errors
/// Where the layer cannot be written.
pub(super) fn cleared_layer(
    settings: &Settings,
    context: &Context<'_>,
    common: &Common,
) -> Result<Option<BuiltLayer>, Error> {
    if common.hidden.is_empty() {
        return Ok(None);
    }
    let place = ROOT_IN_IMAGE.trim_start_matches('/');
    let meta = common::place(settings, &common.base).unwrap_or_else(|| Meta::directory(0, 0));
    let left_out = without(&common.base.rootfs, (place, &meta), &common.hidden)?;
    let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(left_out)];
    let comment = format!("without what the base has in {ROOT_IN_IMAGE}");
    Ok(Some(context.store.build_layer("base", &comment, &fragments, settings.layers.codec)?))
}

/// What an image is put together from.
pub(super) struct ImageParts<'a> {
    /// Where the service lies.
    pub workspace: &'a Workspace,
    pub service: &'a ImporterId,
    /// What the image stands on.
    pub base: &'a Base,
    pub account: &'a Account,
    /// The layers above the base.
    pub layers: &'a [BuiltLayer],
    /// Where a container starts, relative to the service's folder, if that is another one.
    pub folder: Option<&'a str>,
    /// Looks whether an image with this configuration can start.
    pub check: &'a dyn Fn(&ImageSettings) -> Result<(), Error>,
}

/// The image.
///
/// # Errors
/// Where a setting cannot stand in an image, or a program that it names is not in the base.
pub(super) fn assemble(
    settings: &Settings,
    context: &Context<'_>,
    parts: &ImageParts<'_>,
    cmd: Vec<String>,
) -> Result<Image, Error> {
    let _span = tracing::info_span!("image").entered();
    let ImageParts { workspace, service, base, account, layers, folder, check } = parts;
    let stands_on = base_image(base, &context.store);
    let manifest = workspace.manifests.get(*service);
    let revision = revision(settings, context);
    let annotations = Annotations {
        title: Some(settings.service_name().to_owned()),
        version: manifest.and_then(|manifest| manifest.version.clone()),
        revision: revision.clone().map(|(revision, _)| revision),
        source: None,
    };
    let image = ImageSettings {
        user: Some(format!("{}:{}", account.uid, account.gid)),
        working_dir: Some(match folder {
            Some(folder) => format!("{}/{folder}", working_dir(service)),
            None => working_dir(service),
        }),
        env: env(settings, account),
        exposed_ports: settings.container.port.iter().map(|port| format!("{port}/tcp")).collect(),
        healthcheck: settings.container.health.as_ref().map(healthcheck),
        entrypoint: Some(entrypoint(settings, context, base)?),
        cmd: Some(cmd),
        labels: revision
            .filter(|(_, is_label)| *is_label)
            .map(|(revision, _)| (REVISION.to_owned(), revision))
            .into_iter()
            .chain(settings.container.labels.clone())
            .collect(),
        annotations: annotations.with(&settings.container.annotations),
        stop_signal: None,
        created: settings.source.created.or(stands_on.created()).unwrap_or(MTIME),
    };
    check(&image)?;
    note_health(settings, context)?;
    let layer = |layer: &BuiltLayer| {
        let history =
            LayerHistory { created_by: format!("fourply {}", layer.stage), comment: layer.comment.clone() };
        Layer::written(&context.store, &layer.blob, history)
    };
    let own: Vec<Layer> = layers.iter().map(layer).collect();
    Ok(Image::assemble(&stands_on, &own, &image)?)
}

/// The label and the annotation of a commit. Source: OCI image specification, annotations.md.
const REVISION: &str = "org.opencontainers.image.revision";

/// What the image says of the commit, and whether a label says it as well.
fn revision(settings: &Settings, context: &Context<'_>) -> Option<(String, bool)> {
    match &settings.source.revision {
        Revision::Off => None,
        Revision::Annotation(hash) => Some((hash.clone(), false)),
        Revision::Label(described) => Some((described.clone(), true)),
        Revision::Unknown => {
            context
                .terminal
                .warn(&"`revision = true`, but git knows no commit of this workspace: the image names none");
            None
        }
    }
}

pub(super) fn env(settings: &Settings, account: &Account) -> std::collections::BTreeMap<String, String> {
    let own = [("NODE_ENV", "production".to_owned()), ("SERVICE_NAME", settings.service_name().to_owned())];
    let port = settings.container.port.map(|port| ("PORT", port.to_string()));
    let home = account.home.clone().map(|home| ("HOME", home));
    let own = own.into_iter().chain(port).chain(home).map(|(name, value)| (name.to_owned(), value));
    own.chain(settings.container.env.clone()).collect()
}

fourply_store::record! {
    /// That a user was told how a service is asked for its health.
    struct HealthNoteOf<'a> in Noted, rules 1 => bool {
        root: &'a Path,
        service: &'a str,
    }
}

/// Says once for each service, with one store, that nobody configured its check.
fn note_health(settings: &Settings, context: &Context<'_>) -> Result<(), Error> {
    let Some(HealthSettings { usual: true, .. }) = settings.container.health else { return Ok(()) };
    let WorkspaceSettings { root, service, .. } = &settings.workspace;
    let note = HealthNoteOf { root, service };
    if context.store.has(&note) {
        return Ok(());
    }
    let port = settings.container.port.unwrap_or_default();
    context.terminal.note(&format!(
        "no `health` is configured: the usual paths ({}, …) are asked on PORT, and a service that has none of them counts as healthy. One that reads \
         its port from another variable needs a line such as env = {{ APP_PORT = \"{port}\" }}",
        USUAL_PATHS[..2].join(", ")
    ));
    Ok(context.store.put(&note, &true)?)
}

fn healthcheck(health: &HealthSettings) -> Healthcheck {
    Healthcheck {
        test: health.test.clone(),
        interval: Some(health.interval),
        timeout: Some(health.timeout),
        start_period: Some(health.start_period),
        retries: Some(health.retries),
    }
}

/// What was configured, if the base has it; without a word, tini where the base has it and nothing where it has not.
fn entrypoint(settings: &Settings, context: &Context<'_>, base: &Base) -> Result<Vec<String>, Error> {
    match &settings.container.entrypoint {
        // Whether it is there is checked with the rest of the image.
        Some(entrypoint) => Ok(entrypoint.clone()),
        None => match base.rootfs.which("tini", &path(base)) {
            Some(tini) => Ok(vec![tini, "--".to_owned()]),
            None => {
                context
                    .terminal
                    .warn(&"the base has no tini, so the service itself is process 1 of its container");
                Ok(Vec::new())
            }
        },
    }
}

/// The words of the entry point, as far as they need no warning.
pub(super) fn entry_words(settings: &Settings, base: &Base) -> Vec<String> {
    let tini = || base.rootfs.which("tini", &path(base)).map(|tini| vec![tini, "--".to_owned()]);
    settings.container.entrypoint.clone().or_else(tini).unwrap_or_default()
}

/// The folder that a container starts in.
pub(super) fn working_dir(service: &ImporterId) -> String {
    if service.is_root() { ROOT_IN_IMAGE.to_owned() } else { format!("{ROOT_IN_IMAGE}/{service}") }
}

fn path(base: &Base) -> String {
    let env = base.config.config().as_ref().and_then(|config| config.env().clone()).unwrap_or_default();
    let path = env.iter().find_map(|variable| variable.strip_prefix("PATH=").map(str::to_owned));
    path.unwrap_or_else(|| fourply_rootfs::DEFAULT_PATH.to_owned())
}
