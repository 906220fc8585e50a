//! `fourply build --all`: every service of the workspace. Images are built before the first of them is written anywhere, so a service
//! that fails leaves all places as they were.

use std::collections::BTreeMap;

use fourply_modules::Workspace;
use fourply_store::Progress as _;

use super::build::{BuildArgs, Places, SERVICE, digest, on_threads, overrides, print};
use crate::Error;
use crate::build::{Built, Context, build_all, cache};
use crate::registry::Reference;
use crate::report::{Terminal, bytes};
use crate::settings::{Overrides, Settings, folder_name, read_config};
use crate::sink::{OutputKind, OutputSpec};

/// Runs the command.
///
/// # Errors
/// Arguments that would write two images to one place; those of the stages.
pub(super) fn run(args: &BuildArgs) -> Result<(), Error> {
    check(args)?;
    let root = Workspace::find(&std::env::current_dir()?)?;
    let root = fs_err::canonicalize(&root)?;
    let config = read_config(&root, args.common.config.as_deref())?;
    let over = overrides(args);
    let all = over.iter().map(|over| Settings::resolve(&root, ".", &config, over));
    let all = all.collect::<Result<Vec<_>, _>>()?;
    let Some(first) = all.first() else { return Ok(()) };
    let terminal = Terminal::new(args.common.quiet);
    let context = Context::open(first, &terminal)?;
    cache::pull(&context, &args.cache_from)?;
    if !args.cache_to.is_empty() {
        cache::begin(&context);
    }
    let platform = |(first, over): (&Settings, &Overrides)| {
        build_all(first, &context, |service| {
            terminal.line(service);
            first.for_service(service, &config, over)
        })
    };
    let each = || all.iter().zip(&over).map(platform).collect::<Result<Vec<_>, _>>();
    let built = on_threads(args.common.threads, each)??;
    let services = by_service(&built);
    distinct(services.iter().map(|(service, _)| service.as_str()))?;
    for (service, built) in &services {
        let places = places(args, folder_name(service));
        context.publish(built.clone(), &places.tags, args.push, &places.outputs)?;
    }
    let flat: Vec<&Built> = services.iter().flat_map(|(_, built)| built.iter().copied()).collect();
    cache::push(&all, &context, &flat, &args.cache_to)?;
    terminal.end();
    for (service, built) in &services {
        if !args.common.quiet {
            eprintln!("{service}");
        }
        built.iter().for_each(|built| print(built, args.common.quiet));
        println!("{service}\t{}", digest(built)?);
    }
    summary(&flat, args.common.quiet);
    Ok(())
}

/// The images of each service, one for each platform.
fn by_service(built: &[Vec<(Settings, Built)>]) -> Vec<(String, Vec<&Built>)> {
    let first = built.first().map(Vec::as_slice).unwrap_or_default();
    let images = |service: &str| {
        let all = built.iter().flatten().filter(|(settings, _)| settings.service == service);
        all.map(|(_, built)| built).collect()
    };
    first.iter().map(|(settings, _)| (settings.service.clone(), images(&settings.service))).collect()
}

/// Every place has to differ from service to service.
fn check(args: &BuildArgs) -> Result<(), Error> {
    let once = |what: String, example: &str| {
        Err(Error::usage(
            format!("{what} would be that of every service"),
            format!("put {SERVICE} into it, such as {example}"),
        ))
    };
    if let Some(tag) = args.tags.iter().find(|tag| !tag.contains(SERVICE)) {
        return once(format!("the tag {tag}"), "127.0.0.1:5000/erp/{service}:1");
    }
    let alone = |output: &&OutputSpec| match output.kind {
        OutputKind::Oci => output.name.as_ref().is_some_and(|name| !name.contains(SERVICE)),
        _ => !output.dest.to_string_lossy().contains(SERVICE),
    };
    if let Some(output) = args.outputs.iter().find(alone) {
        return once(format!("the output {}", output.dest.display()), "type=oci-archive,dest={service}.tar");
    }
    if args.push {
        let filled = Places::of(args, "service");
        filled.tags.iter().try_for_each(|tag| Reference::parse(tag).map(drop))?;
    }
    Ok(())
}

/// A layout that all images go to has each under its service's name, unless something else is said.
fn places(args: &BuildArgs, service: &str) -> Places {
    let mut places = Places::of(args, service);
    let shared = args.outputs.iter().map(|output| !output.dest.to_string_lossy().contains(SERVICE));
    for (output, shared) in places.outputs.iter_mut().zip(shared) {
        if shared && output.name.is_none() && places.tags.is_empty() {
            output.name = Some(service.to_owned());
        }
    }
    places
}

/// Two folders of one name would be one place.
fn distinct<'s>(services: impl Iterator<Item = &'s str>) -> Result<(), Error> {
    let mut folders: BTreeMap<&str, &str> = BTreeMap::new();
    for service in services {
        if let Some(other) = folders.insert(folder_name(service), service) {
            return Err(Error::user(
                format!("{other} and {service} have one folder name, so {SERVICE} is not one place"),
                "name other folders in fourply.toml, [workspace] services, and build this one by itself",
            ));
        }
    }
    Ok(())
}

/// What sharing saves: the sizes of all layers, and of each distinct one.
fn summary(built: &[&Built], quiet: bool) {
    let layers = || built.iter().flat_map(|built| &built.image.layers);
    let all: u64 = layers().map(|layer| layer.content.size).sum();
    let distinct: BTreeMap<_, u64> =
        layers().map(|layer| (layer.content.digest, layer.content.size)).collect();
    let once: u64 = distinct.values().sum();
    if !quiet {
        eprintln!("{} images: {} of layers, {} stored", built.len(), bytes(all), bytes(once));
    }
}
