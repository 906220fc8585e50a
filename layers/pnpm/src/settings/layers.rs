//! The sources of settings, in the order of the rules.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::npmrc;
use super::values::Sources;
use crate::rules::{SettingsSources, WorkspaceSettings};

/// The name of the layer for the workspace's own file.
pub(super) const WORKSPACE_FILE: &str = "pnpm-workspace.yaml";

/// Values by camel-case key, in layers from weakest to strongest. Each layer has a name for error texts.
pub(super) struct Layers {
    layers: Vec<(String, Map<String, Value>)>,
}

impl Layers {
    pub(super) fn collect(sources: &Sources<'_>, rule: SettingsSources) -> Layers {
        let yaml = (WORKSPACE_FILE.to_owned(), sources.workspace.clone());
        let layers = match rule {
            SettingsSources::WorkspaceFile => vec![yaml, environment(sources.environment, "pnpm_config_")],
            SettingsSources::Npmrc { manifest_keys, workspace_file } => {
                let mut layers: Vec<_> = sources
                    .npmrc
                    .iter()
                    .map(|(name, text)| (name.clone(), npmrc::parse(text, sources.environment)))
                    .collect();
                layers.push(environment(sources.environment, "npm_config_"));
                layers.push(("package.json".to_owned(), manifest(sources, manifest_keys)));
                let mut layers = Layers { layers };
                layers.add_workspace_file(yaml, workspace_file, manifest_keys);
                return layers;
            }
        };
        Layers { layers }
    }

    /// Adds the settings that the rule accepts from the file, as the strongest layer.
    fn add_workspace_file(
        &mut self,
        (name, mut values): (String, Map<String, Value>),
        rule: WorkspaceSettings,
        manifest_keys: &[&str],
    ) {
        match rule {
            WorkspaceSettings::None => values.clear(),
            WorkspaceSettings::OfManifest => values.retain(|key, _| manifest_keys.contains(&key.as_str())),
            WorkspaceSettings::WithoutConsequences => {
                values.remove("hoist");
                values.remove("shamefullyHoist");
                if self.text("nodeLinker").is_none_or(|linker| linker != "hoisted") {
                    let scripts = ("preferSymlinkedExecutables".to_owned(), Value::Bool(false));
                    self.layers.insert(0, ("the default".to_owned(), Map::from_iter([scripts])));
                }
            }
            WorkspaceSettings::All => {}
        }
        self.layers.push((name, values));
    }

    /// The strongest value of a setting, and its origin. Null counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<(&str, &Value)> {
        let mut found =
            self.layers.iter().rev().filter_map(|(origin, values)| Some((origin.as_str(), values.get(key)?)));
        found.find(|(_, value)| !value.is_null())
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.1 {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.as_str() {
                "true" | "" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        scalar(self.get(key)?.1)
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }

    /// A list; a single word is a list of one, an empty word an empty list.
    pub(super) fn list(&self, key: &str) -> Option<Vec<String>> {
        Some(words(self.get(key)?.1))
    }

    pub(super) fn map(&self, key: &str) -> BTreeMap<String, String> {
        let entries = self.get(key).and_then(|(_, value)| value.as_object()).into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.clone(), scalar(value)?))).collect()
    }
}

pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

pub(super) fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(scalar).collect(),
        other => scalar(other).filter(|word| !word.is_empty()).into_iter().collect(),
    }
}

fn environment(environment: &BTreeMap<String, String>, prefix: &str) -> (String, Map<String, Value>) {
    let values = environment.iter().filter_map(|(name, value)| {
        let key = name.to_ascii_lowercase();
        Some((npmrc::camel_case(key.strip_prefix(prefix)?), Value::String(value.clone())))
    });
    ("the environment".to_owned(), values.collect())
}

fn manifest(sources: &Sources<'_>, keys: &[&str]) -> Map<String, Value> {
    let Some(raw) = sources.manifest.map(|manifest| &manifest.raw) else { return Map::new() };
    let pnpm = raw.get("pnpm").and_then(Value::as_object).into_iter().flatten();
    let mut values: Map<String, Value> = pnpm
        .filter(|(key, _)| keys.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(Value::Object(resolutions)) = raw.get("resolutions") {
        let mut overrides = resolutions.clone();
        overrides.extend(values.get("overrides").and_then(Value::as_object).cloned().unwrap_or_default());
        values.insert("overrides".to_owned(), Value::Object(overrides));
    }
    values
}
