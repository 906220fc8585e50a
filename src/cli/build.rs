//! `fourply build`: one service's image, those of several services, or those of all.

use fourply_store::Progress as _;

use super::print::print;
use super::service::{BuildArgs, Destinations, digest, first, open, overrides, print_layers, resolve};
use super::several;
use super::values;
use super::workspace::{Chosen, choose, limit_threads};
use crate::Error;
use crate::context::Context;
use crate::environment;
use crate::load::Load;
use crate::metadata::{self, Delivered};
use crate::pipeline::{BuiltImage, build};
use crate::report::{Terminal, say, say_text, size_table};
use crate::settings::OutputSpec;
use crate::twice::{self, FirstRun};
use crate::{cache, delivery, smoke};
use fourply_oci::Reference;

/// Runs the command.
///
/// # Errors
/// Those of the stages.
pub fn run(args: &BuildArgs) -> Result<(), Error> {
    if args.outputs.is_empty() && !args.push && !args.twice && args.load.is_none() && args.smoke.is_none() {
        return Err(Error::usage(
            "the image would be built and thrown away",
            "add --push with a tag, --load, --smoke to start it, or an output such as -o type=oci-archive,dest=FILE",
        ));
    }
    if let Some(file) = &args.metadata_file {
        metadata::begin(file)?;
    }
    limit_threads(args.common.threads)?;
    let mut chosen = choose(&args.services, args.common.config.as_deref())?;
    if let Some(since) = &args.since {
        chosen.services = super::affected::since(args, &chosen, since)?;
        if chosen.services.is_empty() {
            return args.metadata_file.as_ref().map_or(Ok(()), |file| metadata::write(file, &[], false));
        }
        // However many they are, each has its line.
        return several::run(args, &chosen);
    }
    match chosen.services.as_slice() {
        [service] => one(args, &chosen, service),
        _ => several::run(args, &chosen),
    }
}

fn one(args: &BuildArgs, chosen: &Chosen, service: &str) -> Result<(), Error> {
    let places = Destinations::of(args, service);
    if args.push {
        // A misspelt tag is told before anything is built.
        places.tags.iter().try_for_each(|tag| Reference::parse(tag).map(drop))?;
    }
    places.outputs.iter().try_for_each(OutputSpec::check)?;
    let to_stdout = places.outputs.iter().filter(|output| output.is_stdout()).count();
    if to_stdout > 1 || (to_stdout == 1 && environment::writes_to_terminal()) {
        return Err(Error::usage(
            "an archive cannot go to a terminal, nor two to one standard output",
            "write it to a file with dest=FILE, or give it to another program: fourply build … | docker load",
        ));
    }
    let test = args.smoke_test()?;
    let over = overrides(args, &chosen.config)?;
    let all = resolve(&chosen.root, service, &chosen.config, &over)?;
    all.iter().try_for_each(|settings| settings.build.check_secrets(service))?;
    let terminal = Terminal::new(args.common.quiet);
    let context = open(args, &all, &terminal)?;
    let load = Load::open(args.load, &chosen.root, &args.tags, &context)?;
    let names = load.as_ref().map(|load| load.names(service, &places.tags)).transpose()?.unwrap_or_default();
    let began = twice::seconds();
    let build_in = |context: &Context<'_>| all.iter().map(|settings| build(settings, context)).collect();
    let built: Result<Vec<_>, Error> = build_in(&context);
    let built = built?;
    let built: Vec<&BuiltImage> = built.iter().collect();
    values::warn_of_unused(&args.secrets, &built, &terminal);
    if args.twice {
        FirstRun {
            context: &context,
            terminal: &terminal,
            settings: first(&all)?,
            began,
            built: built.clone(),
        }
        .check(build_in)?;
    }
    if let (Some(test), Some(settings)) = (&test, all.first()) {
        smoke::built(test, &context, settings, &built)?;
    }
    let reports = delivery::publish(
        &context,
        &built,
        &places.tags,
        args.push.then(|| args.types()),
        &places.outputs,
        load.as_ref().map(|load| (load, &*names)),
    )?;
    cache::push(&all, &context, &built, &args.cache_to)?;
    terminal.end();
    built.iter().for_each(|built| print_layers(built, args.common.quiet));
    if !args.common.quiet {
        built.iter().for_each(|built| say_text(&size_table(built)));
    }
    let digest = digest(args, &built)?;
    if let Some(file) = &args.metadata_file {
        let (service, tags) = (service.to_owned(), places.tags.clone());
        metadata::write(file, &[Delivered { service, tags, digest: digest.clone(), built, reports }], true)?;
    }
    match to_stdout {
        0 => print(&format!("{digest}\n")),
        _ => {
            say(digest);
            Ok(())
        }
    }
}
