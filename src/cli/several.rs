//! `fourply build auth finance` and `fourply build --all`: several services of the workspace, or every one. Images are built before the first of them is written anywhere, so a service
//! that cannot be built leaves all places as they were.

use std::collections::BTreeMap;

use fourply_blob::counted;
use fourply_store::Progress as _;

use super::print::print;
use super::service::{
    BuildArgs, Destinations, PATH, SERVICE, digest, first, open, overrides, print_layers, resolve, varies,
};
use super::smoke::with_hint;
use super::values;
use super::workspace::Chosen;
use crate::Error;
use crate::context::Context;
use crate::load::Load;
use crate::metadata::{self, Delivered};
use crate::names::folder_name;
use crate::pipeline::{BuiltImage, build_all};
use crate::report::{Terminal, bytes, say, size_line, spare_line};
use crate::settings::{OutputKind, OutputSpec};
use crate::settings::{Overrides, Settings};
use crate::smoke::SmokeTest;
use crate::twice::{self, FirstRun};
use crate::{cache, delivery, smoke};
use fourply_oci::Reference;
use fourply_oci::sink::SinkReport;

/// Runs the command: prints a line for each service whose image is at all of its places.
///
/// # Errors
/// Arguments that would write two images to one place; those of the stages.
pub(super) fn run(args: &BuildArgs, chosen: &Chosen) -> Result<(), Error> {
    check(args)?;
    let Chosen { root, config, services: named } = chosen;
    distinct(args, named.iter().map(String::as_str))?;
    let test = args.smoke_test()?;
    let over = overrides(args, config)?;
    let all = resolve(root, ".", config, &over)?;
    let terminal = Terminal::new(args.common.quiet);
    let context = open(args, &all, &terminal)?;
    let build_in = |context: &Context<'_>, (first, over): (&Settings, &Overrides)| {
        build_all(first, context, named, |service| {
            places(args, service).outputs.iter().try_for_each(OutputSpec::check)?;
            terminal.line(service);
            let settings = first.for_service(service, config, over)?;
            settings.build.check_secrets(service)?;
            Ok(settings)
        })
    };
    let load = Load::open(args.load, root, &args.tags, &context)?;
    let began = twice::seconds();
    let built = all.iter().zip(&over).map(|platform| build_in(&context, platform));
    let built = built.collect::<Result<Vec<_>, _>>()?;
    if args.twice {
        let images = built.iter().flatten().map(|(_, built)| built).collect();
        let run =
            FirstRun { context: &context, terminal: &terminal, settings: first(&all)?, began, built: images };
        run.check(|context| {
            let again = all.iter().zip(&over).map(|platform| build_in(context, platform));
            let again = again.collect::<Result<Vec<_>, _>>()?;
            Ok(again.into_iter().flatten().map(|(_, built)| built).collect())
        })?;
    }
    let services = by_service(&built);
    distinct(args, services.iter().map(|(service, _)| service.as_str()))?;
    let names = load_names(args, load.as_ref(), &services)?;
    let load = load.as_ref().map(|load| (load, &names));
    let (services, unwell) = start(test.as_ref(), &context, &built, services)?;
    let (mut missed, mut reports) = write(args, &context, &services, load)?;
    let flat: Vec<&BuiltImage> = services.iter().flat_map(|(_, built)| built.iter().copied()).collect();
    values::warn_of_unused(&args.secrets, &flat, &terminal);
    terminal.end();
    tell(args, &services, &missed)?;
    cache::push(&all, &context, &flat, &args.cache_to)?;
    if let Some(file) = &args.metadata_file {
        let delivered = services.iter().filter_map(|(service, built)| {
            let reports = reports.remove(service)?;
            let (built, tags) = (built.clone(), places(args, service).tags);
            let digest = digest(args, &built);
            Some(digest.map(|digest| Delivered { service: service.clone(), tags, digest, built, reports }))
        });
        metadata::write(file, &delivered.collect::<Result<Vec<_>, _>>()?, false)?;
    }
    sizes(&services, args.common.quiet);
    missed.extend(unwell);
    summary(&flat, args.common.quiet);
    let services = missed.iter().map(|(service, _)| service.clone()).collect();
    match missed.into_iter().next() {
        Some((_, first)) => Err(Error::Places { services, source: Box::new(first) }),
        None => Ok(()),
    }
}

type Services<'b> = Vec<(String, Vec<&'b BuiltImage>)>;

/// Starts the images, if that is asked for: the services whose images may be written, and why others may not.
fn start<'b>(
    test: Option<&SmokeTest>,
    context: &Context<'_>,
    built: &'b [Vec<(Settings, BuiltImage)>],
    services: Services<'b>,
) -> Result<(Services<'b>, Vec<(String, Error)>), Error> {
    let Some(test) = test else { return Ok((services, Vec::new())) };
    let (mut well, mut unwell) = (Vec::new(), Vec::new());
    for (service, images) in services {
        let settings = built.iter().flatten().find(|(settings, _)| settings.workspace.service == service);
        let Some((settings, _)) = settings else { continue };
        match smoke::built(test, context, settings, &images) {
            Ok(()) => well.push((service, images)),
            Err(error @ Error::Unwell { .. }) => {
                say(with_hint(&error));
                unwell.push((service, error));
            }
            Err(error) => return Err(error),
        }
    }
    // What is at fault says more than what cannot be told.
    unwell.sort_by_key(|(_, error)| matches!(error, Error::Unwell { inconclusive: true, .. }));
    Ok((well, unwell))
}

/// Writes all images, and gives the services for which that failed. Everything is at the registries before the first tag is set, so what fails
/// before that leaves all tags as they were; a service whose tag or file fails keeps no other from its own.
fn write(
    args: &BuildArgs,
    context: &Context<'_>,
    services: &[(String, Vec<&BuiltImage>)],
    load: Option<(&Load, &LoadNames)>,
) -> Result<(Vec<(String, Error)>, Reports), Error> {
    for (service, built) in services.iter().filter(|_| args.push) {
        let failed = |error| Error::Places { services: vec![service.clone()], source: Box::new(error) };
        delivery::send(context, built, &places(args, service).tags, args.types()).map_err(failed)?;
    }
    let publish = |(service, built): &(String, Vec<&BuiltImage>)| {
        let Destinations { tags, outputs } = places(args, service);
        let load = load.and_then(|(load, names)| Some((load, names.get(service)?.as_slice())));
        let push = args.push.then(|| args.types());
        delivery::publish(context, built, &tags, push, &outputs, load)
    };
    let (mut missed, mut reports) = (Vec::new(), Reports::new());
    for one in services {
        match publish(one) {
            Ok(done) => drop(reports.insert(one.0.clone(), done)),
            Err(error) => missed.push((one.0.clone(), error)),
        }
    }
    Ok((missed, reports))
}

/// What became of the services that are at all of their places.
type Reports = BTreeMap<String, Vec<SinkReport>>;

/// The names in the engine, by service.
type LoadNames = BTreeMap<String, Vec<String>>;

/// No two images may have one name.
fn load_names(
    args: &BuildArgs,
    load: Option<&Load>,
    services: &[(String, Vec<&BuiltImage>)],
) -> Result<LoadNames, Error> {
    let (mut all, mut taken) = (LoadNames::new(), BTreeMap::new());
    let Some(load) = load else { return Ok(all) };
    for (service, _) in services {
        let names = load.names(service, &places(args, service).tags)?;
        if let Some((name, other)) = names.iter().find_map(|name| Some((name, taken.get(name)?))) {
            return Err(Error::user(
                format!("{other} and {service} would both be loaded as {name}"),
                format!("name them: -t erp/{PATH}:dev"),
            ));
        }
        taken.extend(names.iter().map(|name| (name.clone(), service.clone())));
        all.insert(service.clone(), names);
    }
    Ok(all)
}

/// Prints what became of each service.
fn tell(
    args: &BuildArgs,
    services: &[(String, Vec<&BuiltImage>)],
    missed: &[(String, Error)],
) -> Result<(), Error> {
    let quiet = args.common.quiet;
    for (service, built) in services {
        if !quiet {
            say(service);
        }
        built.iter().for_each(|built| print_layers(built, quiet));
        match missed.iter().find(|(other, _)| other == service) {
            Some((_, error)) => say(format_args!("{service}: {error}")),
            None => print(&format!("{service}\t{}\n", digest(args, built)?))?,
        }
    }
    Ok(())
}

/// The images of each service, one for each platform.
fn by_service(built: &[Vec<(Settings, BuiltImage)>]) -> Vec<(String, Vec<&BuiltImage>)> {
    let first = built.first().map(Vec::as_slice).unwrap_or_default();
    let images = |service: &str| {
        let all = built.iter().flatten().filter(|(settings, _)| settings.workspace.service == service);
        all.map(|(_, built)| built).collect()
    };
    first
        .iter()
        .map(|(settings, _)| (settings.workspace.service.clone(), images(&settings.workspace.service)))
        .collect()
}

/// Every place has to differ from service to service.
fn check(args: &BuildArgs) -> Result<(), Error> {
    let once = |what: String, example: &str| {
        Err(Error::usage(
            format!("{what} would be that of every service"),
            format!("put {SERVICE} or {PATH} into it, such as {example}"),
        ))
    };
    if let Some(tag) = args.tags.iter().find(|tag| !varies(tag)) {
        return once(format!("the tag {tag}"), "127.0.0.1:5000/erp/{service}:1");
    }
    let alone = |output: &&OutputSpec| match output.kind {
        OutputKind::Oci => output.name.as_ref().is_some_and(|name| !varies(name)),
        OutputKind::OciArchive | OutputKind::DockerArchive => !varies(&output.dest.to_string_lossy()),
    };
    if let Some(output) = args.outputs.iter().find(alone) {
        return once(format!("the output {}", output.dest.display()), "type=oci-archive,dest={service}.tar");
    }
    if args.push {
        let filled = Destinations::of(args, "service");
        filled.tags.iter().try_for_each(|tag| Reference::parse(tag).map(drop))?;
    }
    Ok(())
}

/// A layout that all images go to has each under its service's name, unless something else is said.
fn places(args: &BuildArgs, service: &str) -> Destinations {
    let mut places = Destinations::of(args, service);
    let shared = args.outputs.iter().map(|output| !varies(&output.dest.to_string_lossy()));
    for (output, shared) in places.outputs.iter_mut().zip(shared) {
        if shared && output.name.is_none() && places.tags.is_empty() {
            output.name = Some(folder_name(service).to_owned());
        }
    }
    places
}

/// Two services of one folder name may have one place.
fn distinct<'s>(args: &BuildArgs, services: impl Iterator<Item = &'s str>) -> Result<(), Error> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for service in services {
        let Destinations { tags, outputs } = places(args, service);
        let outputs = outputs.iter().map(|output| match &output.name {
            Some(name) if output.kind == OutputKind::Oci => format!("{}, name {name}", output.dest.display()),
            _ if output.kind == OutputKind::Oci && !tags.is_empty() => String::new(),
            _ => output.dest.display().to_string(),
        });
        for place in outputs.chain(tags.iter().cloned()).filter(|place| !place.is_empty()) {
            if let Some(other) = taken.insert(place.clone(), service) {
                return Err(Error::user(
                    format!("{other} and {service} would both go to {place}"),
                    format!("write {PATH} in place of {SERVICE}, or build one of them by itself"),
                ));
            }
        }
    }
    Ok(())
}

/// What each image weighs, what weighs most in it, and what may go.
fn sizes(services: &[(String, Vec<&BuiltImage>)], quiet: bool) {
    if quiet {
        return;
    }
    say(format_args!("{:>10} {:>10}", "compressed", "unpacked"));
    let images = services.iter().flat_map(|(service, built)| built.iter().map(move |built| (service, built)));
    images.for_each(|(service, built)| say(size_line(service, built)));
    let all: Vec<&BuiltImage> = services.iter().flat_map(|(_, built)| built.iter().copied()).collect();
    if let Some(line) = spare_line(&all) {
        say(line);
    }
}

/// What sharing saves: the sizes of all layers, and of each distinct one.
fn summary(built: &[&BuiltImage], quiet: bool) {
    let layers = || built.iter().flat_map(|built| &built.image.layers);
    let all: u64 = layers().map(|layer| layer.blob.descriptor.size).sum();
    let distinct: BTreeMap<_, u64> =
        layers().map(|layer| (layer.blob.descriptor.digest, layer.blob.descriptor.size)).collect();
    let once: u64 = distinct.values().sum();
    if !quiet {
        say(format_args!(
            "{}: {} of layers, {} stored",
            counted(built.len(), "image"),
            bytes(all),
            bytes(once)
        ));
    }
}
