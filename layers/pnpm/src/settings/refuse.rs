//! Settings whose effect on the tree is not followed here. They are refused, never ignored.

use super::layers::{Layers, scalar};
use crate::PnpmError;

/// A setting, the values of it that are fine, and why others are not.
struct RefusedSetting {
    name: &'static str,
    fine: &'static [&'static str],
    reason: &'static str,
}

const RULES: [RefusedSetting; 11] = [
    RefusedSetting {
        name: "enableGlobalVirtualStore",
        fine: &["false"],
        reason: "an image has no store outside of its node_modules",
    },
    RefusedSetting {
        name: "virtualStoreType",
        fine: &["project"],
        reason: "an image has no store outside of its node_modules",
    },
    RefusedSetting {
        name: "virtualStoreOnly",
        fine: &["false"],
        reason: "without links no package is found",
    },
    RefusedSetting {
        name: "symlink",
        fine: &["true"],
        reason: "without symlinks only Plug'n'Play finds packages, which is not supported",
    },
    RefusedSetting { name: "enableModulesDir", fine: &["true"], reason: "an image needs its node_modules" },
    RefusedSetting {
        name: "sharedWorkspaceLockfile",
        fine: &["true"],
        reason: "there has to be one lockfile for the whole workspace",
    },
    RefusedSetting {
        name: "lockfile",
        fine: &["true"],
        reason: "the lockfile is what an image is made from",
    },
    RefusedSetting {
        name: "nodeExperimentalPackageMap",
        fine: &["false"],
        reason: "the map that pnpm writes for node is not made",
    },
    RefusedSetting {
        name: "deployAllFiles",
        fine: &["false"],
        reason: "of folders that are packages, the files are taken that npm would pack",
    },
    RefusedSetting { name: "gitBranchLockfile", fine: &["false"], reason: "only pnpm-lock.yaml is read" },
    RefusedSetting {
        name: "lockfileDir",
        fine: &[".", "./"],
        reason: "the lockfile has to lie in the workspace's root",
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
