//! Which script builds a package: the command line's word, that of the package's own part of the file, that of the whole file.

use crate::config::{Config, Script, ServiceConfig};

/// The script to run; nothing where outputs are taken as they lie in the tree.
pub(super) fn script(own: &ServiceConfig, config: &Config, prebuilt: bool) -> Option<String> {
    match own.script.as_ref().or(config.build.script.as_ref()) {
        _ if prebuilt => None,
        Some(Script::Switch(_)) => None,
        Some(Script::Named(name)) => Some(name.clone()),
        None => Some("build".to_owned()),
    }
}
