//! Settings of one state in forms that can be compared with another state's. In: resolved settings, the text of fourply.toml. Out: texts by group,
//! values by key.
//!
//! Whether something differs is told by what the settings resolve to: a default that somebody writes down is no change. Which key it was is told by
//! the text.

use std::collections::BTreeMap;

use fourply_blob::LayerFormat;

use super::differing::differing;
use super::place::Place;
use crate::Error;
use crate::config::{Config, FILE_NAME, key};
use crate::lock::Locked;
use crate::names::Names;
use crate::settings::Settings;

/// What `fourply.toml` and the command line make of one service, by the tables that decide it.
pub(super) struct ServiceSettings {
    /// The service's folder.
    pub service: String,
    /// By the name of a group.
    pub groups: BTreeMap<String, String>,
    /// What the base is made of, where that is locked.
    pub locked: Option<Locked>,
}

/// The tables that a group is configured in.
pub(super) const GROUPS: [(&str, &[&str]); 4] = [
    ("base", &["base"]),
    ("build", &["build", "packages"]),
    ("image", &["image"]),
    ("layers", &["image", "prune", "workspace"]),
];

impl ServiceSettings {
    /// Those of a service; the names of `config` are folders.
    pub(super) fn of(config: &Config, settings: &Settings) -> ServiceSettings {
        let Settings { base, build, install, container, layers, .. } = settings;
        let setup = &base.added.setup;
        let (selection, values) = (&build.selection, &build.values);
        let files = (&selection.outputs, selection.named, &selection.package_outputs, &selection.files);
        let scripts = (&build.script, &build.projects, &build.inputs.root, &build.toolchain, &build.secrets);
        let given = (&values.env, values.own_script, &install.env, &install.node, install.ignore_scripts);
        let packages = (&install.integrities, install.source_date_epoch);
        let groups = [
            ("base", format!("{:?}", (&config.base, setup, &base.added.init, &base.platform.to_string()))),
            ("build", format!("{:?}", (files, scripts, given, packages))),
            ("image", format!("{:?}", (container, revision(config, layers.format)))),
            ("layers", format!("{layers:?}")),
        ];
        ServiceSettings {
            service: settings.workspace.service.clone(),
            groups: groups.into_iter().map(|(name, text)| (name.to_owned(), text)).collect(),
            locked: base.lock.any().cloned(),
        }
    }
}

/// Where the image names its commit. Which commit it is does not count: it would affect all images with every commit.
fn revision(config: &Config, format: LayerFormat) -> &'static str {
    match (config.image.revision, format) {
        (Some(true), _) => "label",
        (None, LayerFormat::V1) => "annotation",
        (Some(false), _) | (None, LayerFormat::V2) => "nowhere",
    }
}

/// The values of `fourply.toml`, as they are written.
#[derive(Default)]
pub(super) struct Configured {
    /// By table and key, such as `base.node`.
    all: BTreeMap<String, String>,
    /// By folder of a service, then as above.
    own: BTreeMap<String, BTreeMap<String, String>>,
    /// Texts of `[base]`, which may name files of the workspace.
    pub base_words: Vec<String>,
}

impl Configured {
    /// Reads the file, which was read as a configuration before.
    ///
    /// # Errors
    /// Where it cannot be read any more.
    pub(super) fn read(place: &Place, names: &Names) -> Result<Configured, Error> {
        let path = place.config.clone().unwrap_or_else(|| place.root.join(FILE_NAME));
        if !path.exists() {
            return Ok(Configured::default());
        }
        let table: toml::Table =
            fourply_store::read_text(&path, fourply_store::InputKind::Settings)?.parse().unwrap_or_default();
        let mut found = Configured::default();
        for (name, value) in &table {
            match (name.as_str(), value) {
                ("services", toml::Value::Table(services)) => {
                    for (word, value) in services {
                        let folder = names.find(word).map_or_else(|_| word.clone(), |id| id.to_string());
                        flatten(
                            &format!("services.{}", key(word)),
                            value,
                            found.own.entry(folder).or_default(),
                        );
                    }
                }
                (name, value) => flatten(name, value, &mut found.all),
            }
        }
        table.get("base").into_iter().for_each(|base| words(base, &mut found.base_words));
        Ok(found)
    }

    /// The keys that decide a service and differ, of these tables.
    pub(super) fn differing(&self, other: &Configured, service: &str, tables: &[&str]) -> Vec<String> {
        let of = |key: &str| tables.iter().any(|table| key.split('.').next() == Some(table));
        let all = differing(&self.all, &other.all).map(|(key, ..)| key).filter(|key| of(key));
        let empty = BTreeMap::new();
        let own = |side: &'_ Configured| side.own.get(service).cloned();
        let (one, two) = (own(self).unwrap_or_else(|| empty.clone()), own(other).unwrap_or(empty));
        let own = differing(&one, &two).map(|(key, ..)| key.to_owned()).collect::<Vec<_>>();
        all.map(str::to_owned).chain(own).collect()
    }
}

fn flatten(name: &str, value: &toml::Value, into: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(word, value)| flatten(&format!("{name}.{}", key(word)), value, into));
        }
        value => {
            into.insert(name.to_owned(), value.to_string());
        }
    }
}

/// All texts of a value.
fn words(value: &toml::Value, into: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => into.push(text.clone()),
        toml::Value::Array(values) => values.iter().for_each(|value| words(value, into)),
        toml::Value::Table(table) => table.values().for_each(|value| words(value, into)),
        _ => {}
    }
}
