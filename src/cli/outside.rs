//! What commands without a workspace share: their arguments, a store and registries.

use std::path::{Path, PathBuf};

use clap::Args;
use fourply_store::Store;

use crate::Error;
use crate::config::RegistryConfig;
use crate::settings::{RegistryArgs, RegistryOptions};
use crate::{environment, healing};
use fourply_oci::registry::Registries;

/// The arguments of the commands that need no workspace.
#[derive(Debug, Clone, Args)]
pub struct OutsideArgs {
    /// How registries are reached.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// Where what is fetched rests [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
    /// Print nothing but the result, warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// What a command without a workspace works with.
#[derive(Debug)]
pub struct Outside {
    /// The store.
    pub store: Store,
    /// The registries.
    pub registries: Registries,
    /// Drives the connections.
    _runtime: tokio::runtime::Runtime,
}

impl Outside {
    /// Opens the store; no connection is made yet.
    ///
    /// # Errors
    /// Where the store cannot be made, or an option cannot be used.
    pub fn open(args: &OutsideArgs) -> Result<Outside, Error> {
        let folder = args.store.clone().map_or_else(environment::default_store, Ok)?;
        let store = healing::open(&folder, &[])?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let options = RegistryOptions::resolve(&args.registry, &RegistryConfig::default(), Path::new("."))?;
        let registries = options.open(&store, false, runtime.handle().clone())?;
        Ok(Outside { store, registries, _runtime: runtime })
    }
}
