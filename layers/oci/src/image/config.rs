//! The image's configuration: the base's, changed by the settings. In: a base, layers, [`ImageSettings`]. Out: the
//! typed configuration and its bytes, with sorted keys. Source: OCI image specification, config.md.

use std::collections::BTreeMap;

use oci_spec::image::{Config, History, HistoryBuilder, ImageConfiguration};
use serde_json::Value;

use super::base::BaseImage;
use super::error::ImageError;
use super::settings::ImageSettings;
use super::time::time;
use crate::layer::Layer;

/// The configuration and its bytes.
pub(super) fn configure(
    base: &BaseImage,
    own: &[Layer],
    settings: &ImageSettings,
) -> Result<(ImageConfiguration, Vec<u8>), ImageError> {
    settings.check()?;
    let created = time(settings.created)?;
    let mut config = base.config.clone();
    let history = history(base, own, &created)?;
    let own_ids = own.iter().map(|layer| layer.diff_id);
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

/// The base's entries unchanged, and one entry for each own layer. Engines refuse an image whose number of non-empty
/// entries differs from its number of layers (buildah#684).
fn history(base: &BaseImage, own: &[Layer], created: &str) -> Result<Vec<History>, ImageError> {
    let mut history = base.config.history().clone().unwrap_or_default();
    let layers = base.layers.len();
    let full = history.iter().filter(|entry| entry.empty_layer() != Some(true)).count();
    let ids = base.config.rootfs().diff_ids().len();
    for (found, field) in [(full, "history"), (ids, "diff_ids")] {
        if found != layers {
            return Err(ImageError::Base { layers, found, field });
        }
    }
    for told in own.iter().filter_map(|layer| layer.history.as_ref()) {
        let entry =
            HistoryBuilder::default().created(created).created_by(&*told.created_by).comment(&*told.comment);
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

/// The base's variables in the base's order, with our values where we set them; then our other variables, sorted. If
/// the base has a name twice, the last one counts, as in a process.
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

/// JSON with sorted keys. oci-spec keeps labels, ports and volumes in hash maps, whose order differs from run to run.
fn render(
    config: &ImageConfiguration,
    base: &BaseImage,
    settings: &ImageSettings,
) -> Result<Vec<u8>, ImageError> {
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

/// The depth is bounded: the value comes from types, and a base's `Shell` from a parser that stops at 128 levels.
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
