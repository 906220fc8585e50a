//! Settings with effects on the tree that are not supported. They are rejected, never ignored.

use super::layers::{Layers, scalar};
use crate::PnpmError;

/// A setting, its accepted values, and why others are rejected.
struct RefusedSetting {
    name: &'static str,
    fine: &'static [&'static str],
    reason: &'static str,
}

const RULES: [RefusedSetting; 11] = [
    RefusedSetting {
        name: "enableGlobalVirtualStore",
        fine: &["false"],
        reason: "an image has no store outside its node_modules",
    },
    RefusedSetting {
        name: "virtualStoreType",
        fine: &["project"],
        reason: "an image has no store outside its node_modules",
    },
    RefusedSetting { name: "virtualStoreOnly", fine: &["false"], reason: "packages are found through links" },
    RefusedSetting {
        name: "symlink",
        fine: &["true"],
        reason: "packages are found through symlinks; Plug'n'Play is not supported",
    },
    RefusedSetting { name: "enableModulesDir", fine: &["true"], reason: "an image needs its node_modules" },
    RefusedSetting {
        name: "sharedWorkspaceLockfile",
        fine: &["true"],
        reason: "the workspace must have one lockfile",
    },
    RefusedSetting { name: "lockfile", fine: &["true"], reason: "images are built from the lockfile" },
    RefusedSetting {
        name: "nodeExperimentalPackageMap",
        fine: &["false"],
        reason: "pnpm's package map for node is not written",
    },
    RefusedSetting {
        name: "deployAllFiles",
        fine: &["false"],
        reason: "an image contains only the files that npm would pack of a folder",
    },
    RefusedSetting { name: "gitBranchLockfile", fine: &["false"], reason: "only pnpm-lock.yaml is read" },
    RefusedSetting {
        name: "lockfileDir",
        fine: &[".", "./"],
        reason: "the lockfile must be in the workspace's root",
    },
];

pub(super) fn unsupported(layers: &Layers) -> Result<(), PnpmError> {
    for rule in &RULES {
        let Some((origin, value)) = layers.get(rule.name) else { continue };
        let value = scalar(value).unwrap_or_else(|| value.to_string());
        if !rule.fine.contains(&value.as_str()) {
            return Err(PnpmError::Setting {
                name: rule.name,
                value,
                origin: origin.to_owned(),
                reason: rule.reason,
            });
        }
    }
    Ok(())
}
