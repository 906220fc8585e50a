//! The configuration of a base as JSON. Comes in: what an image brought, or a platform. Goes out: a configuration whose lists
//! agree with the layers. What is not understood is left as it is.

use fourply_platform::Platform;
use fourply_rootfs::DEFAULT_PATH;
use serde_json::{Value, json};

use crate::layer::BaseLayer;

/// A configuration for a base that came without one.
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

/// Makes the history tell of as many layers as there are: tools that copy images refuse a different number
/// (containers/buildah#684). A history that fits, or that says more than it may, is the builder's own word; only entries
/// without a layer behind them are marked, and layers without an entry get one that says nothing.
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

/// What an image asks whoever builds on it to run: instructions of a Dockerfile, which docker takes out of the images that it builds.
/// Source: docker's image specification v1.2, `OnBuild`.
pub(crate) fn on_build(config: &Value) -> Vec<String> {
    let listed = config.pointer("/config/OnBuild").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Tells of one more layer, and sets variables again.
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
