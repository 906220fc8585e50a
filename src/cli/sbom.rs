//! `fourply sbom`: what an image holds. A service's comes from its plan; an image's is what is attached to it, else what its layers tell.

use std::path::{Path, PathBuf};

use clap::Args;
use fourply_base::{Base, ImageRef};
use fourply_oci::document_of;
use fourply_oci::transfer::{Origin, choose as choose_platform};
use fourply_platform::Platform;
use fourply_store::Progress as _;

use super::image_word;
use super::one_image::{is_image, read_image};
use super::one_service::{ServiceArgs, overrides};
use super::outside::{Outside, OutsideArgs};
use super::place::origin;
use super::print::print;
use super::values;
use super::workspace::{CommonArgs, choose, limit_threads};
use crate::Error;
use crate::attest::{derived, media_type_of};
use crate::config::SbomForm;
use crate::context::Context;
use crate::pipeline::build;
use crate::report::{Terminal, say};
use crate::settings::{Overrides, RegistryArgs, Settings};

/// The arguments of `fourply sbom`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply sbom auth --format spdx -o auth.spdx.json
  fourply sbom 127.0.0.1:5000/erp/auth:1
  fourply sbom auth --licenses

What the documents hold: docs/attest.md.")]
pub struct SbomArgs {
    /// A service of the workspace, built into the store first as far as it is not there; or an image: a reference in a registry with its tag, oci:DIR[:NAME],
    /// oci-archive:FILE[:NAME] or docker-archive:FILE
    #[arg(value_name = "SERVICE|IMAGE")]
    pub target: String,
    /// The form
    #[arg(long, value_enum, value_name = "FORM", default_value = "cyclonedx")]
    pub format: SbomForm,
    /// The file to write, in place of the standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print each licence with the packages that have it, and no SBOM
    #[arg(long, conflicts_with = "format")]
    pub licenses: bool,
    /// Of a service: the platform that its image is for [default: linux/amd64]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// How the service is built.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// How registries are reached.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// What is common to all commands on a workspace.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Runs the command.
///
/// # Errors
/// Those of the stages, or of the image's place.
pub fn run(args: &SbomArgs) -> Result<(), Error> {
    limit_threads(args.common.threads)?;
    image_word::check(&args.target)?;
    let terminal = Terminal::new(args.common.quiet);
    let document = match is_image(&args.target) {
        true => of_image(args, &terminal)?,
        false => of_service(args, &terminal)?,
    };
    match &args.output {
        Some(path) => Ok(fs_err::write(path, document)?),
        None => print(&String::from_utf8_lossy(&document)),
    }
}

fn of_service(args: &SbomArgs, terminal: &Terminal) -> Result<Vec<u8>, Error> {
    let chosen = choose(std::slice::from_ref(&args.target), args.common.config.as_deref())?;
    let Some(service) = chosen.services.first() else { return Ok(Vec::new()) };
    let platform = args.platform.clone().unwrap_or_else(|| "linux/amd64".to_owned());
    let over = overrides(&chosen, &args.service, (&args.common, &args.registry), platform)?;
    let over = Overrides { contents: true, ..over };
    let settings = Settings::resolve(&chosen.root, service, &chosen.config, &over)?;
    settings.build.check_secrets(service)?;
    values::warn_of_unset(&args.common.build_args, terminal);
    let context = Context::open(&settings, terminal)?;
    let built = build(&settings, &context)?;
    terminal.end();
    let Some(facts) = &built.facts else { return Ok(Vec::new()) };
    match args.licenses {
        true => Ok(derived::licence_list(&facts.contents).into_bytes()),
        false => line(facts.sbom(&built.image, args.format)?),
    }
}

fn of_image(args: &SbomArgs, terminal: &Terminal) -> Result<Vec<u8>, Error> {
    if args.platform.is_some() {
        return Err(Error::usage(
            "--platform is for a service: an image is read for the platform of this machine",
            "leave --platform out, or name the image of a platform by its digest",
        ));
    }
    if !args.licenses
        && let Some(document) = attached(args)?
    {
        return line(document);
    }
    let (outside, image) =
        read_image(&args.target, &args.registry, args.common.store.as_ref(), terminal, args.common.quiet)?;
    let contents = derived::contents(&outside.store, &image)?;
    if args.licenses {
        return Ok(derived::licence_list(&contents).into_bytes());
    }
    if !args.common.quiet {
        say(
            "no SBOM of this form is attached: it is derived from the layers, from package databases and package.json files",
        );
    }
    line(derived::sbom(&name(&args.target, &image), &image, &contents, args.format)?)
}

/// The SBOM that refers to the image, where one of the form does.
fn attached(args: &SbomArgs) -> Result<Option<Vec<u8>>, Error> {
    let store = args.common.store.clone();
    let outside =
        Outside::open(&OutsideArgs { registry: args.registry.clone(), store, quiet: args.common.quiet })?;
    let origin = origin(&outside, &args.target)?;
    let root = choose_platform(&*origin, &[Platform::host()])?;
    let wanted = media_type_of(args.format);
    let referrers = origin.referrers(&root.descriptor.digest)?;
    let found = referrers.iter().find(|one| one.artifact_type.as_deref() == Some(wanted));
    let Some(found) = found else { return Ok(None) };
    document(&*origin, found).map(Some)
}

fn document(origin: &dyn Origin, found: &fourply_oci::Referrer) -> Result<Vec<u8>, Error> {
    let manifest = origin.manifest(&found.descriptor)?;
    let document = document_of(&manifest).ok_or_else(|| {
        let digest = found.descriptor.digest;
        Error::user(
            format!("{digest}, which refers to the image as its SBOM, has no document"),
            "attach the SBOM again",
        )
    })?;
    Ok(origin.bytes(&document)?)
}

/// The last part of an image's name.
fn name(word: &str, image: &Base) -> String {
    let title = image
        .raw_config
        .pointer("/config/Labels/org.opencontainers.image.title")
        .and_then(serde_json::Value::as_str);
    let local = || match ImageRef::parse(word, Path::new("")).ok()? {
        ImageRef::Registry(name) => {
            let name = name.split('@').next()?.rsplit('/').next()?.split(':').next()?.to_owned();
            Some(name)
        }
        ImageRef::Layout(local) | ImageRef::OciArchive(local) | ImageRef::DockerArchive(local) => {
            Some(local.path.file_stem()?.to_string_lossy().into_owned())
        }
    };
    title
        .map(str::to_owned)
        .or_else(local)
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "image".to_owned())
}

fn line(mut document: Vec<u8>) -> Result<Vec<u8>, Error> {
    if !document.ends_with(b"\n") {
        document.push(b'\n');
    }
    Ok(document)
}
