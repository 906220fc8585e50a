//! One image. In: the JSON of an image's configuration, or the content of a Dockerfile. Out: how it runs, in one form
//! for both. A field of a wrong type counts as absent; engines are stricter. Source of the form: OCI image
//! specification, config.md; moby, `HealthConfig`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fourply_dockerfile::{DockerImage, HealthCheck, Ran, ran};
use fourply_rootfs::accounts::passwd;
use fourply_rootfs::{ContentHash, RootfsMetadata};
use serde_json::Value;

/// How an image runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunConfig {
    pub env: BTreeMap<String, String>,
    /// Unchanged; empty for root, or if a Dockerfile sets none.
    pub user: String,
    pub folder: String,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    /// TCP ports.
    pub ports: BTreeSet<u16>,
    pub volumes: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    /// Empty for the engine's default.
    pub stop_signal: String,
    pub health: Option<HealthCheck>,
}

/// An image whose files are known.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    pub config: &'a Value,
    pub rootfs: &'a RootfsMetadata,
    /// Content hashes by path in the image; files without one are not compared.
    pub contents: &'a BTreeMap<String, ContentHash>,
    /// The bytes of its layers as transferred.
    pub compressed: u64,
}

/// The team's image.
#[derive(Debug, Clone)]
pub enum Theirs<'a> {
    Image(Side<'a>),
    Dockerfile(&'a DockerImage),
}

impl RunConfig {
    /// The configuration of an image.
    pub fn of_image(config: &Value) -> RunConfig {
        let config = config.get("config").unwrap_or(&Value::Null);
        let texts = |name: &str| -> Vec<String> {
            let list = config.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let text = |name: &str| config.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let keys = |name: &str| {
            let keys = config.get(name).and_then(Value::as_object).into_iter().flatten();
            keys.map(|(key, _)| key.clone()).collect::<Vec<String>>()
        };
        let env = texts("Env");
        let labels = config.get("Labels").and_then(Value::as_object).into_iter().flatten();
        // A variable with an empty name is ignored: engines start such an image, and no program can read it.
        let pairs = env.iter().filter_map(|text| text.split_once('=')).filter(|(name, _)| !name.is_empty());
        RunConfig {
            env: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            user: text("User"),
            folder: Some(text("WorkingDir"))
                .filter(|folder| !folder.is_empty())
                .unwrap_or_else(|| "/".into()),
            entrypoint: texts("Entrypoint"),
            cmd: texts("Cmd"),
            ports: keys("ExposedPorts").iter().filter_map(|port| tcp(port)).collect(),
            volumes: keys("Volumes").into_iter().collect(),
            labels: labels
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
            stop_signal: text("StopSignal"),
            health: config.get("Healthcheck").and_then(health),
        }
    }

    /// The configuration of a Dockerfile.
    pub(crate) fn of_dockerfile(image: &DockerImage) -> RunConfig {
        RunConfig {
            env: image.env.clone(),
            user: image.user.clone().unwrap_or_default(),
            folder: image.folder.clone().unwrap_or_else(|| "/".to_owned()),
            entrypoint: image.entrypoint.clone().unwrap_or_default(),
            cmd: image.cmd.clone().unwrap_or_default(),
            ports: image.ports.clone(),
            volumes: image.volumes.clone(),
            labels: image.labels.clone(),
            stop_signal: image.stop_signal.clone().unwrap_or_default(),
            health: image
                .health
                .clone()
                .filter(|check| check.test.first().is_some_and(|test| test != "NONE")),
        }
    }

    /// Entry point and command.
    pub(crate) fn command(&self) -> Vec<String> {
        self.entrypoint.iter().chain(&self.cmd).cloned().collect()
    }
}

fn health(check: &Value) -> Option<HealthCheck> {
    let test = check.get("Test")?.as_array()?.iter().filter_map(|text| text.as_str().map(str::to_owned));
    let test: Vec<String> = test.collect();
    test.first().filter(|kind| *kind != "NONE")?;
    let number = |name: &str| check.get(name).and_then(Value::as_u64).filter(|number| *number > 0);
    let time = |name: &str| number(name).map(Duration::from_nanos);
    Some(HealthCheck {
        test,
        interval: time("Interval"),
        timeout: time("Timeout"),
        start_period: time("StartPeriod"),
        retries: number("Retries").and_then(|number| u32::try_from(number).ok()),
    })
}

fn tcp(text: &str) -> Option<u16> {
    text.strip_suffix("/tcp").unwrap_or(text).parse().ok()
}

/// The effects of the commands in an image's history, as docker, BuildKit and buildah record them. The history includes
/// the base images.
pub(crate) fn history(config: &Value) -> Ran {
    let entries = config.get("history").and_then(Value::as_array).into_iter().flatten();
    let script: Vec<String> = entries
        .filter_map(|entry| entry.get("created_by")?.as_str())
        .filter_map(command_of)
        .take(500)
        .collect();
    ran(&script.join("\n"))
}

/// `RUN |2 A=1 B=2 /bin/sh -c apk add tini # buildkit`, `/bin/sh -c apk add tini`.
fn command_of(created_by: &str) -> Option<String> {
    let script = created_by.split_once("/bin/sh -c ").map(|(_, script)| script)?;
    let script = script.trim_end().trim_end_matches("# buildkit");
    (!script.starts_with("#(nop)")).then(|| script.chars().take(100_000).collect())
}

/// A user's number, group number and home; `None` for a name that the image does not have.
pub(crate) fn account(user: &str, rootfs: &RootfsMetadata) -> Option<(u32, String)> {
    let name = user.split(':').next().unwrap_or_default();
    let name = if name.is_empty() { "0" } else { name };
    let number: Option<u32> = name.parse().ok();
    let accounts = passwd(&rootfs.passwd);
    let found = accounts.iter().find(|account| account.name == name || Some(account.uid) == number);
    let home = found.map_or_else(|| "/".to_owned(), |account| account.home.clone());
    Some((found.map(|account| account.uid).or(number)?, home))
}

#[cfg(test)]
mod tests;
