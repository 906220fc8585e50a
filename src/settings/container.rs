//! What the image's configuration says: from `[image]` and the service's part to user, port, health check and environment.

use std::collections::BTreeMap;

use crate::config::{Config, Health, ServiceConfig};

/// The port where nothing names one.
pub(crate) const DEFAULT_PORT: u16 = 3000;
/// The user where nothing names one.
pub(crate) const DEFAULT_USER: &str = "nodejs:1001";

/// The configuration of containers.
#[derive(Debug, Clone)]
pub(crate) struct ContainerSettings {
    /// The user of the image.
    pub user: String,
    /// The port, as `PORT` and as the exposed port.
    pub port: u16,
    /// The health check's command, in the form of the image's configuration.
    pub health: Option<Vec<String>>,
    /// The entry point; found in the base where absent.
    pub entrypoint: Option<Vec<String>>,
    /// The command; found in the outputs where absent.
    pub cmd: Option<Vec<String>>,
    /// Folders of the user, relative to the service's or absolute.
    pub writable: Vec<String>,
    /// Environment variables of the image.
    pub env: BTreeMap<String, String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

pub(super) fn container(own: ServiceConfig, config: &Config) -> ContainerSettings {
    let port = own.port.or(config.image.port).unwrap_or(DEFAULT_PORT);
    ContainerSettings {
        user: own.user.or(config.image.user.clone()).unwrap_or_else(|| DEFAULT_USER.to_owned()),
        port,
        health: health(own.health.as_ref().or(config.image.health.as_ref()), port),
        entrypoint: own.entrypoint.or(config.image.entrypoint.clone()),
        cmd: own.cmd.or(config.image.cmd.clone()),
        writable: own.writable.or(config.image.writable.clone()).unwrap_or_default(),
        env: merged(&config.image.env, &own.env),
        labels: merged(&config.image.labels, &own.labels),
        annotations: merged(&config.image.annotations, &own.annotations),
    }
}

fn merged(all: &BTreeMap<String, String>, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    all.iter().chain(own).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The check in the form that `HEALTHCHECK` has in an image's configuration. Node asks, as it is the one program that every such
/// image holds; a service that is told another `PORT` when it is started is asked there.
fn health(health: Option<&Health>, port: u16) -> Option<Vec<String>> {
    let path = match health {
        Some(Health::Switch(_)) => return None,
        Some(Health::Command(command)) => {
            return Some(std::iter::once("CMD".to_owned()).chain(command.iter().cloned()).collect());
        }
        Some(Health::Path(path)) => path.as_str(),
        None => "/health/live",
    };
    let path = serde_json::Value::from(path);
    let script = format!(
        "fetch('http://127.0.0.1:'+(process.env.PORT||{port})+{path}).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
    );
    Some(vec!["CMD".to_owned(), "node".to_owned(), "-e".to_owned(), script])
}
