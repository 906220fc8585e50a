//! What the image's configuration says: from `[image]` and the service's part to user, port, health check and environment.

use std::collections::BTreeMap;

use super::health::{self, HealthSettings};
use crate::config::{Config, Port, ServiceConfig};

/// The port where nothing names one.
pub(crate) const DEFAULT_PORT: u16 = 3000;
/// The user where nothing names one.
pub(crate) const DEFAULT_USER: &str = "nodejs:1001";

/// The configuration of containers.
#[derive(Debug, Clone)]
pub(crate) struct ContainerSettings {
    /// The user of the image.
    pub user: String,
    /// The port, as `PORT` and as the exposed port; none for a worker.
    pub port: Option<u16>,
    pub health: Option<HealthSettings>,
    /// The entry point; found in the base where absent.
    pub entrypoint: Option<Vec<String>>,
    /// The command; found in the outputs where absent.
    pub cmd: Option<Vec<String>>,
    /// Environment variables of the image.
    pub env: BTreeMap<String, String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

pub(super) fn container(own: ServiceConfig, config: &Config) -> ContainerSettings {
    let port = match own.port.or(config.image.port) {
        Some(Port::Off) => None,
        Some(Port::Number(port)) => Some(port),
        None => Some(DEFAULT_PORT),
    };
    ContainerSettings {
        user: own.user.or(config.image.user.clone()).unwrap_or_else(|| DEFAULT_USER.to_owned()),
        port,
        health: health::health(own.health.as_ref().or(config.image.health.as_ref()), port),
        entrypoint: own.entrypoint.or(config.image.entrypoint.clone()),
        cmd: own.cmd.or(config.image.cmd.clone()),
        env: merged(&config.image.env, &own.env),
        labels: merged(&config.image.labels, &own.labels),
        annotations: merged(&config.image.annotations, &own.annotations),
    }
}

fn merged(all: &BTreeMap<String, String>, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    all.iter().chain(own).map(|(key, value)| (key.clone(), value.clone())).collect()
}
