//! What the image's configuration says: from `[image]` and the service's part to user, port, health check and environment.

use std::collections::BTreeMap;

use super::Overrides;
use super::health::{self, HealthSettings};
use super::port;
use crate::Error;
use crate::config::{Config, Health, ServiceConfig};

/// The user where nothing names one.
pub(crate) const DEFAULT_USER: &str = "nodejs:1001";

/// The configuration of containers.
#[derive(Debug, Clone)]
pub(crate) struct ContainerSettings {
    /// The user of the image.
    pub user: String,
    /// The port, as `PORT` and as the exposed port; none for a worker.
    pub port: Option<u16>,
    /// Whether somebody configured it, by `port` or by the variable.
    pub names_port: bool,
    /// The check as it is configured, before the port is known.
    probe: Option<Health>,
    pub health: Option<HealthSettings>,
    /// The entry point; found in the base where absent.
    pub entrypoint: Option<Vec<String>>,
    /// The command; found in the outputs where absent.
    pub cmd: Option<Vec<String>>,
    /// It is that of a framework: nobody configured one.
    pub cmd_of_framework: bool,
    /// Folders of the user, relative to the service's or absolute.
    pub writable: Vec<String>,
    /// Environment variables of the image.
    pub env: BTreeMap<String, String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

/// The configuration of a service's containers.
///
/// # Errors
/// Where `port` and the variable `PORT` say two things.
pub(super) fn container(
    service: &str,
    own: &ServiceConfig,
    config: &Config,
) -> Result<ContainerSettings, Error> {
    let all = &config.image;
    let port = port::port(service, own, all)?;
    let probe = own.health.as_ref().or(all.health.as_ref());
    Ok(ContainerSettings {
        names_port: port::is_named(own, all),
        probe: probe.cloned(),
        user: own.user.as_ref().or(all.user.as_ref()).map_or_else(|| DEFAULT_USER.to_owned(), String::clone),
        port,
        health: health::health(probe, port),
        entrypoint: own.entrypoint.as_ref().or(all.entrypoint.as_ref()).cloned(),
        cmd_of_framework: false,
        cmd: own.cmd.as_ref().or(all.cmd.as_ref()).cloned(),
        writable: own.writable.as_ref().or(all.writable.as_ref()).cloned().unwrap_or_default(),
        env: merged(&all.env, &own.env),
        labels: merged(&all.labels, &own.labels),
        annotations: merged(&all.annotations, &own.annotations),
    })
}

impl ContainerSettings {
    /// The same with what the command line says of the image.
    pub(super) fn described(mut self, over: &Overrides) -> ContainerSettings {
        self.labels.extend(over.labels.clone());
        self.annotations.extend(over.annotations.clone());
        self
    }

    /// Takes another port in place of the default.
    pub(crate) fn listen_on(&mut self, port: u16) {
        self.port = Some(port);
        self.health = health::health(self.probe.as_ref(), self.port);
    }
}

fn merged(all: &BTreeMap<String, String>, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    all.iter().chain(own).map(|(key, value)| (key.clone(), value.clone())).collect()
}
