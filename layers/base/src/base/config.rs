//! A base's configuration as JSON. In: an image's configuration, or a platform. Out: a configuration whose lists match
//! the layers. Unknown fields are left unchanged.

use fourply_platform::Platform;
use fourply_rootfs::DEFAULT_PATH;
use serde_json::{Value, json};

use crate::layer::BaseLayer;

/// A configuration for a base without one.
pub(crate) fn fresh(platform: &Platform, layers: &[BaseLayer], created_by: &str) -> Value {
    let diff_ids: Vec<String> = layers.iter().map(|layer| layer.diff_id.to_string()).collect();
    let history: Vec<Value> = layers.iter().map(|_| json!({ "created_by": created_by })).collect();
    let mut config = json!({
        "architecture": platform.architecture,
        "os": platform.os,
        "config": { "Env": [format!("PATH={DEFAULT_PATH}")] },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": history,
    });
    if let (Some(variant), Some(config)) = (&platform.variant, config.as_object_mut()) {
        config.insert("variant".into(), json!(variant));
    }
    config
}

/// Makes the history match the number of layers: tools that copy images reject a mismatch (containers/buildah#684). A
/// history that matches, or has too many entries, is the builder's own text: only entries without a layer are marked.
/// Layers without an entry get an empty one.
pub(crate) fn reconcile(config: &mut Value, layers: &[BaseLayer]) {
    let Some(config) = config.as_object_mut() else { return };
    let mut history = match config.get("history") {
        Some(Value::Array(history)) => history.clone(),
        _ => Vec::new(),
    };
    let empty = |entry: &Value| entry.get("empty_layer").and_then(Value::as_bool) == Some(true);
    let told = history.iter().filter(|entry| !empty(entry)).count();
    let superfluous = told.saturating_sub(layers.len());
    for entry in history.iter_mut().rev().filter(|entry| !empty(entry)).take(superfluous) {
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("empty_layer".into(), json!(true));
        }
    }
    history
        .extend((told..layers.len()).map(|_| json!({ "comment": "a layer of the base, without history" })));
    if !history.is_empty() {
        config.insert("history".into(), Value::Array(history));
    }
}

/// Dockerfile instructions that an image requests for builds on top of it. Docker removes them from the images that it
/// builds. Source: Docker's image specification v1.2, `OnBuild`.
pub(crate) fn on_build(config: &Value) -> Vec<String> {
    let listed = config.pointer("/config/OnBuild").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Adds a layer to the lists, and sets variables.
pub(crate) fn add_layer(config: &mut Value, layer: &BaseLayer, history: Value, env: &[String]) {
    let push = |list: Option<&mut Value>, value: Value| {
        if let Some(Value::Array(list)) = list {
            list.push(value);
        }
    };
    push(config.pointer_mut("/rootfs/diff_ids"), json!(layer.diff_id.to_string()));
    if config.get("history").is_none()
        && let Some(fields) = config.as_object_mut()
    {
        fields.insert("history".into(), json!([]));
    }
    push(config.get_mut("history"), history);
    let Some(fields) = config.as_object_mut() else { return };
    let inner = fields.entry("config").or_insert_with(|| json!({}));
    let Some(inner) = inner.as_object_mut() else { return };
    let known = inner.entry("Env").or_insert_with(|| json!([]));
    let Some(known) = known.as_array_mut() else { return };
    for variable in env {
        let name = variable.split('=').next().unwrap_or_default();
        known.retain(|known| known.as_str().and_then(|known| known.split('=').next()) != Some(name));
        known.push(json!(variable));
    }
}

#[cfg(test)]
mod tests;
