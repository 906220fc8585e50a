//! The settings for an image's configuration. In: the user's values. Out: the same values, checked. Source of
//! `Healthcheck`: moby, `image/spec/specs-go/v1/image.go`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::error::ImageError;

/// Settings for an image's configuration. `None` or an empty value keeps the base's value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageSettings {
    /// Such as `1001:1001`. Numeric, so that an engine need not read the image's files.
    pub user: Option<String>,
    /// The absolute path in the image where the process starts.
    pub working_dir: Option<String>,
    /// Added to the base's variables. A variable of the base keeps its position and gets the new value.
    pub env: BTreeMap<String, String>,
    /// Such as `3000/tcp`. Added to the base's ports.
    pub exposed_ports: Vec<String>,
    /// The health check. `None` removes the base's, which would check the base's own program.
    pub healthcheck: Option<Healthcheck>,
    /// The entry point. As in a Dockerfile, setting it drops the base's command.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments of the entry point.
    pub cmd: Option<Vec<String>>,
    /// Added to the base's labels; these win.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest, in addition to those that follow from the image.
    pub annotations: BTreeMap<String, String>,
    /// The signal that stops the process, such as `SIGTERM`.
    pub stop_signal: Option<String>,
    /// The creation time, in seconds since 1970.
    pub created: i64,
}

/// A health check in Docker's form. By default, engines ignore it in an image with OCI types: Docker reads it, Podman
/// reads it only in images with Docker's types, Kubernetes never does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// `["CMD", program, arguments…]` or `["CMD-SHELL", text]`.
    pub test: Vec<String>,
    /// The time between checks; `None` is the engine's default.
    pub interval: Option<Duration>,
    /// The time limit of a check.
    pub timeout: Option<Duration>,
    /// How long failures are ignored after the start.
    pub start_period: Option<Duration>,
    /// The number of consecutive failures that make the container unhealthy.
    pub retries: Option<u32>,
}

impl Healthcheck {
    /// The JSON form. Durations are in nanoseconds, as in Go.
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
    /// Rejects values that engines refuse or read as something else.
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
