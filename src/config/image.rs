//! `[image]` of `fourply.toml`: what the image's configuration says. Most of its keys may stand in `[services.X]`, too.

use std::collections::BTreeMap;

use fourply_blob::LayerFormat;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::ConfigError;
use super::health::{Health, Port};
use super::texts::{Key, Texts};

/// Declares a table of the keys that `[image]` and `[services.X]` have in common, with more of its own. A flattened struct would not do: serde
/// refuses no unknown keys then.
macro_rules! image_keys {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// `name:uid` or `name:uid:group:gid`; `nodejs:1001` by default.
            pub user: Option<String>,
            /// The port that the service listens on, as `PORT` and as the exposed port; 3000 by default. `false` for a worker.
            pub port: Option<Port>,
            /// The health check: a path, a command, `false` for none, or a table; the usual paths by default.
            pub health: Option<Health>,
            /// The entry point; `["tini", "--"]` by default, with tini found in the base.
            pub entrypoint: Option<Vec<String>>,
            /// The command; `["node", ENTRY]` by default, with the entry point found in the service's outputs.
            pub cmd: Option<Vec<String>>,
            /// Folders that the image's user may write to, relative to the service's or absolute.
            pub writable: Option<Vec<String>>,
            /// Environment variables; those of a service are added to those of all.
            #[serde(default)]
            pub env: BTreeMap<String, String>,
            /// Labels of the configuration, added likewise.
            #[serde(default)]
            pub labels: BTreeMap<String, String>,
            /// Annotations of the manifest, added likewise.
            #[serde(default)]
            pub annotations: BTreeMap<String, String>,
            $($own)*
        }

        impl $name {
            /// Checks what is a path, a name or a command; `table` is where it stands.
            pub(in crate::config) fn check_texts(&self, table: &str) -> Result<(), ConfigError> {
                let key = |key, texts| Key { table, key, texts };
                key("user", Texts::Names).check(&self.user)?;
                key("entrypoint", Texts::Command).check(self.entrypoint.iter().flatten())?;
                key("cmd", Texts::Command).check(self.cmd.iter().flatten())?;
                key("writable", Texts::Folders).check(self.writable.iter().flatten())?;
                check_pairs(table, "labels", &self.labels, |_| false)?;
                check_pairs(table, "annotations", &self.annotations, |_| false)?;
                check_pairs(table, "env", &self.env, |name| name.contains('='))
            }
        }
    };
}
pub(super) use image_keys;

/// Checks names with values; `odd` tells of names that cannot be.
pub(super) fn check_pairs(
    table: &str,
    key: &'static str,
    pairs: &BTreeMap<String, String>,
    odd: impl Fn(&str) -> bool,
) -> Result<(), ConfigError> {
    Key { table, key, texts: Texts::Names }.check(pairs.keys())?;
    let error = |text: &str, reason: &str| {
        let (table, text, reason) = (table.to_owned(), text.to_owned(), reason.to_owned());
        Err(ConfigError::Text { table, key, text, reason })
    };
    match pairs.iter().find(|(name, value)| odd(name) || value.contains('\0')) {
        None => Ok(()),
        Some((name, _)) if odd(name) => error(name, "a name has no \"=\""),
        Some((name, _)) => error(name, "its value has a NUL"),
    }
}

image_keys! {
    /// `[image]`: what the image's configuration says, for every service.
    pub struct ImageConfig {
        /// How many layers node_modules may have, the service's own one counted; 56 by default.
        #[schemars(range(min = 1, max = 100))]
        pub layers: Option<usize>,
        /// Whether each layer is a single gzip member or zstd frame; not by default.
        #[serde(rename = "single-stream")]
        pub single_stream: Option<bool>,
        /// Which format of layers and images, the newest by default.
        #[serde(rename = "layer-format")]
        #[schemars(with = "Option<u32>", range(min = 1, max = 2))]
        pub layer_format: Option<LayerFormat>,
        /// Whether the image names the commit that it was built from; not by default.
        pub revision: Option<bool>,
        /// The licences that packages in node_modules may have; any by default.
        pub licenses: Option<Vec<String>>,
    }
}
