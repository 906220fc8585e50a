//! What decides the images of one state of a workspace. In: a folder. Out: for each service its settings, closures and files, in forms that can be
//! compared with another state's. No base is looked at, and nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};

use fourply_app::{BuildInputs, BuildInputsRequest, Selection, SourceRequest, TurboCache, build_inputs};
use fourply_base::BaseSpec;
use fourply_blob::Key;
use fourply_modules::SharedLayers;
use fourply_platform::Libc;
use fourply_pnpm::{
    Closure, HoistableNames, ImporterId, NodeLinker, PnpmSettings, Rules, SharedLayer, Target, Workspace,
    hoistable_packages, image_closure, services,
};
use fourply_scripts::machine;
use rayon::prelude::*;

use super::place::Place;
use super::settings::{Configured, ServiceSettings};
use crate::Error;
use crate::context;
use crate::names::Names;
use crate::pipeline::{BuildNeeds, default_budget};
use crate::settings::{Overrides, Settings, read_config};

/// See the module.
#[derive(Default)]
pub(super) struct Side {
    /// By folder.
    pub services: BTreeMap<String, ServiceState>,
    /// The configuration, as it is written.
    pub configured: Configured,
    /// What all services go by.
    pub common: Option<CommonState>,
}

/// What a workspace decides for all of its services.
pub(super) struct CommonState {
    pub settings: PnpmSettings,
    /// Those of the workspace's pnpm.
    pub rules: &'static Rules,
    pub packages: BTreeSet<ImporterId>,
}

/// What decides one service's image.
pub(super) struct ServiceState {
    /// The name in its package.json.
    pub package: Option<String>,
    pub settings: ServiceSettings,
    /// For each C library that the base may have.
    pub images: Vec<ImageState>,
    /// With development dependencies.
    pub full: Closure,
    pub inputs: BuildInputs,
    /// Whether the configuration adds files from outside the service's folder.
    pub takes_files_of_others: bool,
}

/// What decides the layers of packages.
#[derive(PartialEq)]
pub(super) struct ImageState {
    pub production: Closure,
    pub names: HoistableNames,
    /// Packages of the workspace that the image may have links to: name, folder, commands.
    pub links: Vec<(String, ImporterId, BTreeMap<String, String>)>,
    /// The layers that others have as well, and of how many parts each is.
    pub shared: Vec<(SharedLayer, usize)>,
    /// Over the whole lockfile, where all of it decides where packages lie.
    pub lockfile: Option<Key>,
}

impl Side {
    /// Reads a state. `strict` refuses a lockfile that does not fit the package.json files, as a build does.
    ///
    /// # Errors
    /// Those of the configuration, the workspace and the closures.
    pub(super) fn read(place: &Place, over: &Overrides, strict: bool) -> Result<Side, Error> {
        let root = &place.root;
        let config = read_config(root, place.config.as_deref())?;
        let names = Names::read(root, config.workspace.services.as_deref())?;
        let config = names.place(config)?;
        let over = Overrides { downloads: Default::default(), ..over.clone() };
        let first = Settings::resolve(root, ".", &config, &over)?;
        let workspace = if strict { context::workspace(&first)? } else { context::read_workspace(&first)? };
        let all = services(&workspace, first.workspace.services.as_deref())?;
        let turbo = TurboCache::default();
        let shared = Shared::of(&all, &first)?;
        let of_service = |service: &ImporterId| {
            let settings = first.for_service(service.as_str(), &config, &over)?;
            let reader = Reader { workspace: &workspace, settings: &settings, turbo: &turbo, service };
            let settings = ServiceSettings::of(&config, &settings);
            Ok((service.to_string(), reader.read(settings, &shared)?))
        };
        let services = all.par_iter().map(of_service).collect::<Result<_, Error>>()?;
        let packages = workspace.manifests.keys().cloned().collect();
        let common = CommonState { rules: workspace.rules, settings: workspace.settings.clone(), packages };
        let configured = Configured::read(place, &names)?;
        Ok(Side { services, configured, common: Some(common) })
    }
}

/// The layers that services share, for each C library that the base may have.
struct Shared(Vec<(Target, SharedLayers)>);

impl Shared {
    fn of(all: &[ImporterId], settings: &Settings) -> Result<Shared, Error> {
        let format = settings.layers.format;
        // As on a base of few layers: what it has is not known here.
        let budget = settings.layers.budget.unwrap_or_else(|| default_budget(format));
        let architecture = &settings.base.platform.architecture;
        let target = |libc: &Libc| {
            let target = Target::new(architecture, *libc, None)?;
            Ok((target, SharedLayers::new(all.to_vec(), budget, format)))
        };
        Ok(Shared(libcs(settings).iter().map(target).collect::<Result<_, Error>>()?))
    }
}

/// The C libraries that the base may have, as far as its words tell.
fn libcs(settings: &Settings) -> &'static [Libc] {
    match &settings.base.spec {
        BaseSpec::Debian(_) => &[Libc::Glibc],
        BaseSpec::Alpine(_) => &[Libc::Musl],
        BaseSpec::Image(_) | BaseSpec::Rootfs(_) => &[Libc::Glibc, Libc::Musl],
    }
}

struct Reader<'a> {
    workspace: &'a Workspace,
    settings: &'a Settings,
    turbo: &'a TurboCache,
    service: &'a ImporterId,
}

impl Reader<'_> {
    fn read(&self, settings: ServiceSettings, shared: &Shared) -> Result<ServiceState, Error> {
        let Reader { workspace, turbo, service, .. } = *self;
        let machine = machine(None)?;
        let needs = BuildNeeds::of(workspace, self.settings, service, &machine, turbo)?;
        let images = shared.0.iter().map(|(target, shared)| self.image(target, shared));
        let images = images.collect::<Result<Vec<_>, Error>>()?;
        let mut inputs = BuildInputs::default();
        for image in &images {
            let found = self.inputs(&needs, &image.production, &machine)?;
            inputs.files.extend(found.files);
            inputs.keys.extend(found.keys);
        }
        let package = workspace.manifests.get(service).and_then(|manifest| manifest.name.clone());
        let mut files = self.settings.build.selection.files.iter();
        let takes_files_of_others =
            files.any(|files| files.from.starts_with('/') || files.from.contains(".."));
        Ok(ServiceState { package, settings, images, full: needs.full, inputs, takes_files_of_others })
    }

    fn image(&self, target: &Target, shared: &SharedLayers) -> Result<ImageState, Error> {
        let Reader { workspace, settings, service, .. } = *self;
        let whole = image_closure(workspace, service, target)?;
        let production = whole.part(service, &settings.layers.modules)?;
        let layers = match settings.layers.modules.is_all() {
            true => shared.of(workspace, target, service)?,
            false => Vec::new(),
        };
        let hoisted = workspace.settings.node_linker == NodeLinker::Hoisted;
        let commands =
            |folder: &ImporterId| workspace.manifests.get(folder).map(|manifest| manifest.bin.clone());
        let links = hoistable_packages(workspace, &production).into_iter().map(|(name, folder)| {
            let commands = commands(&folder).unwrap_or_default();
            (name, folder, commands)
        });
        Ok(ImageState {
            names: HoistableNames::of(workspace, &production),
            links: links.collect(),
            shared: layers.into_iter().map(|(layer, parts)| (layer.clone(), parts)).collect(),
            lockfile: hoisted.then_some(workspace.lockfile_text_key),
            production,
        })
    }

    fn inputs(
        &self,
        needs: &BuildNeeds,
        production: &Closure,
        machine: &Target,
    ) -> Result<BuildInputs, Error> {
        let build = &self.settings.build;
        let project_script = |project: &ImporterId| build.selection.project_script(project);
        let sources = SourceRequest {
            workspace: self.workspace,
            service: self.service,
            full: &needs.full,
            production,
            projects: &needs.projects,
            selection: Selection {
                outputs: &build.selection.outputs,
                named: build.selection.named,
                cmd: self.settings.container.cmd.as_deref(),
                package_outputs: &build.selection.package_outputs,
                files: &build.selection.files,
                modules: &self.settings.layers.modules,
                prune: None,
                project_script: &project_script,
            },
            inputs: &build.inputs,
            values: &build.values,
        };
        let install = &self.settings.install;
        Ok(build_inputs(&BuildInputsRequest { sources, tasks: needs.tasks.as_ref(), install, machine })?)
    }
}

/// The folders of the packages that take part in a build.
pub(super) fn importers(state: &ServiceState) -> BTreeSet<&ImporterId> {
    let images = state.images.iter().flat_map(|image| &image.production.importers);
    images.chain(&state.full.importers).collect()
}
