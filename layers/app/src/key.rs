//! The keys of builds. In: the request and the key over its sources. Out: keys. The keys of a service, a level and a
//! package share the scripts' environment: a change there increases the rules number of all three. A change of
//! capturing increases those of a service and of prebuilt outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::{Inputs as _, Key};
use fourply_modules::Prune;
use fourply_pnpm::{
    Closure, ClosurePackage, DepPath, Dependency, HoistableNames, ImagePackages, ImporterId, NodeLinker,
    PnpmSettings, Resolution, Rules, Workspace,
};

use crate::hash::HashedSource;
use crate::included::IncludedFiles;
use crate::sources::SourceFile;
use crate::tasks::TaskInputs;
use crate::why::{BuildDecisions, DEPENDENCIES};
use crate::{AppRequest, Tasks};
use fourply_scripts::sandbox::NetworkAccess;
use fourply_scripts::{DownloadLines, rooted};

fourply_blob::inputs! {
    /// The outputs of a build with scripts.
    struct BuildInputs<'a>: "build of a service", rules 18 {
        service: &'a ImporterId,
        /// Projects that are always built before it.
        projects: &'a [ImporterId],
        /// Whether its own script runs.
        own_script: bool,
        /// The names of secrets; values are not part of the key.
        secrets: Vec<&'a str>,
        sources: &'a Key,
        environment: EnvironmentInputs<'a>,
        captured: CapturedInputs<'a>,
    }
}

fourply_blob::inputs! {
    /// The result of one level of packages.
    struct LevelInputs<'a>: "level of packages", rules 13 {
        packages: &'a [ImporterId],
        /// The build folder: the result of a level may contain its path, so it is valid only for the same folder.
        place: &'a Path,
        /// The sources that exist when the level's scripts run.
        visible: &'a Key,
        environment: EnvironmentInputs<'a>,
    }
}

fourply_blob::inputs! {
    /// The result of a package that is built in isolation.
    struct PackageInputs<'a>: "package by itself", rules 13 {
        package: &'a ImporterId,
        /// The sources that the package sees.
        sources: &'a Key,
        environment: EnvironmentInputs<'a>,
    }
}

fourply_blob::inputs! {
    /// Outputs that exist in the workspace already: the captured files are the only input.
    struct PrebuiltInputs<'a>: "prebuilt outputs", rules 15 {
        service: &'a ImporterId,
        files: &'a Key,
        captured: CapturedInputs<'a>,
    }
}

fourply_blob::inputs! {
    /// The files that a build wrote to node_modules.
    struct GeneratedInputs<'a>: "generated files", rules 3 {
        build: &'a Key,
    }
}

/// The scripts' environment, except sources.
struct EnvironmentInputs<'a> {
    tasks: TaskInputs<'a>,
    install: Key,
    node: &'a str,
    package_manager: Option<&'a str>,
    epoch: i64,
    env: BTreeMap<String, String>,
    /// For the packages whose scripts run.
    network: NetworkAccess,
}

fourply_blob::key_value!(EnvironmentInputs<'a> { tasks, install, node, package_manager, epoch, env, network });

impl<'a> EnvironmentInputs<'a> {
    fn new(request: &AppRequest<'a>, tasks: &'a Tasks) -> EnvironmentInputs<'a> {
        EnvironmentInputs {
            tasks: tasks.inputs(&request.full.importers.iter().collect()),
            install: whole_install(request),
            node: request.node_version,
            package_manager: request.workspace().package_manager(),
            epoch: request.install.settings.source_date_epoch,
            env: request.env(),
            network: network(request),
        }
    }
}

/// The files in the image.
struct CapturedInputs<'a> {
    root: &'a str,
    target: String,
    outputs: Vec<String>,
    named: bool,
    program: Option<String>,
    package_outputs: &'a [String],
    turbo_outputs: BTreeMap<&'a str, &'a [String]>,
    files: &'a [IncludedFiles],
    modules: &'a ImagePackages,
    prune: Option<Key>,
    /// The workspace packages of the image.
    importers: &'a [ImporterId],
}

fourply_blob::key_value!(CapturedInputs<'a> { root, target, outputs, named, program, package_outputs, turbo_outputs, files, modules, prune, importers });

impl<'a> CapturedInputs<'a> {
    fn new(request: &AppRequest<'a>) -> CapturedInputs<'a> {
        CapturedInputs {
            root: request.install.root_in_image,
            target: request.target.machine(),
            outputs: request.outputs(),
            named: request.selection.named,
            program: request.program(),
            package_outputs: request.selection.package_outputs,
            turbo_outputs: request.package_turbo_outputs(),
            files: request.selection.files,
            modules: request.selection.modules,
            prune: request.selection.prune.map(Prune::key),
            importers: &request.production.importers,
        }
    }
}

/// The key over every input of a build with scripts.
pub(crate) fn build_key(request: &AppRequest<'_>, sources: &Key, tasks: &Tasks) -> Key {
    let environment = EnvironmentInputs::new(request, tasks);
    let captured = CapturedInputs::new(request);
    let inputs = BuildInputs {
        service: request.service,
        projects: request.projects,
        own_script: request.values.own_script,
        secrets: request.secret_names(),
        sources,
        environment,
        captured,
    };
    inputs.key()
}

/// The inputs of the outputs, by names that users know.
pub(crate) fn build_decisions(
    request: &AppRequest<'_>,
    tasks: &Tasks,
    sources: &[HashedSource],
) -> BuildDecisions {
    let list = |texts: Vec<&str>| texts.join(", ");
    let mut settings = BTreeMap::from([
        ("the script", tasks.text()),
        (DEPENDENCIES, whole_install(request).hex()),
        ("node", request.node_version.to_owned()),
        ("packageManager", request.workspace().package_manager().unwrap_or_default().to_owned()),
        ("SOURCE_DATE_EPOCH", request.install.settings.source_date_epoch.to_string()),
        ("the platform", request.target.machine()),
        (
            "the list of the workspace's packages",
            WorkspaceInputs { view: WorkspaceView::of(request.workspace(), request.full) }.key().hex(),
        ),
        ("the configured `output`", request.outputs().join(", ")),
        (
            "the configured `files`",
            list(request.selection.files.iter().map(|files| files.from.as_str()).collect()),
        ),
        ("the configured `modules`", modules(request.selection.modules)),
        ("the configured `secrets`", list(request.secret_names())),
        ("what scripts download", DownloadInputs { lines: network(request).lines() }.key().hex()),
        ("whether the service's own script runs", request.values.own_script.to_string()),
        ("the configured `projects`", list(request.projects.iter().map(ImporterId::as_str).collect())),
    ])
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect::<BTreeMap<_, _>>();
    let env = request.env();
    settings.extend(env.iter().map(|(name, value)| (format!("env {name}"), Key::of(value.as_bytes()).hex())));
    let packages = request.full.packages.keys().map(ToString::to_string).collect();
    let sources = sources.iter().map(|hashed| (&hashed.source, &hashed.content));
    BuildDecisions { settings, packages, sources: BuildDecisions::of_sources(sources) }
}

/// The inputs of outputs without scripts.
pub(crate) fn prebuilt_decisions<'s>(
    request: &AppRequest<'_>,
    files: impl Iterator<Item = (&'s SourceFile, &'s Key)>,
) -> BuildDecisions {
    let included = request.selection.files.iter().map(|files| files.from.as_str()).collect::<Vec<_>>();
    let settings = [
        ("the configured `output`", request.outputs().join(", ")),
        ("the configured `files`", included.join(", ")),
        ("the configured `modules`", modules(request.selection.modules)),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    BuildDecisions { settings, packages: BTreeSet::new(), sources: BuildDecisions::of_sources(files) }
}

/// As configured.
fn modules(packages: &ImagePackages) -> String {
    match packages {
        ImagePackages::All => "true".to_owned(),
        ImagePackages::Only(_) if packages.is_none() => "false".to_owned(),
        ImagePackages::Only(names) => names.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    }
}

/// The key over every input of one level; `visible` is the key over the sources that exist when its scripts run.
pub(crate) fn level_key(
    request: &AppRequest<'_>,
    tasks: &Tasks,
    level: &[ImporterId],
    place: &Path,
    visible: &Key,
) -> Key {
    let environment = EnvironmentInputs::new(request, tasks);
    LevelInputs { packages: level, place, visible, environment }.key()
}

/// The key over every input of a package that is built in isolation, including the key of its sources.
pub(crate) fn package_key(request: &AppRequest<'_>, tasks: &Tasks, sources: &Key) -> Key {
    let environment = EnvironmentInputs::new(request, tasks);
    PackageInputs { package: request.service, sources, environment }.key()
}

/// The key over prebuilt outputs.
pub(crate) fn prebuilt_key(request: &AppRequest<'_>, files: &Key) -> Key {
    let captured = CapturedInputs::new(request);
    PrebuiltInputs { service: request.service, files, captured }.key()
}

/// The key of the files that a build wrote to node_modules, from the build's key.
pub(crate) fn generated_key(build: &Key) -> Key {
    GeneratedInputs { build }.key()
}

fourply_blob::inputs! {
    /// The files that an install of the full closure writes: packages by integrity, edges, settings.
    struct InstallInputs<'a>: "install", rules 5 {
        machine: String,
        rules: &'a Rules,
        /// All settings, including those without effect here: they change about once a year.
        settings: &'a PnpmSettings,
        importers: &'a [ImporterId],
        direct: &'a BTreeMap<ImporterId, Vec<(String, Dependency)>>,
        unlinked: &'a BTreeMap<ImporterId, Vec<(String, Dependency)>>,
        packages: &'a BTreeMap<DepPath, ClosurePackage>,
        /// Over the lockfile's text, if all of it affects the locations of packages.
        lockfile: Option<Key>,
        workspace: WorkspaceView<'a>,
    }
}

fourply_blob::inputs! {
    /// The parts of a workspace that an install shows.
    struct WorkspaceInputs<'a>: "packages of the workspace", rules 2 {
        view: WorkspaceView<'a>,
    }
}

/// The workspace's packages that an install shows: those of the closure. For the others, only names count that keep a
/// package from being hoisted. Under `nodeLinker: hoisted` all count.
struct WorkspaceView<'a> {
    packages: Vec<WorkspacePackage<'a>>,
    hoistable: Vec<(String, ImporterId)>,
    taken: BTreeSet<String>,
}

fourply_blob::key_value!(WorkspaceView<'a> { packages, hoistable, taken });

impl<'a> WorkspaceView<'a> {
    fn of(workspace: &'a Workspace, closure: &Closure) -> WorkspaceView<'a> {
        let hoisted = workspace.settings.node_linker == NodeLinker::Hoisted;
        let counts = |folder: &ImporterId| hoisted || closure.importers.contains(folder);
        let packages = workspace.manifests.iter().filter(|(folder, _)| counts(folder));
        let packages = packages.map(|(folder, manifest)| WorkspacePackage {
            folder,
            name: manifest.name.as_deref(),
            commands: &manifest.bin,
        });
        let HoistableNames { own, taken } = HoistableNames::of(workspace, closure);
        WorkspaceView { packages: packages.collect(), hoistable: own, taken }
    }
}

/// A workspace package as hoisting sees it.
struct WorkspacePackage<'a> {
    folder: &'a ImporterId,
    name: Option<&'a str>,
    commands: &'a BTreeMap<String, String>,
}

fourply_blob::key_value!(WorkspacePackage<'a> { folder, name, commands });

fourply_blob::inputs! {
    /// An install whose packages may come from a pnpm store.
    struct UnverifiedInstallInputs<'a>: "install from pnpm's store", rules 2 {
        install: &'a Key,
    }
}

fourply_blob::inputs! {
    /// An install with the results of its packages' own scripts.
    struct ScriptedInstallInputs<'a>: "install with scripts", rules 5 {
        install: &'a Key,
        node: &'a str,
        package_manager: Option<&'a str>,
        epoch: i64,
        env: &'a BTreeMap<String, String>,
        network: NetworkAccess,
    }
}

fourply_blob::inputs! {
    /// The downloads of scripts, so that a change is detected.
    struct DownloadInputs: "downloads of scripts", rules 1 {
        lines: DownloadLines,
    }
}

fourply_blob::inputs! {
    /// An install with packages that are copies of folders: the lockfile does not cover their files.
    struct CopyingInstallInputs<'a>: "install with copies", rules 2 {
        install: &'a Key,
        sources: &'a Key,
    }
}

/// The packages whose scripts run and may use the network.
fn network(request: &AppRequest<'_>) -> NetworkAccess {
    request.install.settings.network.within(request.workspace(), request.full)
}

/// The key over an install with the results of its packages' own scripts.
fn whole_install(request: &AppRequest<'_>) -> Key {
    install_of(request, network(request))
}

fn install_of(request: &AppRequest<'_>, network: NetworkAccess) -> Key {
    let settings = request.install.settings;
    let mut install = install_key(request.full, request.workspace(), request.install.target.machine());
    if settings.from_pnpm_store {
        install = UnverifiedInstallInputs { install: &install }.key();
    }
    install = rooted(install, request.install.host.root);
    if !request.install_scripts() {
        return install;
    }
    let inputs = ScriptedInstallInputs {
        install: &install,
        node: request.node_version,
        package_manager: request.workspace().package_manager(),
        epoch: settings.source_date_epoch,
        env: &settings.env,
        network,
    };
    inputs.key()
}

/// The key over the files that an install of a closure writes before any script runs.
pub(crate) fn install_key(closure: &Closure, workspace: &Workspace, machine: String) -> Key {
    let hoisted = workspace.settings.node_linker == NodeLinker::Hoisted;
    let inputs = InstallInputs {
        machine,
        lockfile: hoisted.then_some(workspace.lockfile_text_key),
        rules: workspace.rules,
        settings: &workspace.settings,
        importers: &closure.importers,
        direct: &closure.direct,
        unlinked: &closure.unlinked,
        packages: &closure.packages,
        workspace: WorkspaceView::of(workspace, closure),
    };
    inputs.key()
}

/// The name of the kept install that a build may use; with `downloads`, the key of its content. If packages are copies
/// of folders, their files are included.
pub(crate) fn kept_install(request: &AppRequest<'_>, sources: &Key, downloads: bool) -> Key {
    let install = install_of(request, if downloads { network(request) } else { network(request).alone() });
    let mut packages = request.full.packages.values();
    match packages.any(|package| matches!(package.resolution, Resolution::Directory { .. })) {
        true => CopyingInstallInputs { install: &install, sources }.key(),
        false => install,
    }
}
