//! `fourply build --all`: every service of the workspace. Images are built before the first of them is written anywhere, so a service
//! that fails leaves all places as they were.

use std::collections::BTreeMap;

use fourply_modules::Workspace;
use fourply_store::Progress as _;

use super::build::{BuildArgs, Places, SERVICE, on_threads, overrides, print};
use super::settings::{Settings, read_config};
use crate::Error;
use crate::build::{Built, Context, build_all};
use crate::registry::Reference;
use crate::report::{Terminal, bytes};
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
    let first = Settings::resolve(&root, ".", &config, &over)?;
    let terminal = Terminal::new(args.common.quiet);
    let context = Context::open(&first, &terminal)?;
    let settings = |service: &str| {
        terminal.line(service);
        first.for_service(service, &config, &over)
    };
    let built = on_threads(args.common.threads, || build_all(&first, &context, settings))??;
    distinct(&built)?;
    for (settings, built) in &built {
        let places = places(args, settings.service_name());
        context.publish(built, &places.tags, args.push, &places.outputs)?;
    }
    terminal.end();
    for (settings, built) in &built {
        if !args.common.quiet {
            eprintln!("{}", settings.service);
        }
        print(built, args.common.quiet);
        println!("{}\t{}", settings.service, built.image.digest());
    }
    summary(&built, args.common.quiet);
    Ok(())
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
fn distinct(built: &[(Settings, Built)]) -> Result<(), Error> {
    let mut folders: BTreeMap<&str, &str> = BTreeMap::new();
    for (settings, _) in built {
        if let Some(other) = folders.insert(settings.service_name(), &settings.service) {
            return Err(Error::user(
                format!(
                    "{other} and {} have one folder name, so {SERVICE} is not one place",
                    settings.service
                ),
                "name other folders in fourply.toml, [workspace] services, and build this one by itself",
            ));
        }
    }
    Ok(())
}

/// What sharing saves: the sizes of all layers, and of each distinct one.
fn summary(built: &[(Settings, Built)], quiet: bool) {
    let layers = || built.iter().flat_map(|(_, built)| &built.image.layers);
    let all: u64 = layers().map(|layer| layer.content.size).sum();
    let distinct: BTreeMap<_, u64> =
        layers().map(|layer| (layer.content.digest, layer.content.size)).collect();
    let once: u64 = distinct.values().sum();
    if !quiet {
        eprintln!("{} images: {} of layers, {} stored", built.len(), bytes(all), bytes(once));
    }
}
