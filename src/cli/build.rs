//! `fourply build`: one service's image, or those of all.

use std::path::Path;

use fourply_store::Progress as _;

use super::all;
use super::service::{BuildArgs, Destinations, digest, open, overrides, print, resolve};
use super::workspace::{limit_threads, locate};
use crate::Error;
use crate::pipeline::{BuiltImage, build};
use crate::report::Terminal;
use crate::settings::OutputSpec;
use crate::settings::read_config;
use crate::{cache, delivery};
use fourply_oci::Reference;

/// Runs the command.
///
/// # Errors
/// Those of the stages.
pub fn run(args: &BuildArgs) -> Result<(), Error> {
    if args.outputs.is_empty() && !args.push {
        return Err(Error::usage(
            "the image would be built and thrown away",
            "add --push with a tag, or an output such as -o type=oci-archive,dest=FILE",
        ));
    }
    limit_threads(args.common.threads)?;
    match &args.service {
        Some(service) => one(args, service),
        None => all::run(args),
    }
}

fn one(args: &BuildArgs, service: &Path) -> Result<(), Error> {
    let (root, service) = locate(service)?;
    let places = Destinations::of(args, service.rsplit('/').next().unwrap_or(&service));
    if args.push {
        // A misspelt tag is told before anything is built.
        places.tags.iter().try_for_each(|tag| Reference::parse(tag).map(drop))?;
    }
    places.outputs.iter().try_for_each(OutputSpec::check)?;
    let config = read_config(&root, args.common.config.as_deref())?;
    let all = resolve(&root, &service, &config, &overrides(args))?;
    let terminal = Terminal::new(args.common.quiet);
    let context = open(args, &all, &terminal)?;
    let built = all.iter().map(|settings| build(settings, &context)).collect::<Result<Vec<_>, _>>()?;
    let built: Vec<&BuiltImage> = built.iter().collect();
    delivery::publish(&context, &built, &places.tags, args.push, &places.outputs)?;
    cache::push(&all, &context, &built, &args.cache_to)?;
    terminal.end();
    built.iter().for_each(|built| print(built, args.common.quiet));
    println!("{}", digest(&built)?);
    Ok(())
}
