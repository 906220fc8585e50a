//! What an image's configuration is to say. In: values as the user means them. Out: the same, checked. Source of `Healthcheck`: moby,
//! `image/spec/specs-go/v1/image.go`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::error::ImageError;

/// What an image's configuration is to say. What is `None` or empty leaves the base's own value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageSettings {
    /// `1001:1001`: numbers, so that an engine need not look into the image.
    pub user: Option<String>,
    /// An absolute path in the image, in which its process starts.
    pub working_dir: Option<String>,
    /// Added to the base's; a variable that the base has keeps its place and gets the new value.
    pub env: BTreeMap<String, String>,
    /// `3000/tcp`; added to the base's.
    pub exposed_ports: Vec<String>,
    /// The health check. `None` is none at all: a base's own asks for the base's own program.
    pub healthcheck: Option<Healthcheck>,
    /// The entry point. A new one drops the base's command too, as in a Dockerfile.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments after the entry point.
    pub cmd: Option<Vec<String>>,
    /// Added to the base's, and winning over them.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest, beside those that follow from the image.
    pub annotations: BTreeMap<String, String>,
    /// The signal that asks the process to end: `SIGTERM`.
    pub stop_signal: Option<String>,
    /// When the image counts as made, in seconds since 1970.
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
    pub(super) fn to_json(&self) -> Value {
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

impl ImageSettings {
    /// Refuses what no engine takes or what would be read as something else.
    pub(super) fn check(&self) -> Result<(), ImageError> {
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
