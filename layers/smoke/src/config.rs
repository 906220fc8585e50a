//! An image's configuration → the process to start. In: the JSON document. Out: command, variables, folder, user,
//! health check, with docker's semantics. Sources: OCI image specification, config.md; moby,
//! `image/spec/specs-go/v1/image.go`.

use std::collections::BTreeMap;
use std::time::Duration;

use fourply_platform::Platform;
use fourply_rootfs::{DEFAULT_PATH, LayerDigests};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Result, SmokeError};

/// An image whose layers are in the store.
#[derive(Debug, Clone)]
pub struct SmokeImage {
    /// From the lowest to the highest.
    pub layers: Vec<LayerDigests>,
    /// The whole configuration.
    pub config: Value,
}

/// The process to start.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub platform: Platform,
    /// Entry point and command.
    pub command: Vec<String>,
    /// The image's, each as `NAME=VALUE`.
    pub env: Vec<String>,
    pub folder: String,
    pub user: String,
    pub health: Option<Health>,
    /// The ports in its configuration.
    pub ports: Vec<u16>,
    pub stop_signal: i32,
}

/// A health check.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    pub command: Vec<String>,
    pub interval: Option<Duration>,
    pub timeout: Option<Duration>,
    pub start_period: Option<Duration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawConfig {
    user: Option<String>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: Option<String>,
    healthcheck: Option<RawHealth>,
    shell: Option<Vec<String>>,
    exposed_ports: Option<BTreeMap<String, Value>>,
    stop_signal: Option<String>,
}

/// Times are in nanoseconds; 0 is the engine's default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawHealth {
    test: Option<Vec<String>>,
    interval: Option<u64>,
    timeout: Option<u64>,
    start_period: Option<u64>,
}

impl Start {
    pub(crate) fn of(image: &SmokeImage) -> Result<Start> {
        let text = |name: &str| image.config.get(name).and_then(Value::as_str);
        let config = match image.config.get("config") {
            None | Some(Value::Null) => RawConfig::default(),
            Some(config) => serde_json::from_value(config.clone())
                .map_err(|source| SmokeError::Config { field: "config".to_owned(), source })?,
        };
        let RawConfig {
            user,
            env,
            entrypoint,
            cmd,
            working_dir,
            healthcheck,
            shell,
            exposed_ports,
            stop_signal,
        } = config;
        let shell = shell.filter(|words| !words.is_empty());
        let shell = shell.unwrap_or_else(|| ["/bin/sh", "-c"].map(str::to_owned).to_vec());
        Ok(Start {
            platform: Platform::new(
                text("os").unwrap_or("linux"),
                text("architecture").unwrap_or_default(),
                text("variant"),
            ),
            command: entrypoint.into_iter().chain(cmd).flatten().collect(),
            env: env.unwrap_or_default(),
            folder: working_dir.filter(|folder| folder.starts_with('/')).unwrap_or_else(|| "/".to_owned()),
            user: user.unwrap_or_default(),
            health: healthcheck.and_then(|raw| raw.health(shell)),
            ports: exposed_ports.unwrap_or_default().keys().filter_map(|port| tcp(port)).collect(),
            stop_signal: stop_signal.as_deref().and_then(signal).unwrap_or(libc::SIGTERM),
        })
    }

    /// Whether tini starts it. Here tini is not process 1, unlike in a container, and prints a warning.
    pub(crate) fn has_tini(&self) -> bool {
        self.command.first().is_some_and(|program| program.rsplit('/').next() == Some("tini"))
    }

    /// The program's environment without HOME: as docker sets it, with `over` on top.
    pub(crate) fn environment(&self, over: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let usual = [("PATH", DEFAULT_PATH), ("HOSTNAME", "fourply")];
        let mut all: BTreeMap<String, String> =
            usual.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let pairs = self.env.iter().filter_map(|text| text.split_once('='));
        all.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        all.extend(over.clone());
        // System calls cannot pass these.
        all.retain(|name, value| !name.is_empty() && !name.contains('\0') && !value.contains('\0'));
        all
    }
}

impl RawHealth {
    fn health(self, shell: Vec<String>) -> Option<Health> {
        let mut test = self.test.unwrap_or_default().into_iter();
        let command = match test.next()?.as_str() {
            "CMD" => test.collect(),
            "CMD-SHELL" => shell.into_iter().chain(test).collect(),
            _ => Vec::new(),
        };
        let time = |nanoseconds: Option<u64>| nanoseconds.filter(|time| *time > 0).map(Duration::from_nanos);
        let health = Health {
            command,
            interval: time(self.interval),
            timeout: time(self.timeout),
            start_period: time(self.start_period),
        };
        Some(health).filter(|health| !health.command.is_empty())
    }
}

/// `3000/tcp` or `3000`.
fn tcp(text: &str) -> Option<u16> {
    text.strip_suffix("/tcp").unwrap_or(text).parse().ok()
}

/// `SIGTERM`, `TERM` or `15`.
fn signal(text: &str) -> Option<i32> {
    let known = [
        ("HUP", libc::SIGHUP),
        ("INT", libc::SIGINT),
        ("QUIT", libc::SIGQUIT),
        ("KILL", libc::SIGKILL),
        ("USR1", libc::SIGUSR1),
        ("USR2", libc::SIGUSR2),
        ("TERM", libc::SIGTERM),
        ("WINCH", libc::SIGWINCH),
    ];
    let name = text.strip_prefix("SIG").unwrap_or(text);
    let by_name = known.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    by_name.or_else(|| text.parse().ok().filter(|number| (1..=31).contains(number)))
}

#[cfg(test)]
mod tests;
