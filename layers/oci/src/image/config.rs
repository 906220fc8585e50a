//! The image's configuration: what the base's says, changed by the settings. In: a base, plies, [`ImageSettings`]. Out: the
//! typed configuration and its bytes, with sorted keys. Sources: OCI image specification, config.md; `Healthcheck` is docker's
//! (moby, `image/spec/specs-go/v1/image.go`).

use std::collections::BTreeMap;
use std::time::Duration;

use fourply_base::Base;
use oci_spec::image::{Config, History, HistoryBuilder, ImageConfiguration};
use serde_json::{Map, Value, json};

use super::annotations::time;
use super::{ImageError, Ply};

/// What an image's configuration is to say. What is `None` or empty leaves the base's own value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageSettings {
    /// `1001:1001`: numbers, so that an engine need not look into the image.
    pub user: Option<String>,
    /// An absolute path.
    pub working_dir: Option<String>,
    /// Added to the base's; a variable that the base has keeps its place and gets the new value.
    pub env: BTreeMap<String, String>,
    /// `3000/tcp`; added to the base's.
    pub exposed_ports: Vec<String>,
    /// The health check. `None` is none at all: a base's own asks for the base's own program.
    pub healthcheck: Option<Healthcheck>,
    /// The entry point. A new one drops the base's command too, as in a Dockerfile.
    pub entrypoint: Option<Vec<String>>,
    /// The command.
    pub cmd: Option<Vec<String>>,
    /// Added to the base's, and winning over them.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest, beside those that follow from the image.
    pub annotations: BTreeMap<String, String>,
    /// `SIGTERM`.
    pub stop_signal: Option<String>,
    /// Seconds since 1970.
    pub created: i64,
}

/// A health check in docker's form. Engines ignore it in an image of OCI's types unless they choose otherwise (docker reads
/// it, podman only in images of docker's types, Kubernetes never).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// `["CMD", program, arguments…]` or `["CMD-SHELL", text]`.
    pub test: Vec<String>,
    /// From one check to the next; the engine's own value where absent.
    pub interval: Option<Duration>,
    /// How long a check may take.
    pub timeout: Option<Duration>,
    /// How long a failure does not count after the start.
    pub start_period: Option<Duration>,
    /// How many failures in a row make it unhealthy.
    pub retries: Option<u32>,
}

impl Healthcheck {
    /// Durations are nanoseconds, as Go writes them.
    fn to_json(&self) -> Value {
        let nanoseconds = |time: &Duration| json!(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        let fields = [
            ("Interval", self.interval.as_ref().map(nanoseconds)),
            ("Timeout", self.timeout.as_ref().map(nanoseconds)),
            ("StartPeriod", self.start_period.as_ref().map(nanoseconds)),
            ("Retries", self.retries.map(Value::from)),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        std::iter::once(("Test".to_owned(), json!(self.test))).chain(fields).collect::<Map<_, _>>().into()
    }
}

/// The configuration and its bytes.
pub(super) fn configure(
    base: &Base,
    plies: &[Ply],
    settings: &ImageSettings,
) -> Result<(ImageConfiguration, Vec<u8>), ImageError> {
    settings.check()?;
    let created = time(settings.created)?;
    let mut config = base.config.clone();
    let history = history(base, plies, &created)?;
    let own_ids = plies.iter().map(|ply| ply.blob.diff_id);
    let ids = base.layers.iter().map(|layer| layer.diff_id).chain(own_ids);
    config.rootfs_mut().set_diff_ids(ids.map(|id| id.to_string()).collect());
    config.set_history(Some(history));
    config.set_created(Some(created));
    config.set_author(None);
    let execution = execution(config.config().clone().unwrap_or_default(), settings);
    config.set_config(Some(execution));
    let bytes = render(&config, base, settings)?;
    Ok((config, bytes))
}

impl ImageSettings {
    /// Refuses what no engine takes or what would be read as something else.
    fn check(&self) -> Result<(), ImageError> {
        let value =
            |field, value: &str, reason| Err(ImageError::Value { field, value: value.to_owned(), reason });
        if let Some(name) = self.env.keys().find(|name| name.is_empty() || name.contains(['=', '\0'])) {
            return value("variable", name, "its name must not be empty nor contain \"=\"");
        }
        if let Some((name, _)) = self.env.iter().find(|(_, value)| value.contains('\0')) {
            return value("variable", name, "its value contains a NUL");
        }
        if let Some(dir) = self.working_dir.as_ref().filter(|dir| !dir.starts_with('/')) {
            return value("working directory", dir, "it must begin with \"/\"");
        }
        if self.labels.contains_key("") {
            return value("label", "", "its name is empty");
        }
        match self.exposed_ports.iter().find(|port| !is_port(port)) {
            Some(port) => value("port", port, "write it as 3000/tcp"),
            None => Ok(()),
        }
    }
}

fn is_port(text: &str) -> bool {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    port.parse::<u16>().is_ok_and(|port| port > 0) && ["tcp", "udp", "sctp"].contains(&protocol)
}

/// The base's entries as they are, and one for each ply. Engines refuse an image whose entries that are not marked as empty are
/// not as many as its layers (buildah#684).
fn history(base: &Base, plies: &[Ply], created: &str) -> Result<Vec<History>, ImageError> {
    let mut history = base.config.history().clone().unwrap_or_default();
    let layers = base.layers.len();
    let full = history.iter().filter(|entry| entry.empty_layer() != Some(true)).count();
    let ids = base.config.rootfs().diff_ids().len();
    for (found, field) in [(full, "history"), (ids, "diff_ids")] {
        if found != layers {
            return Err(ImageError::Base { layers, found, field });
        }
    }
    for ply in plies {
        let entry =
            HistoryBuilder::default().created(created).created_by(&*ply.created_by).comment(&*ply.comment);
        history.push(entry.build().unwrap_or_default());
    }
    Ok(history)
}

fn execution(mut config: Config, settings: &ImageSettings) -> Config {
    let own = settings.clone();
    let ports = config.exposed_ports().clone().unwrap_or_default();
    let mut ports: Vec<String> = ports.into_iter().chain(own.exposed_ports).collect();
    ports.sort();
    ports.dedup();
    config.set_exposed_ports(Some(ports).filter(|ports| !ports.is_empty()));
    let labels = config.labels().clone().unwrap_or_default();
    let labels = Some(labels.into_iter().chain(own.labels).collect())
        .filter(|all: &std::collections::HashMap<_, _>| !all.is_empty());
    config.set_labels(labels);
    let env = merged_env(config.env().clone().unwrap_or_default(), &settings.env);
    config.set_env(Some(env).filter(|env| !env.is_empty()));
    if let Some(entrypoint) = own.entrypoint {
        config.set_entrypoint(Some(entrypoint));
        config.set_cmd(None);
    }
    config.set_cmd(own.cmd.or(config.cmd().clone()));
    config.set_user(own.user.or(config.user().clone()));
    config.set_working_dir(own.working_dir.or(config.working_dir().clone()));
    config.set_stop_signal(own.stop_signal.or(config.stop_signal().clone()));
    config
}

/// The base's variables in the base's order, changed where ours say so; then ours, sorted. Of a name that the base has twice
/// the last counts, as for a process.
fn merged_env(base: Vec<String>, own: &BTreeMap<String, String>) -> Vec<String> {
    let name = |entry: &str| entry.split_once('=').map_or(entry, |(name, _)| name).to_owned();
    let mut names: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let own = own.iter().map(|(name, value)| format!("{name}={value}"));
    for entry in base.into_iter().chain(own) {
        let name = name(&entry);
        if values.insert(name.clone(), entry).is_none() {
            names.push(name);
        }
    }
    names.iter().filter_map(|name| values.remove(name)).collect()
}

/// JSON with all keys sorted: oci-spec keeps labels, ports and volumes in hash maps, whose order differs from run to run.
fn render(config: &ImageConfiguration, base: &Base, settings: &ImageSettings) -> Result<Vec<u8>, ImageError> {
    let failed = |source| ImageError::Json { document: "configuration", source };
    let mut value = serde_json::to_value(config).map_err(failed)?;
    if let Some(Value::Object(execution)) = value.get_mut("config") {
        if let Some(healthcheck) = &settings.healthcheck {
            execution.insert("Healthcheck".to_owned(), healthcheck.to_json());
        }
        if let Some(shell) = base.raw_config.pointer("/config/Shell").filter(|shell| shell.is_array()) {
            execution.insert("Shell".to_owned(), shell.clone());
        }
    }
    serde_json::to_vec(&sorted(value)).map_err(failed)
}

/// Depth is bounded: the value comes from types, and a base's `Shell` from a parser that stops at 128 levels.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<String, Value> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(map.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
