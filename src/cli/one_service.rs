//! What commands share that build one service to look at its image: their arguments, and the build into the store.

use clap::Args;
use fourply_blob::Codec;
use fourply_platform::Platform;
use fourply_store::Progress as _;

use super::values::{self, SecretArg};
use super::workspace::{Chosen, CommonArgs};
use crate::Error;
use crate::context::Context;
use crate::delivery::{complete, image_tree};
use crate::pipeline::{BuiltImage, build};
use crate::report::Terminal;
use crate::settings::{Overrides, RegistryArgs, Settings};

/// How the service is built.
#[derive(Debug, Args)]
pub struct ServiceArgs {
    /// Of a service: what the image stands on, as for build
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// Of a service: take the outputs as they lie in the tree
    #[arg(long)]
    pub prebuilt: bool,
    /// Of a service: make the base of exactly what fourply.lock names
    #[arg(long, conflicts_with = "base")]
    pub locked: bool,
    /// Of a service: a secret of [build] secrets; can be repeated
    #[arg(long = "secret", value_name = "id=NAME[,env=VAR|,src=FILE]")]
    pub secrets: Vec<SecretArg>,
}

/// A service that was built for this machine; all of its image's layers lie in the store.
pub(super) struct BuiltService<'a> {
    pub service: &'a str,
    pub settings: &'a Settings,
    pub context: &'a Context<'a>,
    pub built: &'a BuiltImage,
}

/// Builds the service that was chosen, and calls `work`.
///
/// # Errors
/// Those of the stages, and of `work`.
pub(super) fn with_service<T>(
    chosen: &Chosen,
    service: &str,
    args: &ServiceArgs,
    (common, registry): (&CommonArgs, &RegistryArgs),
    terminal: &Terminal,
    work: impl FnOnce(&BuiltService<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let over = overrides(chosen, args, (common, registry), Platform::host().to_string())?;
    let settings = Settings::resolve(&chosen.root, service, &chosen.config, &over)?;
    settings.build.check_secrets(service)?;
    values::warn_of_unset(&common.build_args, terminal);
    let context = Context::open(&settings, terminal)?;
    context.store.check_writable()?;
    let built = build(&settings, &context)?;
    if let Some(tree) = image_tree(&[&built])? {
        complete(&context, &tree)?;
    }
    terminal.end();
    work(&BuiltService { service, settings: &settings, context: &context, built: &built })
}

/// The same as `fourply build` without more flags has it, for a platform.
///
/// # Errors
/// Secrets that cannot be read, or that no build of the workspace asks for.
pub(super) fn overrides(
    chosen: &Chosen,
    args: &ServiceArgs,
    (common, registry): (&CommonArgs, &RegistryArgs),
    platform: String,
) -> Result<Overrides, Error> {
    let secrets = values::secrets(&args.secrets)?;
    values::check_declared(&secrets, &chosen.config)?;
    Ok(Overrides {
        base: args.base.clone(),
        platform: Some(platform),
        prebuilt: args.prebuilt,
        locked: args.locked,
        secrets,
        codec: Some(Codec::Gzip),
        pnpm: common.pnpm,
        ignore_scripts: common.ignore_scripts,
        pnpm_store: common.pnpm_store.clone(),
        store: common.store.clone(),
        store_from: common.store_from.clone(),
        offline: common.offline,
        trusted: common.trusted.clone(),
        registry: registry.clone(),
        build_args: values::build_args(&common.build_args),
        written: common.config.iter().chain(&common.timings).cloned().collect(),
        ..Overrides::default()
    })
}
