//! All that a build needs from outside, so that another store can be given it: the packages of the lockfile, the base, node and pnpm for
//! the scripts. In: settings, or a workspace. Out: names of entries and blobs that lie in the store when this returns.

use std::collections::{BTreeMap, BTreeSet};

use fourply_base::Base;
use fourply_blob::Digest;
use fourply_modules::{GatherRequest, PackageOrigin, gather, origins};
use fourply_platform::Architecture;
use fourply_platform::Libc;
use fourply_pnpm::{DepPath, ImporterId, Include, Target, Workspace, closure};
use fourply_scripts::{complete_downloads, pnpm_version, tool_packages};
use fourply_store::{PackageRequest, StoreEntry};

use crate::Error;
use crate::build_node::node_version;
use crate::build_root::Toolchain;
use crate::context::{Context, workspace};
use crate::settings::Settings;

/// Names of what lies in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Supplies {
    /// Tarballs, records, pieces.
    pub entries: BTreeSet<StoreEntry>,
    /// Layers, configurations, files.
    pub blobs: BTreeSet<Digest>,
}

impl Supplies {
    /// Adds what a journal has noted. Packs that tarballs became are left out: they are made again from those.
    pub(crate) fn add_noted(&mut self, noted: BTreeSet<(String, String)>) {
        for (kind, name) in noted {
            if kind == "blobs/sha256" {
                self.blobs.extend(format!("sha256:{name}").parse::<Digest>().ok());
            } else {
                self.entries.extend(StoreEntry::parse(&format!("{kind}/{name}")));
            }
        }
    }
}

/// All packages that the lockfile has for these architectures, whichever C library the base turns out to have: tarballs, and of what comes from
/// git the packs that were made of it. The workspace's own folders are not among them.
///
/// # Errors
/// Those of the lockfile and of fetching.
pub(crate) fn packages(
    settings: &Settings,
    context: &Context<'_>,
    workspace: &Workspace,
    architectures: &[Architecture],
) -> Result<Supplies, Error> {
    let importers: Vec<ImporterId> = workspace.manifests.keys().cloned().collect();
    let mut all: BTreeMap<DepPath, PackageOrigin> = BTreeMap::new();
    let mut needed: BTreeSet<DepPath> = BTreeSet::new();
    for architecture in architectures {
        for libc in [Libc::Glibc, Libc::Musl] {
            let target = Target::new(architecture, libc, None)?;
            let closure = closure(workspace, &importers, Include::All, &target)?;
            all.extend(origins(workspace, &closure, &settings.install.integrities)?);
            let packages = closure.packages.into_iter().filter(|(_, package)| !package.optional);
            needed.extend(packages.map(|(dep_path, _)| dep_path));
        }
    }
    all.retain(|_, origin| !matches!(origin, PackageOrigin::Folder(_)));
    let tarballs = |wanted: bool| {
        let chosen = all.iter().filter(|(dep_path, _)| needed.contains(*dep_path) == wanted);
        let tarballs = chosen.filter_map(|(_, origin)| match origin {
            PackageOrigin::Tarball(request) | PackageOrigin::Archive { request, .. } => {
                Some((request.integrity.to_string(), request.clone()))
            }
            _ => None,
        });
        tarballs.collect::<BTreeMap<_, _>>().into_values().collect::<Vec<PackageRequest>>()
    };
    let mut supplies = taken(context, &tarballs(true))?;
    supplies.entries.extend(optional(context, &tarballs(false))?.entries);
    all.retain(|_, origin| !matches!(origin, PackageOrigin::Tarball(_)));
    if !all.is_empty() {
        context.store.journal().begin();
        let request = GatherRequest {
            fetcher: &context.fetcher,
            rules: &workspace.rules.packing,
            folders: &BTreeMap::new(),
            optional: &|dep_path| !needed.contains(dep_path),
            progress: context.terminal,
        };
        let made = gather(&request, all.into_iter().collect());
        supplies.add_noted(context.store.journal().end());
        let made = made?;
        made.missing.values().for_each(|reason| missing(context, reason));
        made.complete()?;
    }
    Ok(supplies)
}

fn taken(context: &Context<'_>, requests: &[PackageRequest]) -> Result<Supplies, Error> {
    context.fetcher.tarballs(requests, context.terminal)?;
    let entries = requests.iter().map(|request| StoreEntry::tarball(&request.integrity));
    Ok(Supplies { entries: entries.collect(), blobs: BTreeSet::new() })
}

/// The same for packages that may be missing.
fn optional(context: &Context<'_>, requests: &[PackageRequest]) -> Result<Supplies, Error> {
    match taken(context, requests) {
        Err(Error::Store(error)) if error.is_unfetched() => {}
        all => return all,
    }
    let mut supplies = Supplies::default();
    for request in requests {
        match taken(context, std::slice::from_ref(request)) {
            Ok(one) => supplies.entries.extend(one.entries),
            Err(Error::Store(error)) if error.is_unfetched() => missing(context, &error),
            Err(error) => return Err(error),
        }
    }
    Ok(supplies)
}

fn missing(context: &Context<'_>, reason: &dyn std::fmt::Display) {
    context.terminal.warn(&format_args!("an optional package cannot be fetched, and is left out: {reason}"));
}

/// What a build of the service needs. With `whole`, it needs no network at all; without, the base's layers may stay at their registry.
///
/// # Errors
/// Those of the base, the lockfile and of fetching.
pub(crate) fn supplies(settings: &Settings, context: &Context<'_>, whole: bool) -> Result<Supplies, Error> {
    let workspace = workspace(settings)?;
    let journal = context.store.journal();
    journal.begin();
    let base = context.base(settings);
    let base = base.and_then(|(base, _)| {
        let toolchain = Toolchain::of(settings, context, &base)?;
        Ok((base, toolchain))
    });
    let with_base = |(base, toolchain): &(Base, Option<Toolchain>)| {
        tools(settings, context, &workspace, base, toolchain.as_ref())
    };
    let tools = base.as_ref().ok().map(with_base);
    let noted = journal.end();
    let ((base, toolchain), tools) = (base?, tools.transpose()?.unwrap_or_default());
    if whole {
        context.complete_base(&base)?;
    }

    let mut supplies = packages(settings, context, &workspace, &architectures(settings))?;
    supplies.entries.extend(taken(context, &tools)?.entries);
    supplies.add_noted(noted);
    if whole {
        let scripts = toolchain.iter().flat_map(|toolchain| &toolchain.base.layers);
        supplies.blobs.extend(base.layers.iter().chain(scripts).map(|layer| layer.digest));
        supplies.blobs.extend(downloads(settings, context, &workspace)?);
    }
    Ok(supplies)
}

/// What scripts download that may.
fn downloads(
    settings: &Settings,
    context: &Context<'_>,
    workspace: &Workspace,
) -> Result<BTreeSet<Digest>, Error> {
    let access = &settings.install.network;
    let may = |owner: &str| match ImporterId::new(owner).filter(|id| workspace.manifests.contains_key(id)) {
        Some(folder) => access.of_folder(workspace, &folder),
        None => access.of_package(&DepPath::new(owner)),
    };
    let mut blobs = BTreeSet::new();
    for owner in access.downloads.of(may).keys() {
        let texts = settings.build.values.env.values().chain(settings.install.env.values());
        let network = access.script(owner, true, &context.fetcher);
        blobs.extend(complete_downloads(network, texts.map(String::as_str))?);
    }
    Ok(blobs)
}

/// This machine's own architecture, for the scripts, and the image's.
fn architectures(settings: &Settings) -> Vec<Architecture> {
    let mut all = vec![Architecture::host(), settings.base.platform.architecture.clone()];
    all.dedup();
    all
}

fn tools(
    settings: &Settings,
    context: &Context<'_>,
    workspace: &Workspace,
    base: &Base,
    toolchain: Option<&Toolchain>,
) -> Result<Vec<PackageRequest>, Error> {
    if !settings.build.runs_scripts() {
        return Ok(Vec::new());
    }
    let root = workspace.manifests.iter().find(|(id, _)| id.is_root()).map(|(_, manifest)| manifest);
    let named = root.and_then(|manifest| manifest.raw.get("packageManager")).and_then(|name| name.as_str());
    let node = node_version(settings, context, base)?;
    let libc = toolchain.map_or(Libc::Glibc, Toolchain::libc);
    Ok(tool_packages(&context.fetcher, &node, named.and_then(pnpm_version), libc)?)
}
