//! How registries are reached: the arguments that all commands share, `[registry]` of `fourply.toml`, and what both resolve to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use fourply_store::{InputKind, Store, read_file};

use crate::Error;
use crate::config::RegistryConfig;
use crate::environment;
use fourply_oci::registry::{Credentials, Registries, RegistrySettings, http_clients};

/// The arguments of every command that speaks to registries.
#[derive(Debug, Clone, Default, Args)]
pub struct RegistryArgs {
    /// Speak plain HTTP to registries where HTTPS fails; loopback addresses need no word
    #[arg(long)]
    pub insecure: bool,
    /// Trust the certificate authorities of this PEM file too; can be repeated
    #[arg(long = "ca", value_name = "FILE")]
    pub authorities: Vec<PathBuf>,
    /// Read images of REGISTRY from HOST or HOST/PREFIX first, as in docker.io=mirror.example:5000; can be repeated
    #[arg(long = "mirror", value_name = "REGISTRY=HOST")]
    pub mirrors: Vec<String>,
    /// Send blobs larger than so many bytes in chunks of so many, 0 for never [default: only what is refused as too large, or is large and broken off]
    #[arg(long, value_name = "BYTES")]
    pub chunk: Option<u64>,
}

/// How registries are reached, with nothing left open.
#[derive(Debug, Clone, Default)]
pub(crate) struct RegistryOptions {
    /// Plain HTTP for all.
    pub insecure: bool,
    /// Plain HTTP for these.
    pub insecure_hosts: BTreeSet<String>,
    /// PEM files.
    pub authorities: Vec<PathBuf>,
    /// By registry: what is read first.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// The size of chunks, as in [`RegistrySettings::chunk`].
    pub chunk: Option<u64>,
}

impl RegistryOptions {
    /// The arguments, then the file; its paths start at `root`.
    ///
    /// # Errors
    /// Where a mirror is not written as REGISTRY=HOST.
    pub(crate) fn resolve(
        args: &RegistryArgs,
        config: &RegistryConfig,
        root: &Path,
    ) -> Result<RegistryOptions, Error> {
        let mut mirrors: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for text in &args.mirrors {
            let (registry, mirror) = text.split_once('=').ok_or_else(|| {
                Error::usage(
                    format!("--mirror {text} has no \"=\""),
                    "write it as docker.io=mirror.example:5000",
                )
            })?;
            mirrors.entry(registry.to_owned()).or_default().push(mirror.to_owned());
        }
        for (registry, all) in &config.mirrors {
            mirrors.entry(registry.clone()).or_default().extend(all.iter().cloned());
        }
        let own = config.ca.iter().map(|path| root.join(path));
        Ok(RegistryOptions {
            insecure: args.insecure,
            insecure_hosts: config.insecure.iter().cloned().collect(),
            authorities: args.authorities.iter().cloned().chain(own).collect(),
            mirrors,
            chunk: args.chunk,
        })
    }

    /// The registries, spoken to with these options.
    ///
    /// # Errors
    /// Where a file of authorities cannot be used.
    pub(crate) fn open(
        &self,
        store: &Store,
        offline: bool,
        runtime: tokio::runtime::Handle,
    ) -> Result<Registries, Error> {
        environment::check_certificates()?;
        let authorities = self
            .authorities
            .iter()
            .map(|path| read_file(path, InputKind::Credentials))
            .collect::<Result<Vec<_>, _>>();
        let authorities =
            authorities.map_err(|error| Error::user(error, "give --ca a PEM file that can be read"))?;
        let settings = RegistrySettings {
            credentials: Credentials::from_files(environment::credential_files()),
            insecure: self.insecure,
            insecure_hosts: self.insecure_hosts.clone(),
            mirrors: self.mirrors.clone(),
            store: Some(store.clone()),
            offline,
            chunk: self.chunk,
            ..RegistrySettings::default()
        };
        Ok(Registries::new(settings, http_clients(&authorities)?, runtime))
    }
}

/// The hosts of `--trust-registry`, and of the variable that stands for it; with their ports where they have some. A URL names its host.
///
/// # Errors
/// What names no host.
pub(super) fn trusted(given: &[String]) -> Result<BTreeSet<String>, Error> {
    let variable = environment::variable("FOURPLY_TRUST_REGISTRIES").unwrap_or_default();
    let words = variable.split([',', ' ', '\n']).map(str::to_owned).filter(|word| !word.is_empty());
    words.chain(given.iter().cloned()).map(|word| host(&word)).collect()
}

fn host(word: &str) -> Result<String, Error> {
    let rest = word.split_once("://").map_or(word, |(_, rest)| rest).trim_start_matches('/');
    let host = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || "*@?#,".contains(letter);
    if host.is_empty() || host.contains(odd) {
        return Err(Error::usage(
            format!("{word:?} names no registry to trust"),
            "give its host, such as --trust-registry npm.example:4873",
        ));
    }
    Ok(host)
}
