//! A package whose scripts run.

use fourply_pnpm::{DepPath, InstallScript};

use super::key::BuiltKey;

/// A package whose scripts run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job<'a> {
    pub package: &'a DepPath,
    pub scripts: &'a [InstallScript],
    pub key: BuiltKey,
}
