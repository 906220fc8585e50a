//! One build on one screen: the stages in the order in which data flows. Settings come in, an image whose blobs lie in the store
//! goes out. What each stage does, and how it is skipped when nothing changed, is told in its own crate.

mod at_once;
mod checks;
mod common;
mod dangling;
mod entry;
mod foreseen;
mod framework;
mod hoisted;
mod image;
mod needs;
mod not_service;
mod of_base;
mod open_secrets;
mod projects;
mod schema_engine;
mod start;
mod took;
mod unmatched;

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use fourply_app::{AppRequest, BuiltApp, EntryPoint, ScriptChoice, ScriptValues, Selection, Tasks, foresee};
use fourply_base::Account;
use fourply_modules::{LayersRequest, PlanRequest, Weights};
use fourply_pnpm::{Closure, ImporterId, Workspace, image_closure};
use fourply_scripts::ScriptHost;
use fourply_store::BuiltLayer;
use tracing::info_span;

use at_once::at_once;
use common::Common;
pub(crate) use common::default_budget;
use framework::Applied;
pub(crate) use needs::BuildNeeds;
pub(crate) use took::Took;

use crate::Error;
use crate::attest::{Facts, Made};
use crate::build_node::node_version;
use crate::build_root::{script_machine, with_root};
use crate::context::Context;
use crate::lock::Locked;
use crate::settings::{ROOT_IN_IMAGE, SelectionSettings, Settings};
use crate::{base_lock, downloads};
use fourply_oci::image::Image;

/// For how many services scripts run at once, at most: as many as pnpm runs packages at once (its `workspaceConcurrency`).
const AT_ONCE: usize = 4;

/// What a build gives.
#[derive(Debug)]
pub(crate) struct BuiltImage {
    /// The image; its blobs are in the store.
    pub image: Image,
    /// The layers that are not the base's, in their order.
    pub layers: Vec<BuiltLayer>,
    /// The secrets that the service's script was given, by name.
    pub secrets: BTreeSet<String>,
    /// The bytes of the base's files.
    pub base_size: u64,
    /// What node_modules weighs.
    pub weights: Weights,
    /// The bytes of the outputs.
    pub outputs_size: u64,
    /// What is said of the image beside it, where anybody asks.
    pub facts: Option<Facts>,
    /// No script ran: an earlier build had the same inputs.
    pub scripts_cached: bool,
    pub took: Took,
}

/// Builds one service's image.
///
/// # Errors
/// Those of the stages.
pub(crate) fn build(settings: &Settings, context: &Context<'_>) -> Result<BuiltImage, Error> {
    let common = Common::read(settings, context)?;
    let applied = Applied::new(settings, context, &common)?;
    let settings = applied.settings.as_ref();
    let scripted = run_scripts(settings, context, &common).map_err(|error| applied.explained(error))?;
    let started = (scripted.entry.as_ref(), &*common.base.rootfs);
    let settings = &start::started(settings, context, &scripted.service, started)?;
    let built = assemble(settings, context, &common, scripted)?;
    keep(settings, context, &common)?;
    Ok(built)
}

/// Builds the images of these services of a workspace, of all where none is named. What scripts do is done for several services at once; the layers come one after the
/// other, so that each shared one is made once and no more is in memory than for one. `settings` gives those of a service by its folder.
///
/// # Errors
/// Those of the stages; nothing was written but to the store.
pub(crate) fn build_all(
    first: &Settings,
    context: &Context<'_>,
    services: &[String],
    settings: impl Fn(&str) -> Result<Settings, Error> + Sync,
) -> Result<Vec<(Settings, BuiltImage)>, Error> {
    let common = Common::read(first, context)?;
    let threads = rayon::current_num_threads().min(AT_ONCE);
    let all: Vec<String> = common.shared.services.iter().map(ToString::to_string).collect();
    if services.is_empty() && first.workspace.services.is_none() {
        let left = not_service::left_out(&common.workspace.manifests, &common.shared.services);
        left.iter().for_each(|text| context.terminal.note(text));
    }
    let services = if services.is_empty() { &all } else { services };
    let scripted = at_once(services, threads, |service| {
        let scripted = settings(service).and_then(|settings| {
            let applied = Applied::new(&settings, context, &common)?;
            let settings = applied.settings.as_ref();
            if settings.build.network_table != first.build.network_table {
                common::warn_of_unknown(settings, context, &common.workspace);
            }
            let scripted = run_scripts(settings, context, &common);
            let scripted = scripted.map_err(|error| applied.explained(error))?;
            let started = (scripted.entry.as_ref(), &*common.base.rootfs);
            let settings = start::started(settings, context, &scripted.service, started)?;
            Ok((settings.into_owned(), scripted))
        });
        scripted.map_err(|error| of_service(service, error))
    })?;
    let finish = |(settings, scripted): (Settings, Scripted)| {
        let built = assemble(&settings, context, &common, scripted)
            .map_err(|error| of_service(&settings.workspace.service, error))?;
        Ok((settings, built))
    };
    let built = scripted.into_iter().map(finish).collect::<Result<_, Error>>()?;
    keep(first, context, &common)?;
    Ok(built)
}

/// Locks what was not: the base, and what scripts downloaded.
fn keep(settings: &Settings, context: &Context<'_>, common: &Common) -> Result<(), Error> {
    let toolchain = common.toolchain.as_ref().map(|toolchain| &toolchain.pins);
    let (root, asked) = (&settings.workspace.root, &settings.base.lock.asked);
    let locked = Locked::new(&common.base, &common.pins, toolchain, root, asked);
    let locked = Locked { build_node: context.build_nodes(), ..locked };
    base_lock::keep(settings, context, locked)?;
    downloads::keep(settings, context)
}

/// The error of one of several services; one that was interrupted is none of its.
fn of_service(service: &str, error: Error) -> Error {
    Error::OfService { service: service.to_owned(), source: Box::new(error) }
}

/// A service whose scripts ran.
struct Scripted {
    service: ImporterId,
    production: Closure,
    app: BuiltApp,
    app_layers: Vec<BuiltLayer>,
    account: Account,
    took: Duration,
    /// The program, where it is one of node's or no command was configured.
    entry: Option<EntryPoint>,
}

/// The stages that run the workspace's scripts: closure → application → its layers.
fn run_scripts(settings: &Settings, context: &Context<'_>, common: &Common) -> Result<Scripted, Error> {
    let _span = info_span!("service", of = settings.workspace.service).entered();
    let Common { workspace, base, target, .. } = common;
    let began = Instant::now();
    let service = workspace.importer(&settings.workspace.service)?;
    let unmatched = unmatched::unmatched_inputs(settings).chain(unmatched::misspelt_files(settings));
    unmatched.chain(open_secrets::open_secrets(settings)).for_each(|text| context.terminal.warn(&text));
    if let Some(text) = not_service::check(
        settings.container.cmd.is_some(),
        &workspace.manifests,
        &common.shared.services,
        &service,
    )? {
        context.terminal.warn(&text);
    }
    let closure_span = info_span!("closure", of = "image").entered();
    let whole = image_closure(workspace, &service, target)?;
    let production = whole.part(&service, &settings.layers.modules)?;
    drop(closure_span);
    let (account, writable) = image::account(settings, base, &service, workspace)?;
    checks::early(settings, context, common, &service, &account)?;
    if let (true, Some(cmd)) = (settings.build.runs_own_script(), &settings.container.cmd)
        && let Some(manifest) = workspace.manifests.get(&service)
    {
        let SelectionSettings { outputs, named, files, .. } = &settings.build.selection;
        let in_sources = |path: &str| workspace.root.join(service.path_of(path)).is_file();
        foresee(&service, manifest, (outputs, *named), files, cmd, &in_sources)?;
    }
    let foreseen = foreseen::Foreseen {
        settings,
        workspace,
        service: &service,
        rootfs: &base.rootfs,
        production: &production,
    };
    foreseen.check()?;
    checks::engines(settings, context, common, &service)?;
    // A service without its own script may have no packages with one: then no node runs.
    let node = match settings.build.runs_own_script() {
        true => Some(node_version(settings, context, base)?),
        false if settings.build.runs_scripts() => node_version(settings, context, base).ok(),
        false => None,
    };
    let machine = script_machine(common.toolchain.as_ref(), node.as_deref())?;
    let find = || BuildNeeds::of(workspace, settings, &service, &machine, &common.turbo);
    let needs = info_span!("closure", of = "build").in_scope(find)?;
    let BuildNeeds { tasks, projects, full } = &needs;
    let tasks = tasks.as_ref();
    let choice = settings.build.script.as_ref();
    let app = with_root(context, common.toolchain.as_ref(), |host| {
        fourply_app::build(&AppRequest {
            install: PlanRequest { target: &machine, ..install(settings, common, host) },
            node_version: node.as_deref().unwrap_or_default(),
            service: &service,
            tasks,
            selection: selection(settings, common, &|project| {
                settings.build.selection.project_script(project)
            }),
            full,
            projects,
            inputs: &settings.build.inputs,
            values: &values(settings, tasks, workspace, &service),
            production: &production,
            target,
            now: SystemTime::now(),
        })
    });
    let app = app.map_err(|error| entry::unbuilt(error, workspace, choice.is_none()))?;
    dangling::OutputLinks { context, workspace, service: &service, app: &app, writable: &writable }.warn()?;
    let known = start::values(settings, &base.rootfs);
    let entry = app.entry(workspace, &service, settings.container.cmd.as_deref(), &known);
    let entry = entry.map_err(|error| {
        let selection = &settings.build.selection;
        let outside = entry::outside(&error, &app, (&selection.outputs, selection.named));
        outside.unwrap_or_else(|| entry::unbuilt(error, workspace, choice.is_none()))
    })?;
    for folder in writable.named_as_files() {
        let text = format!(
            "writable: {folder} becomes a folder; for a file of that name, name the folder that it lies in"
        );
        context.terminal.warn(&text);
    }
    let app_layers =
        fourply_app::layers(&context.store, &app, &service, &writable, &common.image_root(settings))?;
    let took = began.elapsed();
    context.terminal.took(&format!("{service}: scripts and outputs"), took);
    Ok(Scripted { service, production, app, app_layers, account, entry, took })
}

/// The stages after them: the layers of packages → the image.
fn assemble(
    settings: &Settings,
    context: &Context<'_>,
    common: &Common,
    scripted: Scripted,
) -> Result<BuiltImage, Error> {
    let _span = info_span!("assemble", of = settings.workspace.service).entered();
    let Scripted { service, production, app, app_layers, account, entry, took } = scripted;
    let began = Instant::now();
    let Common { workspace, base, target, .. } = common;
    let cleared = image::cleared_layer(settings, context, common)?;
    let user = image::user_layer(settings, context, &account)?;
    // An injected package has what the build left in its folder, and so has a command of a workspace package.
    let packages = &settings.layers.modules;
    let modules = (!packages.is_none()).then(|| {
        let _span = info_span!("modules").entered();
        with_root(context, common.toolchain.as_ref(), |host| {
            fourply_modules::layers(&LayersRequest {
                plan: PlanRequest { built: Some(app.pack), ..install(settings, common, host) },
                service: &service,
                production: &production,
                packages,
                folders: &app.folders,
                shared: &common.shared,
                image: common.image_root(settings),
                prune: common.prune.as_ref(),
            })
        })
    });
    let modules = modules.transpose()?;
    let weights = match &modules {
        Some(modules) => Weights::of(&context.store, modules, workspace, &production, &service, target)?,
        None => Weights::default(),
    };
    let check = checks::ImageCheck {
        context,
        common,
        service: &service,
        production: &production,
        app: &app,
        packages,
        ignores_scripts: settings.install.ignore_scripts,
        modules: modules.as_ref(),
        entrypoint: settings.container.entrypoint.as_deref().unwrap_or_default(),
        outputs: settings.build.selection.named.then_some(&settings.build.selection.outputs),
        container: &settings.container,
        files: &settings.build.selection.files,
        development: &settings.workspace.development,
        script: settings.build.script.as_ref().filter(|_| settings.build.runs_own_script()),
    };
    let (base_size, outputs_size) = (of_base::size(base), context.store.pack_size(&app.pack));
    let below = cleared.into_iter().chain(user);
    let packages = modules.iter().flat_map(|modules| modules.layers.clone());
    let layers: Vec<BuiltLayer> = below.chain(packages).chain(app_layers).collect();
    let folder = start::folder(settings, entry.as_ref()).map(str::to_owned);
    let parts = image::ImageParts {
        workspace,
        service: &service,
        base,
        account: &account,
        layers: &layers,
        folder: folder.as_deref(),
        check: &|image| info_span!("check").in_scope(|| check.run(image)),
    };
    let of_package =
        entry.as_ref().is_some_and(|entry| entry.command.is_some() || entry.beside.shell.is_some());
    let of_framework = settings.container.cmd_of_framework;
    let inventory = modules.as_ref().filter(|_| of_package || of_framework);
    let inventory = inventory.and_then(|modules| modules.inventory(&context.store)).unwrap_or_default();
    let start = entry::Start {
        settings,
        context,
        service: &service,
        workspace,
        rootfs: &base.rootfs,
        inventory: &inventory,
    };
    let cmd = start.command(entry)?.ok_or_else(|| app.no_entry(workspace, &service))?;
    let words: Vec<String> = settings.container.entrypoint.iter().flatten().chain(&cmd).cloned().collect();
    if schema_engine::is_needed(settings, &words)
        && let Some(inventory) = modules.as_ref().and_then(|modules| modules.inventory(&context.store))
        && let Some(text) = schema_engine::missing(settings, &context.store, &inventory)
    {
        context.terminal.warn(&format!("{service}: {text}"));
    }
    let image = image::assemble(settings, context, &parts, cmd)?;
    let made = Made {
        settings,
        context,
        workspace,
        base,
        pins: &common.pins,
        toolchain: common.toolchain.as_ref().map(|toolchain| &toolchain.pins),
        hidden: &common.hidden,
        service: &service,
        production: &production,
        app: &app,
        modules: modules.as_ref(),
    };
    let facts = made.facts()?;
    let took = Took { scripts: took, layers: began.elapsed() };
    context.terminal.took(&format!("{service}: layers and image"), took.layers);
    let (scripts_cached, secrets) = (app.reused, app.secrets);
    Ok(BuiltImage { image, layers, base_size, weights, outputs_size, secrets, facts, scripts_cached, took })
}

/// What scripts are given: no secrets where nothing runs that would get them.
fn values(
    settings: &Settings,
    tasks: Option<&Tasks>,
    workspace: &Workspace,
    service: &ImporterId,
) -> ScriptValues {
    let values = settings.build.values.clone();
    let manifest = workspace.manifests.get(service).filter(|_| settings.build.runs_own_script());
    match tasks.zip(manifest).is_some_and(|(tasks, manifest)| tasks.run_in(service, manifest)) {
        true => values,
        false => ScriptValues { secrets: Default::default(), ..values },
    }
}

/// Which files go into the image.
fn selection<'a>(
    settings: &'a Settings,
    common: &'a Common,
    project_script: &'a (dyn Fn(&ImporterId) -> Option<ScriptChoice> + Sync),
) -> Selection<'a> {
    let SelectionSettings { outputs, named, package_outputs, files, .. } = &settings.build.selection;
    let prune = common.prune.as_deref();
    let modules = &settings.layers.modules;
    let cmd = settings.container.cmd.as_deref();
    Selection { outputs, named: *named, cmd, package_outputs, files, modules, prune, project_script }
}

/// How packages are installed: for the image, before anything was built.
fn install<'a>(settings: &'a Settings, common: &'a Common, host: ScriptHost<'a>) -> PlanRequest<'a> {
    PlanRequest {
        host,
        workspace: &common.workspace,
        settings: &settings.install,
        target: &common.target,
        root_in_image: ROOT_IN_IMAGE,
        strict: true,
        built: None,
    }
}
